"""DomainSpace: what of a domain the training of dialogue policies can see, and nothing else.

A projection: response texts, session settings, required slots of forms and slots that do not influence the
conversation are left out, so that editing them trains nothing (DESIGN section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import msgspec

from graphbuild.contract.artifact import JsonArtifact


@dataclass(frozen=True)
class IntentSpace:
    """An intent and the entity labels (`city`, `city#from`) that dialogue states keep after it; sorted."""

    name: str
    used_entities: tuple[str, ...]


@dataclass(frozen=True)
class SlotSpace:
    """A slot that influences the conversation."""

    name: str
    type: str
    """text, bool, float, categorical, list, or the import path of the user's own slot class."""
    initial_value: Any = None
    values: tuple[str, ...] = ()
    """Of a categorical slot, lower-cased, without the automatic `__other__`."""
    min_value: float = 0.0
    max_value: float = 1.0
    fills_from: tuple[tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...]], ...] = ()
    """(entity, role, group, only after these intents, not after these intents) of each from_entity mapping without
    an active_loop condition: such a slot is set in a story by the user turn that carries the entity. Stories go by the
    entity alone, as Rasa's do; the intents count when a real message is handled."""


@dataclass(frozen=True)
class DomainSpace(JsonArtifact):
    """Intents, entities, slots, actions and forms as training sees them. All sorted by name but the actions."""

    type_name: ClassVar[str] = "DomainSpace.v1"
    intents: tuple[IntentSpace, ...]
    entities: tuple[str, ...]
    """Labels: types, then `type#role` and `type#group`."""
    slots: tuple[SlotSpace, ...]
    actions: tuple[str, ...]
    """In label order: the default ones (RASA.md 3.5), custom ones, responses, forms, bot texts, each group sorted."""
    forms: tuple[str, ...]

    def to_plain(self) -> Any:
        return msgspec.to_builtins(self)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return msgspec.convert(plain, cls)
