"""StoryGraph: the steps of stories and rules after `or` and checkpoints are resolved, without names and places.

Two projects whose stories differ only in names, files, order or formatting have equal graphs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import msgspec

from graphbuild.contract.artifact import JsonArtifact

EVENT_TYPES = (
    *("restart", "rewind", "reset_slots", "reminder", "cancel_reminder", "undo", "export", "followup", "pause"),
    *("resume", "session_started", "agent", "user_featurization", "entities", "bot", "user"),
    *("action_execution_rejected", "form_validation", "loop_interrupted"),
)
"""Rasa's words for events that are no action of the bot; in stories, what has any other name is an action."""
START = "STORY_START"
"""The checkpoint at which every story begins."""
RULE_SNIPPET = "..."
"""The action that stands for "whatever was before" at the head of a rule, and after it at its end."""
FILLED = "filled"
"""The value of a slot that a story names without a value: stands for any value of a text slot, for one in a list slot,
and for None in a slot of another type (RASA.md 3.3). `filled_value` says which, once the domain is known."""


@dataclass(frozen=True)
class Checkpoint:
    """A named joint between steps, and the slot values that must hold to go on from it (name -> value)."""

    name: str
    conditions: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Event:
    """One thing that happens. `type` says which of the other fields count.

    user: name (the intent), value (its full retrieval intent, where it names one), entities, text (end to end)
    | action: name | bot: text | slot: name, value | loop: name (or None)
    | event: name (restart and so on), value (its arguments, where it has any)
    """

    type: str
    name: str | None = None
    value: Any = None
    text: str | None = None
    entities: tuple[tuple[tuple[str, Any], ...], ...] = ()
    """Each entity as sorted (key, value) pairs of entity, value, role, group; start, end where it has a place."""


@dataclass(frozen=True)
class StoryStep:
    """A run of events between checkpoints."""

    start: tuple[Checkpoint, ...]
    end: tuple[Checkpoint, ...]
    events: tuple[Event, ...]
    is_rule: bool = False


@dataclass(frozen=True)
class StoryGraph(JsonArtifact):
    """All steps, in canonical order."""

    type_name: ClassVar[str] = "StoryGraph.v1"
    steps: tuple[StoryStep, ...]

    def to_plain(self) -> Any:
        return msgspec.to_builtins(self)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return msgspec.convert(plain, cls)


def happened(word: str) -> Event:
    """What a story means by this word where it says what the bot did."""
    return Event("event" if word in EVENT_TYPES else "action", word)


def frozen_entities(entities: Iterable[Mapping[str, Any]]) -> tuple[tuple[tuple[str, Any], ...], ...]:
    """Entities as an event holds them."""
    kept = ("end", "entity", "group", "role", "start", "value")
    return tuple(tuple((key, entity[key]) for key in kept if entity.get(key) is not None) for entity in entities)


def as_trained(event: Event) -> Event:
    """The event without what only tests of stories look at: the full retrieval intent, places without a text."""
    if event.type != "user" or (event.value is None and (event.text or not event.entities)):
        return event
    entities = event.entities
    if not event.text:
        entities = tuple(tuple(fact for fact in one if fact[0] not in ("start", "end")) for one in entities)
    return replace(event, value=None, entities=entities)


def filled_value(slot_type: str) -> Any:
    """What a story that names a slot of this type without a value sets it to."""
    return {"text": FILLED, "list": [FILLED]}.get(slot_type)
