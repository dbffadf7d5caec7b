"""RunningDomain: what a conversation has to know of the domain, made once of the domain's document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.domain import (
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    RESPONSE_PREFIX,
    SESSION_METADATA_SLOT,
    Form,
    SessionSettings,
    Slot,
)
from graphbuild.assistant.data.domain_merge import forms_of, merge_domain, session_of, slots_of, space_of
from graphbuild.assistant.data.parts import DomainPart, EntityEntry, IntentEntry, ResponsesPart
from graphbuild.assistant.data.space import DomainSpace

DEFAULT_SLOTS = frozenset((REQUESTED_SLOT, SESSION_METADATA_SLOT, *KNOWLEDGE_BASE_SLOTS))
"""Slots that no mapping fills."""


@dataclass(frozen=True)
class RunningDomain:
    """The domain at run time. Names are sorted but where their order means something."""

    document: Mapping[str, Any]
    """As it was given: what action servers get."""
    space: DomainSpace
    """As policies see it."""
    intents: frozenset[str]
    entities: frozenset[str]
    slots: Mapping[str, Slot]
    responses: Mapping[str, Sequence[Mapping[str, Any]]]
    forms: Mapping[str, Form]
    custom_actions: Mapping[str, bool]
    """Those that the domain lists, and whether the action server gets the domain with each."""
    retrieval_intents: frozenset[str]
    texts: frozenset[str]
    """What the bot may say word for word."""
    session: SessionSettings

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> RunningDomain:
        """Raises DataError where the document defines a name in two ways."""
        part = _part(document)
        retrieval = {name.split("/")[0].removeprefix(RESPONSE_PREFIX) for name, _ in part.responses if "/" in name}
        merged = merge_domain([part], [ResponsesPart(retrieval_intents=tuple(sorted(retrieval)))])
        space = space_of(merged)
        return cls(
            document=document,
            space=space,
            intents=frozenset(intent.name for intent in space.intents),
            entities=frozenset(merged.entities),
            slots=slots_of(merged).slots,
            responses=merged.responses,
            forms=forms_of(merged).forms,
            custom_actions=merged.actions,
            retrieval_intents=frozenset(retrieval),
            texts=frozenset(merged.e2e_actions),
            session=session_of(merged),
        )

    @property
    def actions(self) -> tuple[str, ...]:
        """All actions in the order of their labels."""
        return self.space.actions

    @property
    def is_empty(self) -> bool:
        """Whether nothing but NLU was trained."""
        return not self.document


def _part(document: Mapping[str, Any]) -> DomainPart:
    def items(key: str) -> list[tuple[str, Any]]:
        return [(str(name), value) for name, value in (document.get(key) or {}).items()]

    return DomainPart(
        intents=tuple(_intent(name, options) for name, options in _named(document.get("intents"))),
        entities=tuple(_entity(name, options) for name, options in _named(document.get("entities"))),
        slots=tuple((name, dict(value)) for name, value in items("slots")),
        responses=tuple((name, tuple(dict(one) for one in variations)) for name, variations in items("responses")),
        actions=tuple((name, bool(options.get("send_domain"))) for name, options in _named(document.get("actions"))),
        forms=tuple((name, _form(value or {})) for name, value in items("forms")),
        e2e_actions=tuple(document.get("e2e_actions") or ()),
        session=dict(document.get("session_config") or {}),
        config=dict(document.get("config") or {}),
    )


def _named(section: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """Elements are `name`, or `{name: options}`."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for item in section or ():
        found += [(str(item), {})] if isinstance(item, str) else [(str(name), one or {}) for name, one in item.items()]
    return found


def _intent(name: str, options: Mapping[str, Any]) -> IntentEntry:
    use = options.get("use_entities", True)
    used = None if use is True else tuple(use or ())
    return IntentEntry(name, used, tuple(options.get("ignore_entities") or ()), options.get("triggers"))


def _entity(name: str, options: Mapping[str, Any]) -> EntityEntry:
    influences = options.get("influence_conversation", True) is not False
    return EntityEntry(name, tuple(options.get("roles") or ()), tuple(options.get("groups") or ()), influences)


def _form(definition: Mapping[str, Any]) -> dict[str, Any]:
    ignored = definition.get("ignored_intents") or []
    return {
        "required_slots": list(definition.get("required_slots") or []),
        "ignored_intents": [ignored] if isinstance(ignored, str) else list(ignored),
    }
