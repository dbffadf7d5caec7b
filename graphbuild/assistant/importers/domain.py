"""Domain: the parts of all domain files -> the domain, and what is projected out of it. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.domain import DomainDocument, Forms, Responses, SessionSettings, Slots, Triggers
from graphbuild.assistant.data.domain_merge import (
    document_of,
    forms_of,
    merge_domain,
    responses_of,
    session_of,
    slots_of,
    space_of,
    triggers_of,
)
from graphbuild.assistant.data.parts import DomainPart, ResponsesPart
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component


@dataclass(frozen=True)
class DomainOutput(Ports):
    """The domain, each part of it for those who need no more."""

    space: DomainSpace
    responses: Responses
    forms: Forms
    slots: Slots
    session: SessionSettings
    triggers: Triggers
    document: DomainDocument


class Domain(Component):
    """Merges domain files with the responses of the training data. Their order and the order of keys change nothing."""

    kind = "importer"

    def apply(self, parts: Sequence[DomainPart], responses: Sequence[ResponsesPart]) -> DomainOutput:
        """Raises DataError where two files define a name in two ways."""
        domain = merge_domain(parts, responses)
        return DomainOutput(
            space=space_of(domain),
            responses=responses_of(domain),
            forms=forms_of(domain),
            slots=slots_of(domain),
            session=session_of(domain),
            triggers=triggers_of(domain),
            document=DomainDocument(document_of(domain)),
        )
