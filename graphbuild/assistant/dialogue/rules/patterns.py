"""Patterns: what the states of rules ask of the states of a conversation, and which of them a state fits.

A rule's state fits a state that holds all that it holds: what it does not speak of does not count, and what it says
must not be set is not there. (Entities are one thing: all of them, or none.) The state before anything happened fits
only itself, whatever the slots. RASA.md 4.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphbuild.assistant.dialogue.states import LISTEN, NOT_SET

_Place = tuple[str, str]
_UNSET = json.dumps(NOT_SET)
_NAMING = (("prev_action", "action_name"), ("prev_action", "action_text"), ("user", "intent"), ("user", "text"))
"""What tells most patterns apart: patterns are looked up by it."""


@dataclass(frozen=True)
class Seen:
    """A state, read."""

    items: Mapping[_Place, str]
    """(part, name) -> value as JSON."""

    @property
    def previous(self) -> str | None:
        """The last action, or the text of it."""
        return self._value("prev_action", "action_name") or self._value("prev_action", "action_text")

    @property
    def intent(self) -> str | None:
        """What the user meant last."""
        return self._value("user", "intent")

    @property
    def loop(self) -> str | None:
        """The active loop."""
        name = self._value("active_loop", "name")
        return None if name == NOT_SET else name

    @property
    def listened(self) -> bool:
        """Whether the last action was to listen."""
        return self._value("prev_action", "action_name") == LISTEN

    @property
    def is_user(self) -> bool:
        """Whether the user has said something."""
        return any(part == "user" for part, _ in self.items)

    @property
    def is_start(self) -> bool:
        """Whether nothing has been done yet."""
        return self.previous is None

    def _value(self, part: str, name: str) -> str | None:
        value = self.items.get((part, name))
        return None if value is None else str(json.loads(value))


def read_state(state: str) -> Seen:
    """A state's canonical JSON, read."""
    parts = json.loads(state)
    return Seen(
        {
            (part, name): json.dumps(value, sort_keys=True)
            for part, inner in parts.items()
            for name, value in inner.items()
            if value
        }
    )


def by_text(state: str) -> str:
    """The state of a turn of the user with its text alone: neither what was meant by it nor its entities."""
    return _with_user(state, ("text",))


def by_meaning(state: str) -> str:
    """The state of a turn of the user without its text."""
    return _with_user(state, ("intent", "entities"))


class Patterns:
    """The states of rules, numbered; which of them fit a state is found out once a state."""

    def __init__(self, states: Iterable[str]) -> None:
        self.numbers = {state: number for number, state in enumerate(dict.fromkeys(states))}
        self._starts: list[int] = []
        self._by_name: dict[tuple[str | None, ...], list[tuple[int, Seen]]] = {}
        for state, number in self.numbers.items():
            seen = read_state(state)
            if seen.is_start:
                self._starts.append(number)
            else:
                self._by_name.setdefault(tuple(seen.items.get(place) for place in _NAMING), []).append((number, seen))
        self._fitting: dict[str, frozenset[int]] = {}
        self._seen: dict[str, Seen] = {}

    def seen(self, state: str) -> Seen:
        """A state, read once."""
        found = self._seen.get(state)
        if found is None:
            found = self._seen[state] = read_state(state)
        return found

    def starts(self) -> frozenset[int]:
        """The patterns of the state before anything happened."""
        return frozenset(self._starts)

    def fitting(self, state: str) -> frozenset[int]:
        """Numbers of the patterns that a state fits."""
        found = self._fitting.get(state)
        if found is None:
            found = self._fitting[state] = frozenset(self._find(self.seen(state)))
        return found

    def _find(self, state: Seen) -> Iterable[int]:
        if state.is_start:
            return self._starts
        action, text, intent, said = (state.items.get(place) for place in _NAMING)
        names = {(action, text, meant, words) for meant in (intent, None) for words in (said, None)}
        return [number for name in names for number, pattern in self._by_name.get(name, ()) if _fits(pattern, state)]


def _fits(pattern: Seen, state: Seen) -> bool:
    there = state.items
    for place, value in pattern.items.items():
        found = there.get(place)
        if found != value and not (value == _UNSET and found is None):
            return False
    return True


def _with_user(state: str, kept: tuple[str, ...]) -> str:
    parts = json.loads(state)
    user = {name: value for name, value in parts.pop("user", {}).items() if name in kept}
    return json.dumps({**parts, "user": user} if user else parts, sort_keys=True, ensure_ascii=False)
