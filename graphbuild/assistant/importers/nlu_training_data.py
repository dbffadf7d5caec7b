"""NLUTrainingData: the NLU parts of all files -> messages, and projections for those who need no examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.nlu_merge import (
    Conflict,
    entity_parts,
    entity_types,
    intent_names,
    merge_lookups,
    merge_messages,
    merge_regexes,
    merge_synonyms,
)
from graphbuild.assistant.data.nlu_projections import (
    EntityParts,
    EntityTypes,
    IntentNames,
    Lookups,
    Regexes,
    Synonyms,
)
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.subjects import synonym_subject
from graphbuild.assistant.validation.findings import Finding, Findings, listed
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component


@dataclass(frozen=True)
class NLUTrainingDataOutput(Ports):
    """The examples, and what else the NLU data says, each apart."""

    runtime: ClassVar[Mapping[str, str]] = {"messages": "message"}
    messages: Messages
    synonyms: Synonyms
    regexes: Regexes
    lookups: Lookups
    entity_types: EntityTypes
    entity_parts: EntityParts
    intents: IntentNames
    findings: Findings


class NLUTrainingData(Component):
    """Merges NLU data. Doubles are dropped; the order of files and of examples changes nothing."""

    kind = "importer"

    def apply(self, parts: Sequence[NLUPart]) -> NLUTrainingDataOutput:
        """All NLU data of the project."""
        synonyms, conflicts = merge_synonyms(parts)
        return NLUTrainingDataOutput(
            messages=merge_messages(parts),
            synonyms=synonyms,
            regexes=merge_regexes(parts),
            lookups=merge_lookups(parts),
            entity_types=entity_types(parts),
            entity_parts=entity_parts(parts),
            intents=intent_names(parts),
            findings=Findings.of(_finding(conflict) for conflict in conflicts),
        )


def _finding(conflict: Conflict) -> Finding:
    surface, (first, *others) = conflict
    what = f"`{surface}` is a synonym of `{first}` and also of {listed(others)}"
    subjects = tuple(synonym_subject(value, surface) for value in (*others, first))
    return Finding("GB209", what, subjects, surface, hint=f"`{first}` is taken; remove the others")
