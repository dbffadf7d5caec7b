"""The merged domain: the whole document for the package and run time, and the parts of it that are read apart.

What training sees is a projection of its own (space.py). All are canonical: names sorted, lists kept only where their
order means something (variations of a response, slots that a form asks for).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from graphbuild.assistant.data.parts import PlainArtifact
from graphbuild.contract.artifact import JsonArtifact

DEFAULT_ACTIONS = (
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "...",
    "action_extract_slots",
)
"""Actions that every assistant has, in the order of their labels (Rasa 3.6)."""
ACTIONS_OF_RASA_3 = ("action_extract_slots",)
"""Those of them that Rasa 2 did not have."""
DEFAULT_INTENTS = ("restart", "back", "out_of_scope", "session_start", "nlu_fallback")
RESPONSE_PREFIX = "utter_"
REQUESTED_SLOT = "requested_slot"
KNOWLEDGE_BASE_ACTION = "action_query_knowledge_base"
KNOWLEDGE_BASE_SLOTS = (
    "knowledge_base_listed_objects",
    "knowledge_base_last_object",
    "knowledge_base_last_object_type",
)
"""The slots that come with the action that queries a knowledge base."""
SESSION_METADATA_SLOT = "session_started_metadata"


@dataclass(frozen=True)
class Responses(JsonArtifact):
    """What the bot can say: name -> variations, each with text, buttons, image, condition, ... as written."""

    type_name: ClassVar[str] = "Responses.v1"
    variations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def to_plain(self) -> Any:
        return self.variations

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)


@dataclass(frozen=True)
class Form:
    """A form: the slots that it asks for, in order, and the intents that it does not fill slots from."""

    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forms(PlainArtifact):
    """The forms by name."""

    type_name: ClassVar[str] = "Forms.v1"
    forms: dict[str, Form] = field(default_factory=dict)


@dataclass(frozen=True)
class Slot:
    """A slot: what it holds, how it is filled."""

    type: str
    """text, bool, float, categorical, list, any, or the import path of the user's own slot class."""
    initial_value: Any = None
    influences: bool = True
    """Whether it influences the conversation."""
    values: tuple[str, ...] = ()
    """Of a categorical slot, lower-cased, without the automatic `__other__`."""
    min_value: float = 0.0
    max_value: float = 1.0
    mappings: tuple[dict[str, Any], ...] = ()

    @property
    def feature_count(self) -> int:
        """How many numbers stand for it in a dialogue state (RASA.md 3.5)."""
        if not self.influences or self.type == "any":
            return 0
        counts = {"bool": 2, "float": 2, "categorical": len(self.values) + 1}
        return counts.get(self.type, 1)


@dataclass(frozen=True)
class Slots(PlainArtifact):
    """All slots by name, the automatic ones too."""

    type_name: ClassVar[str] = "Slots.v1"
    slots: dict[str, Slot] = field(default_factory=dict)


@dataclass(frozen=True)
class Triggers(PlainArtifact):
    """What MappingPolicy of Rasa 1 does: intent -> the action that it runs after it."""

    type_name: ClassVar[str] = "Triggers.v1"
    actions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SessionSettings(PlainArtifact):
    """When a new session begins, and what of the old one it keeps."""

    type_name: ClassVar[str] = "SessionSettings.v1"
    expiration_minutes: float = 60.0
    """0: never."""
    carries_slots: bool = True


@dataclass(frozen=True)
class DomainDocument(JsonArtifact):
    """The whole domain as Rasa 3.1 would write it, names sorted."""

    type_name: ClassVar[str] = "DomainDocument.v1"
    value: dict[str, Any] = field(default_factory=dict)

    def to_plain(self) -> Any:
        return self.value

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)
