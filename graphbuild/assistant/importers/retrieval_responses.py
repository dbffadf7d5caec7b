"""RetrievalResponses: what is said to retrieval intents, gathered from all files. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence

from graphbuild.assistant.data.domain_merge import merge_domain
from graphbuild.assistant.data.parts import DomainPart, DomainResponses, ResponsesPart
from graphbuild.assistant.data.response_texts import SelectedResponses
from graphbuild.contract.component import Component


class RetrievalResponses(Component):
    """Gathers the responses to retrieval intents, with all of their variations, for packages without a domain."""

    kind = "importer"

    def apply(self, parts: Sequence[ResponsesPart], domain: Sequence[DomainResponses] = ()) -> SelectedResponses:
        """Raises DataError where two files define a name in two ways."""
        every = merge_domain([DomainPart(responses=one.responses) for one in domain], parts).responses
        return SelectedResponses({name: list(said) for name, said in every.items() if "/" in name})
