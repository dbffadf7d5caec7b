"""Events: all that happens in a conversation, one after another. Values; what they change is for replay.py to say.

Their JSON shape (`as_dict`, event_json.py) is that of Rasa 3.6, so that trackers of either can be read by the other.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self

Plain = dict[str, Any]


def _named(key: str, default: Any = None) -> Any:
    """A field that has another name in JSON."""
    return field(default=default, metadata={"key": key})


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    type_name: ClassVar[str]
    always_has_metadata: ClassVar[bool] = False
    timestamp: float = field(default_factory=time.time, kw_only=True)
    """Seconds since 1970."""
    metadata: Mapping[str, Any] = field(default_factory=dict, kw_only=True)

    def as_dict(self) -> Plain:
        """As Rasa writes it."""
        written: Plain = {"event": self.type_name, "timestamp": self.timestamp}
        if self.metadata or self.always_has_metadata:
            written["metadata"] = dict(self.metadata)
        for one in fields(self):
            if one.name not in ("timestamp", "metadata"):
                written[one.metadata.get("key", one.name)] = getattr(self, one.name)
        return written


@dataclass(frozen=True)
class UserUttered(Event):
    """The user said something."""

    type_name = "user"
    always_has_metadata = True
    text: str | None = None
    parse_data: Mapping[str, Any] = field(default_factory=dict)
    """What was understood: intent, entities, and all else that the pipeline says."""
    input_channel: str | None = None
    message_id: str | None = None

    @classmethod
    def understood(
        cls,
        text: str | None,
        parse: Mapping[str, Any],
        *,
        input_channel: str | None = None,
        message_id: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Self:
        """A text and its parse."""
        said = dict(metadata or {})
        data = {"intent": {}, "entities": [], "text": text, "message_id": message_id, "metadata": said, **parse}
        return cls(text, data, input_channel, message_id, metadata=said)

    @property
    def intent(self) -> Mapping[str, Any]:
        """Name and confidence; empty where nothing was understood."""
        return self.parse_data.get("intent") or {}

    @property
    def intent_name(self) -> str | None:
        """What the user meant."""
        return self.intent.get("name")

    @property
    def entities(self) -> Sequence[Mapping[str, Any]]:
        """What the pipeline found."""
        return self.parse_data.get("entities") or []


@dataclass(frozen=True)
class BotUttered(Event):
    """The assistant said something."""

    type_name = "bot"
    always_has_metadata = True
    text: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    """buttons, image, custom and so on; None for what is not there."""

    def message(self) -> Plain:
        """What a channel gets to send."""
        message = {**self.data, "text": self.text, "timestamp": self.timestamp, **self.metadata}
        if message.get("image") == message.get("attachment"):
            message["attachment"] = None  # an image is an attachment too; it is sent once
        return message


@dataclass(frozen=True)
class SlotSet(Event):
    """A slot got a value."""

    type_name = "slot"
    name: str
    value: Any = None


@dataclass(frozen=True)
class ActionExecuted(Event):
    """The assistant did something."""

    type_name = "action"
    name: str | None = None
    policy: str | None = None
    confidence: float | None = None
    action_text: str | None = None
    """What it said word for word (end to end), instead of a name."""
    hide_rule_turn: bool = False
    """Whether policies that learn from stories do not see this turn."""

    @property
    def label(self) -> str:
        """Name or text."""
        return self.name or self.action_text or ""


@dataclass(frozen=True)
class ActiveLoop(Event):
    """A loop began, or None is active any more."""

    type_name = "active_loop"
    name: str | None = None


@dataclass(frozen=True)
class LoopInterrupted(Event):
    """Something else came into a loop, or no longer."""

    type_name = "loop_interrupted"
    is_interrupted: bool = False


@dataclass(frozen=True)
class ActionExecutionRejected(Event):
    """An action refused to run."""

    type_name = "action_execution_rejected"
    name: str | None = None
    policy: str | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class FollowupAction(Event):
    """What to do next, whatever policies say."""

    type_name = "followup"
    name: str | None = None


@dataclass(frozen=True)
class DefinePrevUserUtteredFeaturization(Event):
    """Whether the user's last turn is known by its text, or by what was meant."""

    type_name = "user_featurization"
    use_text: bool | None = _named("use_text_for_featurization")


@dataclass(frozen=True)
class EntitiesAdded(Event):
    """A policy found entities in the user's last turn."""

    type_name = "entities"
    entities: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Restarted(Event):
    """Everything begins anew."""

    type_name = "restart"


@dataclass(frozen=True)
class SessionStarted(Event):
    """A new session of the conversation begins."""

    type_name = "session_started"


@dataclass(frozen=True)
class UserUtteranceReverted(Event):
    """The user's last turn is taken back, with all that followed."""

    type_name = "rewind"


@dataclass(frozen=True)
class ActionReverted(Event):
    """The last action is taken back."""

    type_name = "undo"


@dataclass(frozen=True)
class AllSlotsReset(Event):
    """All slots have their initial values again."""

    type_name = "reset_slots"


@dataclass(frozen=True)
class ConversationPaused(Event):
    """The assistant is silent until the conversation is resumed."""

    type_name = "pause"


@dataclass(frozen=True)
class ConversationResumed(Event):
    """The assistant answers again."""

    type_name = "resume"


@dataclass(frozen=True)
class ReminderScheduled(Event):
    """At some time the assistant is to act as if the user meant an intent."""

    type_name = "reminder"
    intent: str | None = None
    date_time: str = ""
    """ISO 8601."""
    entities: Any = None
    name: str | None = None
    kill_on_user_msg: bool = True
    """Whether it is forgotten when the user speaks before."""


@dataclass(frozen=True)
class ReminderCancelled(Event):
    """Reminders are forgotten: those that fit all that is given; all of them where nothing is."""

    type_name = "cancel_reminder"
    name: str | None = None
    intent: str | None = None
    entities: Any = None


@dataclass(frozen=True)
class StoryExported(Event):
    """The conversation was written to a file. Nothing happens here."""

    type_name = "export"
    path: str | None = None


@dataclass(frozen=True)
class AgentUttered(Event):
    """A person said something in the assistant's place."""

    type_name = "agent"
    text: str | None = None
    data: Any = None


@dataclass(frozen=True)
class OtherEvent(Event):
    """An event of a type that is not known here; kept as it came."""

    type_name = "other"
    said: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> Plain:
        """What came, and when."""
        written = {**self.said, "timestamp": self.timestamp}
        return {**written, "metadata": dict(self.metadata)} if self.metadata else written
