"""RuleTree: finds which keys end a history, walking back from its last state through all keys at once.

Time grows with the keys that still fit, not with all that there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from graphbuild.assistant.dialogue.rules.learned import Key
from graphbuild.assistant.dialogue.rules.patterns import Patterns


@dataclass
class _Branch:
    """What is common to the ends of some keys."""

    before: dict[int, _Branch] = field(default_factory=dict)
    """Pattern of the state before -> branch."""
    key: int | None = None
    """The key that is whole here."""


class RuleTree:
    """Keys by their ends. Those of one key are given its number, the position among `keys`."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self.patterns = Patterns(state for key in keys for state in key)
        self._root = _Branch()
        for number, key in enumerate(keys):
            branch = self._root
            for state in reversed(key):
                branch = branch.before.setdefault(self.patterns.numbers[state], _Branch())
            branch.key = number

    def ending(self, states: Sequence[str], end: int, last: str | None = None) -> list[int]:
        """Numbers of the keys that the history `states[:end]` ends with; `last` in the place of its last state.

        Before a first state that follows an action there was the beginning (dialogues leave it out).
        """
        found: list[int] = []
        branches = [self._root]
        place = end - 1
        while branches and place >= 0:
            state = last if last is not None and place == end - 1 else states[place]
            branches = _further(branches, self.patterns.fitting(state), found)
            place -= 1
        if branches and end and not self.patterns.seen(states[0]).is_start:
            _further(branches, self.patterns.starts(), found)
        return found


def _further(branches: Sequence[_Branch], fitting: frozenset[int], found: list[int]) -> list[_Branch]:
    """The branches one state further back; whole keys go to `found`."""
    on: list[_Branch] = []
    for branch in branches:
        fewer = fitting if len(fitting) < len(branch.before) else branch.before
        for pattern in fewer:
            if pattern in fitting and (next_one := branch.before.get(pattern)) is not None:
                if next_one.key is not None:
                    found.append(next_one.key)
                if next_one.before:
                    on.append(next_one)
    return on
