"""LearnedRules: what is left of rules once they are learnt, and what learning policies are not to see. RASA.md 4.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from graphbuild.assistant.data.parts import PlainArtifact

Key = tuple[str, ...]
"""States of the past, oldest first, each canonical JSON that holds only what counts."""


@dataclass(frozen=True, order=True)
class Rule:
    """After states that hold what these hold, this action. Any number of states may have come before them."""

    states: Key
    action: str
    is_hidden: bool = False
    """Whether its turns are hidden from policies that learn from stories: no story has them."""


@dataclass(frozen=True)
class LearnedRules(PlainArtifact):
    """All rules, sorted, and what they know of loops."""

    type_name: ClassVar[str] = "LearnedRules.v1"
    rules: tuple[Rule, ...] = ()
    interrupted: tuple[Key, ...] = ()
    """After which a loop goes on that something else had come into."""
    not_the_loop: tuple[Key, ...] = ()
    """After which an active loop does not go on, although what came into it is over."""
    hidden: tuple[str, ...] = ()
    """Default intents and loops (`by_intent`, `by_loop`) whose turns no story has."""
    only_slots: tuple[str, ...] = ()
    only_loops: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleOnly(PlainArtifact):
    """What occurs in rules and in no story: policies that learn from stories look past it."""

    type_name: ClassVar[str] = "RuleOnly.v1"
    slots: tuple[str, ...] = ()
    loops: tuple[str, ...] = ()


def by_intent(intent: str) -> str:
    """What stands behind the action that a default intent asks for."""
    return f"default intent `{intent}`"


def by_loop(loop: str, *, listens: bool = False) -> str:
    """What stands behind an active loop's going on, and behind the listening after it."""
    return f"listening after loop `{loop}`" if listens else f"active loop `{loop}`"
