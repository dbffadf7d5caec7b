"""StoryFile: one file of training data, for who looks at its stories: what is wrong elsewhere in it stops nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.data.parts import NLUPart, ResponsesPart, Warnings
from graphbuild.assistant.data.readers.data_file import read_stories_alone, read_training_data
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.importers.training_data_file import TrainingDataFile, TrainingDataOutput
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError, Problem


class StoryFile(TrainingDataFile):
    """A file of training data of any Rasa. When its NLU data or responses are wrong, only its stories are read."""

    @dataclass(frozen=True)
    class Config(TrainingDataFile.Config):
        """The options of TrainingDataFile."""

    config: Config

    def apply(self, source: SourceFile) -> TrainingDataOutput:
        """Reads the file. Raises DataError with all problems of its stories."""
        reading = Reading(source.label)
        found = read_training_data(source, reading, self.config.language)
        try:
            records, _ = reading.finish()
        except DataError as error:
            return self._stories_alone(source, error.problems)
        return TrainingDataOutput(found.nlu, found.stories, found.responses, records, Warnings())

    def _stories_alone(self, source: SourceFile, problems: Sequence[Problem]) -> TrainingDataOutput:
        reading = Reading(source.label)
        stories = read_stories_alone(source, reading)
        records, _ = reading.finish()
        first = problems[0]
        others = len(problems) - 1
        more = f" and {others:,} more problem{'s' if others > 1 else ''}" if others else ""
        what = f"{first.what}{more}; of this file only stories and rules are read"
        line = first.location.line if first.location is not None else 0
        warnings = Warnings(((line, what, "`graphbuild validate` shows all problems"),))
        return TrainingDataOutput(NLUPart(), stories, ResponsesPart(), records, warnings)
