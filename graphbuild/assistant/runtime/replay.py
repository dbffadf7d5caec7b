"""Situation: where a conversation stands, and what each event changes about it. Knows no past: that is applied.py."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphbuild.assistant.data.domain import Slot
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.events import Event

SESSION_START = "action_session_start"


@dataclass(frozen=True)
class Loop:
    """The loop that is active."""

    name: str
    is_interrupted: bool = False
    is_rejected: bool = False
    trigger_message: Mapping[str, Any] | None = None
    """The parse of what the user had said before it began."""

    def as_dict(self) -> dict[str, Any]:
        """As Rasa writes it."""
        return {
            "name": self.name,
            "is_interrupted": self.is_interrupted,
            "rejected": self.is_rejected,
            "trigger_message": None if self.trigger_message is None else dict(self.trigger_message),
        }


@dataclass
class Situation:
    """What is so at one moment. `slots` hold the values of all slots of the domain."""

    slots: dict[str, Any] = field(default_factory=dict)
    is_paused: bool = False
    followup: str | None = LISTEN
    """What is to be done next, whatever policies say."""
    latest_action: kinds.ActionExecuted | None = None
    latest_message: kinds.UserUttered | None = None
    added_entities: tuple[Mapping[str, Any], ...] = ()
    """Those that policies found in the latest message."""
    uses_text: bool | None = None
    """Whether the latest message is known by its text; None where that is not decided."""
    latest_bot_utterance: kinds.BotUttered | None = None
    loop: Loop | None = None

    @property
    def is_listening(self) -> bool:
        """Whether the last thing done was to listen."""
        return self.latest_action is not None and self.latest_action.label == LISTEN

    @property
    def entities(self) -> list[Mapping[str, Any]]:
        """All entities of the latest message."""
        said = self.latest_message.entities if self.latest_message else ()
        return [*said, *self.added_entities]


def beginning(slots: Mapping[str, Slot]) -> Situation:
    """Before anything happened."""
    return Situation(slots={name: coerced(slot, slot.initial_value) for name, slot in slots.items()})


def coerced(slot: Slot, value: Any) -> Any:
    """A value as a slot holds it: lists hold one thing as a list of it. Other types keep what they are given."""
    return [value] if slot.type == "list" and value and not isinstance(value, list) else value


def apply(now: Situation, event: Event, slots: Mapping[str, Slot]) -> Situation:
    """Changes a situation by an event; what begins anew is another situation. Taking back is not for here."""
    change = _CHANGES.get(type(event))
    return now if change is None else change(now, event, slots) or now


def _user(now: Situation, event: kinds.UserUttered, _: Mapping[str, Slot]) -> None:
    now.latest_message, now.added_entities, now.followup = event, (), None
    now.uses_text = None
    if bool(event.text) != bool(event.intent_name):
        now.uses_text = bool(event.text)


def _bot(now: Situation, event: kinds.BotUttered, _: Mapping[str, Slot]) -> None:
    now.latest_bot_utterance = event


def _action(now: Situation, event: kinds.ActionExecuted, _: Mapping[str, Slot]) -> None:
    now.latest_action, now.followup = event, None
    if now.loop is not None:
        rejected = now.loop.is_rejected and event.name != now.loop.name
        now.loop = replace(now.loop, is_interrupted=False, is_rejected=rejected)


def _slot(now: Situation, event: kinds.SlotSet, slots: Mapping[str, Slot]) -> None:
    # One that the domain does not have is passed over: it was logged when it came.
    if event.name in slots:
        now.slots[event.name] = coerced(slots[event.name], event.value)


def _reset_slots(now: Situation, _: Event, slots: Mapping[str, Slot]) -> None:
    now.slots = beginning(slots).slots


def _session(_: Situation, __: Event, slots: Mapping[str, Slot]) -> Situation:
    return beginning(slots)


def _restart(_: Situation, __: Event, slots: Mapping[str, Slot]) -> Situation:
    now = beginning(slots)
    now.followup = SESSION_START
    return now


def _loop(now: Situation, event: kinds.ActiveLoop, _: Mapping[str, Slot]) -> None:
    message = dict(now.latest_message.parse_data) if now.latest_message is not None else None
    now.loop = None if event.name is None else Loop(event.name, trigger_message=message)


def _interrupted(now: Situation, event: kinds.LoopInterrupted, _: Mapping[str, Slot]) -> None:
    if now.loop is not None:
        now.loop = replace(now.loop, is_interrupted=event.is_interrupted)


def _rejected(now: Situation, event: kinds.ActionExecutionRejected, _: Mapping[str, Slot]) -> None:
    if now.loop is not None and now.loop.name == event.name:
        now.loop = replace(now.loop, is_rejected=True)


def _followup(now: Situation, event: kinds.FollowupAction, _: Mapping[str, Slot]) -> None:
    now.followup = event.name


def _pause(now: Situation, _: Event, __: Mapping[str, Slot]) -> None:
    now.is_paused = True


def _resume(now: Situation, _: Event, __: Mapping[str, Slot]) -> None:
    now.is_paused = False


def _featurized(now: Situation, event: kinds.DefinePrevUserUtteredFeaturization, _: Mapping[str, Slot]) -> None:
    if now.is_listening:
        now.uses_text = event.use_text


def _entities(now: Situation, event: kinds.EntitiesAdded, _: Mapping[str, Slot]) -> None:
    if now.is_listening:
        now.added_entities += tuple(one for one in event.entities if one not in now.entities)


_CHANGES: dict[type[Event], Callable[[Situation, Any, Mapping[str, Slot]], Situation | None]] = {
    kinds.UserUttered: _user,
    kinds.BotUttered: _bot,
    kinds.ActionExecuted: _action,
    kinds.SlotSet: _slot,
    kinds.AllSlotsReset: _reset_slots,
    kinds.SessionStarted: _session,
    kinds.Restarted: _restart,
    kinds.ActiveLoop: _loop,
    kinds.LoopInterrupted: _interrupted,
    kinds.ActionExecutionRejected: _rejected,
    kinds.FollowupAction: _followup,
    kinds.ConversationPaused: _pause,
    kinds.ConversationResumed: _resume,
    kinds.DefinePrevUserUtteredFeaturization: _featurized,
    kinds.EntitiesAdded: _entities,
}
