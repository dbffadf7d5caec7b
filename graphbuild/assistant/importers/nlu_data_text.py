"""NLUDataText: the NLU data of all files -> one YAML file of it, to be kept in a package. Knows no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphbuild.assistant.data.parts import Lookup, NLUPart, ResponsesPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import Component
from graphbuild.errors import DataError

FILE = "nlu_training_data.yml"


class NLUDataText(Component):
    """The NLU data as YAML, with its responses: what `train --persist-nlu-data` puts into a package.

    Lookup tables stand in it, whatever file they came from. Where a text has spaces at its ends, which YAML cannot
    keep, all are taken away.
    """

    kind = "importer"

    def apply(self, parts: Sequence[NLUPart], responses: Sequence[ResponsesPart]) -> Blob:
        """Raises DataError for what no YAML file can hold."""
        from graphbuild.assistant.data.writers.nlu_writer import trimmed
        from graphbuild.assistant.importers.writing_back import training_data_text

        joined = TrainingData.joined(
            [*(TrainingData(nlu=part) for part in parts), *(TrainingData(responses=part) for part in responses)]
        )
        inline = tuple(Lookup(one.name, one.elements) for one in joined.nlu.lookups)
        data = replace(joined, nlu=replace(joined.nlu, lookups=inline))
        try:
            text = training_data_text(data, FILE)
        except DataError:
            text = training_data_text(replace(data, nlu=trimmed(data.nlu)), FILE)
        return Blob(text.encode())
