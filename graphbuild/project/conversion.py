"""Conversion: training data of any format that is read -> files of current YAML (or NLU JSON), one for each source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from graphbuild.assistant.data.data_split import split_nlu, split_stories
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers.nlu_json_writer import nlu_json
from graphbuild.assistant.data.writers.nlu_writer import trimmed
from graphbuild.assistant.importers.writing_back import training_data_text
from graphbuild.errors import DataError, Problem, UsageError
from graphbuild.project.files import FoundFile, found_files
from graphbuild.project.new_files import free_name, write_files

KINDS = ("nlu", "core", "responses", "all")
_WORDS = {"nlu": "NLU data", "core": "stories or rules", "responses": "responses", "all": "training data"}
_PARTS = {"nlu": "nlu", "core": "stories", "responses": "responses"}


@dataclass(frozen=True)
class WrittenFile:
    """A file that was written: where from, and what is in it."""

    source: str
    """Empty for one that is made of all."""
    path: Path
    counts: Mapping[str, int]
    left_out: tuple[str, ...] = ()
    """What the source says beside that."""


@dataclass(frozen=True)
class Conversion:
    """What became of all files."""

    written: tuple[WrittenFile, ...]
    skipped: tuple[tuple[str, str], ...] = ()
    """(file, why)"""
    warnings: tuple[Problem, ...] = ()


def convert(
    project: Path,
    words: Sequence[str],
    out: Path,
    *,
    kind: str = "all",
    as_json: bool = False,
    trims: bool = False,
    replaces: bool = False,
) -> Conversion:
    """Converts the files that `words` name. Raises UsageError, DataError with what cannot be read or written."""
    found, warnings = found_files(project, words)
    texts: dict[str, str] = {}
    written: list[WrittenFile] = []
    skipped: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for file in found:
        data = _only(file.data, kind)
        if trims:
            data = TrainingData(trimmed(data.nlu), data.stories, data.responses)
        if not data.counts():
            skipped.append((file.label, f"it holds no {_WORDS[kind]}"))
            continue
        name = _name(file, texts, as_json)
        try:
            texts[name] = nlu_json(data.nlu) if as_json else training_data_text(data, file.label)
        except DataError as error:
            problems += error.problems
            continue
        left_out = tuple(what for what in file.data.counts() if what not in data.counts())
        written.append(WrittenFile(file.label, out / name, data.counts(), left_out))
    if problems:
        raise DataError(problems)
    write_files(out, texts, replaces=replaces)
    return Conversion(tuple(written), tuple(skipped), warnings)


def split(
    project: Path, words: Sequence[str], out: Path, *, kind: str, fraction: float, seed: int, replaces: bool = False
) -> Conversion:
    """Splits the NLU data or the stories of some files in two. Raises as `convert` does."""
    found, warnings = found_files(project, words)
    data = TrainingData.joined(file.data for file in found)
    if kind == "nlu":
        names = ("training_data.yml", "test_data.yml")
        halves = split_nlu(data, fraction, seed)
    else:
        names = ("train_stories.yml", "test_stories.yml")
        halves = split_stories(data, fraction, seed)
    if not (data.nlu.examples if kind == "nlu" else data.stories.blocks):
        raise UsageError(f"there are no {'examples' if kind == 'nlu' else 'stories'} in {', '.join(words)}")
    named = dict(zip(names, halves, strict=True))
    texts = {name: training_data_text(half, name) for name, half in named.items()}
    write_files(out, texts, replaces=replaces)
    written = tuple(WrittenFile("", out / name, half.counts()) for name, half in named.items())
    return Conversion(written, (), warnings)


def _only(data: TrainingData, kind: str) -> TrainingData:
    return data if kind == "all" else TrainingData(**{_PARTS[kind]: getattr(data, _PARTS[kind])})


def _name(file: FoundFile, taken: Mapping[str, str], as_json: bool) -> str:
    path = PurePosixPath(file.name)
    return free_name(str(path.with_suffix(".json" if as_json else ".yml")), taken, path.suffix[1:])
