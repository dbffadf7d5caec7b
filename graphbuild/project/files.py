"""Single files of data, read without a build: what `data convert` and `data migrate` begin with.

Environment variables that a file mentions keep their names: what is written of them mentions them again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graphbuild.assistant.data.parts import Lookup, NLUPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.importers.writing_back import AsWritten
from graphbuild.contract.component import Component
from graphbuild.contract.source import SourceFile, contents, mentioned_file
from graphbuild.errors import DataError, Location, Problem, UsageError
from graphbuild.graph.sources import list_files
from graphbuild.project.config import language_of


@dataclass(frozen=True)
class FoundFile:
    """A file of training data."""

    label: str
    """Relative to the project; absolute outside of it."""
    name: str
    """Relative to the folder that was named."""
    data: TrainingData
    warnings: tuple[Problem, ...]


def found_files(project: Path, words: Sequence[str]) -> tuple[list[FoundFile], tuple[Problem, ...]]:
    """All files of training data that some files and folders hold, and what is to be told of them and of others.

    Raises UsageError, DataError with all problems.
    """
    listing = list_files(project, words, TrainingDataFile.suffixes)
    if listing.missing:
        raise UsageError(f"there is no {', no '.join(listing.missing)} in {project}")
    language = language_of(project)
    found: list[FoundFile] = []
    problems: list[Problem] = []
    for label in listing.files:
        try:
            found.append(read_file(project, label, _name(project, label, words), language=language))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return found, (*listing.refused, *(warning for file in found for warning in file.warnings))


def read_file(project: Path, label: str, name: str | None = None, *, language: str | None = None) -> FoundFile:
    """One file, of a language where it is in several. Raises DataError."""
    read = TrainingDataFile(TrainingDataFile.Config(language)).apply(source_of(project, label, TrainingDataFile))
    warnings = tuple(Problem(what, Location(label, line), hint=hint) for line, what, hint in read.warnings.rows)
    return FoundFile(label, name or label, TrainingData(read.nlu, read.stories, read.responses), warnings)


def source_of(project: Path, label: str, component: type[Component]) -> SourceFile:
    """A file as a component reads it, with the files that it mentions. Raises DataError when it cannot be read."""
    path = project / label
    try:
        content = contents(path)
    except OSError as error:
        raise DataError(Problem(f"the file cannot be read: {error.strerror}", Location(label))) from error
    others = {
        word: mentioned_file(project, label, word) for word in component.mentions(content, path.suffix.lower()).files
    }
    return SourceFile(path, label, AsWritten(), others)


def with_tables(project: Path, label: str, part: NLUPart) -> tuple[NLUPart, list[str]]:
    """NLU data with the lookup tables of other files in it, and the files that are not there or cannot be read."""
    lookups, missing = [], []
    for lookup in part.lookups:
        path = mentioned_file(project, label, lookup.file) if lookup.file is not None else None
        try:
            text = path.read_text("utf-8-sig") if path is not None else None
        except (OSError, UnicodeDecodeError):
            text = None
        if lookup.file is not None and text is None:
            missing.append(lookup.file)
        lines = () if text is None else tuple(line.strip() for line in text.splitlines() if line.strip())
        lookups.append(lookup if text is None else Lookup(lookup.name, lines))
    return replace(part, lookups=tuple(lookups)), missing


def _name(project: Path, label: str, words: Sequence[str]) -> str:
    """The path below the one folder that was named; with several, below the project, or else its bare name."""
    path = project / label
    if len(words) == 1 and (project / words[0]).is_dir():
        return os.path.relpath(path, project / words[0]).replace(os.sep, "/")
    is_elsewhere = Path(label).is_absolute() or ".." in Path(label).parts
    return path.name if is_elsewhere or len(words) == 1 else label
