"""Tracker: one conversation: its events, and where it stands. The same events give the same tracker, always."""

from __future__ import annotations

import copy
import enum
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from graphbuild.assistant.data.domain import Slot
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.applied import Applied
from graphbuild.assistant.runtime.event_json import events_of
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActionReverted,
    Event,
    Restarted,
    UserUtteranceReverted,
    UserUttered,
)
from graphbuild.assistant.runtime.replay import Situation, apply, beginning


class Verbosity(enum.StrEnum):
    """Which events a dump of a tracker holds; the values are those of Rasa's HTTP API."""

    NONE = "NONE"
    APPLIED = "APPLIED"
    """Those that count."""
    AFTER_RESTART = "AFTER_RESTART"
    """Those since the last restart, what was taken back too."""
    ALL = "ALL"


class Tracker:
    """One conversation. Events are appended and never changed."""

    def __init__(self, sender_id: str, slots: Mapping[str, Slot], *, stamp: Mapping[str, Any] | None = None) -> None:
        self.sender_id = sender_id
        self.events: list[Event] = []
        self.stored = 0
        """How many of the events, from the first, a tracker store holds already."""
        self._slots = slots
        self._stamp = dict(stamp or {})
        self.applied = Applied()
        """The events that count."""
        self.now: Situation = beginning(slots)

    @classmethod
    def of(cls, sender_id: str, events: Iterable[Event], slots: Mapping[str, Slot]) -> Tracker:
        """A conversation of its events."""
        tracker = cls(sender_id, slots)
        for event in events:
            tracker.update(event)
        return tracker

    @classmethod
    def from_dict(cls, sender_id: str, rows: Iterable[Any], slots: Mapping[str, Slot]) -> Tracker:
        """A conversation of its events in JSON. Raises DataError."""
        return cls.of(sender_id, events_of(rows), slots)

    def copy(self) -> Tracker:
        """The same conversation, which goes its own way."""
        made = copy.copy(self)
        made.events, made.applied = list(self.events), self.applied.copy()
        made.now = replace(self.now, slots=dict(self.now.slots))
        return made

    def stamped(self, stamp: Mapping[str, Any]) -> Tracker:
        """This tracker, from now on with some metadata on every event, such as the model's id."""
        self._stamp = dict(stamp)
        return self

    def update(self, event: Event) -> None:
        """The next event happens."""
        if missing := {key: value for key, value in self._stamp.items() if key not in event.metadata}:
            event = replace(event, metadata={**event.metadata, **missing})
        self.events.append(event)
        self.applied.add(event, self.events)
        if isinstance(event, UserUtteranceReverted | ActionReverted):
            self.now = beginning(self._slots)
            for one in self.applied.events:
                self.now = apply(self.now, one, self._slots)
        else:
            self.now = apply(self.now, event, self._slots)

    def extend(self, events: Iterable[Event]) -> None:
        """Several events happen now, whenever they were made."""
        for event in events:
            self.update(replace(event, timestamp=time.time()))

    def with_events(self, events: Iterable[Event]) -> Tracker:
        """What this conversation would be after some more events."""
        made = self.copy()
        for event in events:
            made.update(event)
        return made

    @property
    def applied_events(self) -> list[Event]:
        """The events that count."""
        return list(self.applied.events)

    @property
    def events_after_restart(self) -> list[Event]:
        """The events since the last restart."""
        places = [place for place, event in enumerate(self.events) if isinstance(event, Restarted)]
        return self.events[places[-1] + 1 :] if places else list(self.events)

    def last_actions(self) -> Iterator[str]:
        """The actions that count, newest first, without listening."""
        for event in reversed(self.applied.events):
            if isinstance(event, ActionExecuted) and event.name != LISTEN:
                yield event.label

    def last_turn(self) -> UserUttered | None:
        """The last turn of the user that counts."""
        return next((one for one in reversed(self.applied.events) if isinstance(one, UserUttered)), None)

    @property
    def slots(self) -> dict[str, Any]:
        """The values of all slots."""
        return dict(self.now.slots)

    def get_slot(self, name: str) -> Any:
        """The value of a slot; None where it has none, or there is no such slot."""
        return self.now.slots.get(name)

    @property
    def latest_message(self) -> UserUttered | None:
        """What the user said last."""
        return self.now.latest_message

    @property
    def latest_action_name(self) -> str | None:
        """What was done last, or said word for word."""
        return self.now.latest_action.label if self.now.latest_action else None

    @property
    def active_loop_name(self) -> str | None:
        """The loop that is active."""
        return self.now.loop.name if self.now.loop else None

    def latest_entity_values(self, entity: Any, role: str | None = None, group: str | None = None) -> list[Any]:
        """The values of entities of one type, role and group in the latest message."""
        wanted = (entity, role, group)
        found = self.now.entities
        return [one.get("value") for one in found if (one.get("entity"), one.get("role"), one.get("group")) == wanted]

    @property
    def latest_input_channel(self) -> str | None:
        """Where the user spoke last."""
        return next((one.input_channel for one in reversed(self.events) if isinstance(one, UserUttered)), None)

    def current_state(self, verbosity: Verbosity = Verbosity.NONE) -> dict[str, Any]:
        """The conversation as Rasa dumps it, for action servers and the HTTP API."""
        events = {
            Verbosity.ALL: self.events,
            Verbosity.AFTER_RESTART: self.events_after_restart,
            Verbosity.APPLIED: self.applied.events,
        }.get(verbosity)
        now = self.now
        return {
            "sender_id": self.sender_id,
            "slots": self.slots,
            "latest_message": self._latest_message(),
            "latest_event_time": self.events[-1].timestamp if self.events else None,
            "followup_action": now.followup,
            "paused": now.is_paused,
            "events": None if events is None else [event.as_dict() for event in events],
            "latest_input_channel": self.latest_input_channel,
            "active_loop": now.loop.as_dict() if now.loop else {},
            "latest_action": _action_as_dict(now.latest_action),
            "latest_action_name": self.latest_action_name,
        }

    def _latest_message(self) -> dict[str, Any]:
        message = self.now.latest_message or UserUttered.understood(None, {})
        return {**message.parse_data, "entities": [dict(one) for one in self.now.entities]}

    def __eq__(self, other: object) -> bool:
        """Equal where the same has happened and the same is so."""
        if not isinstance(other, Tracker):
            return NotImplemented
        mine, others = ((one.sender_id, one.events, one.now, one.applied.events) for one in (self, other))
        return mine == others

    __hash__ = None  # type: ignore[assignment]  # it changes


def _action_as_dict(action: ActionExecuted | None) -> dict[str, Any]:
    if action is None:
        return {}
    return {"action_name": action.name} if action.name else {"action_text": action.action_text}
