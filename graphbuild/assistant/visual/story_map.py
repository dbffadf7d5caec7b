"""StoryMap: stories and rules as one graph, in which ways that look alike are one. Knows no files and no drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from graphbuild.assistant.data.parts import PlainArtifact


class SpotKind(StrEnum):
    """What a spot stands for."""

    START = "start"
    """Where a conversation begins."""
    ANYWHERE = "anywhere"
    """Where rules begin that hold whatever was before."""
    ACTION = "action"
    BOT = "bot"
    """The assistant says something word for word (end to end)."""
    ONWARD = "onward"
    """Where rules end that do not wait for the user."""
    END = "end"


@dataclass(frozen=True)
class Spot:
    """A place that conversations come to: an action, and the actions before it by which it is told from others."""

    kind: SpotKind
    name: str = ""
    """The action, or what the assistant says word for word."""
    before: tuple[str, ...] = ()
    """The actions before it that count, oldest first; START and ... stand for the beginning."""
    says: str | None = None
    """Words of the response, for a person to read."""


@dataclass(frozen=True)
class Happening:
    """What happens between two actions: `type` and the other fields are those of stories.Event."""

    type: str
    name: str | None = None
    value: Any = None
    text: str | None = None
    entities: tuple[tuple[tuple[str, Any], ...], ...] = ()
    is_condition: bool = False
    """Whether it is asked for rather than brought about: a condition of a rule or of a checkpoint."""
    example: str | None = None
    """Of a user turn without a text: what users say, for a person to read."""


@dataclass(frozen=True)
class Way:
    """From one spot to another, what happens between, and which stories tell of it."""

    start: int
    end: int
    happenings: tuple[Happening, ...]
    tellers: tuple[int, ...]


@dataclass(frozen=True)
class Teller:
    """A story or a rule by its name."""

    name: str
    is_rule: bool = False


@dataclass(frozen=True)
class StoryMap(PlainArtifact):
    """All spots and ways in canonical order: it shows nothing of the order of files and stories."""

    type_name: ClassVar[str] = "StoryMap.v1"
    max_history: int
    spots: tuple[Spot, ...] = ()
    ways: tuple[Way, ...] = ()
    tellers: tuple[Teller, ...] = ()
    unreached: tuple[int, ...] = ()
    """Tellers of which a part goes on from a checkpoint that nothing leads to."""
    left_out: int = 0
    """Ways on from checkpoints that were too many to follow."""

    @cached_property
    def rules(self) -> frozenset[int]:
        """The tellers that are rules."""
        return frozenset(place for place, one in enumerate(self.tellers) if one.is_rule)

    def is_of_rules(self, tellers: Iterator[int] | tuple[int, ...]) -> bool:
        """Whether rules alone tell of something."""
        return self.rules.issuperset(tellers)

    @cached_property
    def tellers_of_spots(self) -> Mapping[int, tuple[int, ...]]:
        """Spot -> who tells of a way that begins or ends there."""
        found: dict[int, set[int]] = {place: set() for place in range(len(self.spots))}
        for way in self.ways:
            found[way.start].update(way.tellers)
            found[way.end].update(way.tellers)
        return {place: tuple(sorted(tellers)) for place, tellers in found.items()}
