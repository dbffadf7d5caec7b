"""StoryFile: one file of training data, for who looks at its stories: what is wrong elsewhere in it stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.parts import NLUPart, ResponsesPart, StoryPart, Warnings
from graphbuild.assistant.data.readers.data_file import SUFFIXES, mentions_of, read_stories_alone, read_training_data
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.artifact import Ports, Records
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.contract.source import Mentions, SourceFile
from graphbuild.errors import DataError, Problem


@dataclass(frozen=True)
class StoryFileOutput(Ports):
    """What a file says, as far as it can be read; where stories stand; what of it is passed over."""

    nlu: NLUPart
    stories: StoryPart
    responses: ResponsesPart
    records: Records
    warnings: Warnings


class StoryFile(Component):
    """A file of training data of any Rasa. When its NLU data or responses are wrong, only its stories are read."""

    kind = "importer"
    suffixes = SUFFIXES

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        language: str | None = option(None, "Of an export of Dialogflow in several languages, the one that is read.")

    config: Config

    @classmethod
    def mentions(cls, content: bytes, suffix: str) -> Mentions:
        return mentions_of(content, suffix)

    def apply(self, source: SourceFile) -> StoryFileOutput:
        """Reads the file. Raises DataError with all problems of its stories."""
        reading = Reading(source.label)
        found = read_training_data(source, reading, self.config.language)
        try:
            records, _ = reading.finish()
        except DataError as error:
            return self._stories_alone(source, error.problems)
        return StoryFileOutput(found.nlu, found.stories, found.responses, records, Warnings())

    def _stories_alone(self, source: SourceFile, problems: Sequence[Problem]) -> StoryFileOutput:
        reading = Reading(source.label)
        stories = read_stories_alone(source, reading)
        records, _ = reading.finish()
        first = problems[0]
        others = len(problems) - 1
        more = f" and {others:,} more problem{'s' if others > 1 else ''}" if others else ""
        what = f"{first.what}{more}; of this file only stories and rules are read"
        line = first.location.line if first.location is not None else 0
        warnings = Warnings(((line, what, "`graphbuild validate` shows all problems"),))
        return StoryFileOutput(NLUPart(), stories, ResponsesPart(), records, warnings)
