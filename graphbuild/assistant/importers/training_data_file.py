"""TrainingDataFile: one file of the data folder -> its NLU data, stories, rules and responses. Knows no other file."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.assistant.data.parts import NLUPart, ResponsesPart, StoryPart, Warnings
from graphbuild.assistant.data.readers.data_file import SUFFIXES, mentions_of, read_training_data
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.artifact import Ports, Records
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import Mentions, SourceFile


@dataclass(frozen=True)
class TrainingDataOutput(Ports):
    """What a file of training data says; where it says it; what is odd about it."""

    nlu: NLUPart
    stories: StoryPart
    responses: ResponsesPart
    records: Records
    warnings: Warnings


class TrainingDataFile(Component):
    """A file of training data of any Rasa: YAML, Markdown, JSON; exports of Dialogflow, LUIS and Wit.ai.

    `nlu`, `stories`, `rules` and `responses` may stand in one file. A domain or a configuration that lies in the data
    folder gives empty parts.
    """

    kind = "importer"
    suffixes = SUFFIXES
    missing_hint = "where the data is elsewhere, name it: --data PATH; a project in another folder: -C DIR"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        language: str | None = option(None, "Of an export of Dialogflow in several languages, the one that is read.")

    config: Config

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:
        return mentions_of(content, suffix)

    @classmethod
    def holds(cls, content: bytes, suffix: str) -> frozenset[str]:
        from graphbuild.assistant.data.readers.holdings import training_holdings

        return training_holdings(content, suffix)

    def apply(self, source: SourceFile) -> TrainingDataOutput:
        """Reads the file. Raises DataError with all of its problems."""
        reading = Reading(source.label)
        found = read_training_data(source, reading, self.config.language)
        records, warnings = reading.finish()
        return TrainingDataOutput(found.nlu, found.stories, found.responses, records, warnings)
