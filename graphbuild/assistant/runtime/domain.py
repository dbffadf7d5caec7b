"""RunningDomain: what a conversation has to know of the domain, made once of the domain's document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.domain import (
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    SESSION_METADATA_SLOT,
    Form,
    SessionSettings,
    Slot,
)
from graphbuild.assistant.data.domain_document import read_document
from graphbuild.assistant.data.domain_merge import forms_of, session_of, slots_of, space_of
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.runtime.once import Once

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
    once: Once = field(default_factory=Once, repr=False, compare=False)
    """What is odd about it is logged once."""

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> RunningDomain:
        """What a package holds of the domain, as conversations ask for it."""
        merged = read_document(document)
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
            retrieval_intents=frozenset(merged.retrieval_intents),
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
