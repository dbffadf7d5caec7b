"""Saving: what was taught goes to the project's own files where they can be added to, and to new files where not.

read what is there -> leave out what it says already -> texts, each read back -> all files at once
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from graphbuild.assistant.data.parts import DomainPart, Example, NLUPart, StoryBlock, StoryPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers import story_writer
from graphbuild.assistant.data.writers.nlu_writer import in_order
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.assistant.importers.writing_back import domain_text, training_data_text
from graphbuild.errors import Location, Problem, UsageError
from graphbuild.graph.sources import list_files
from graphbuild.package.nlu_data import is_model
from graphbuild.project.data import data_paths
from graphbuild.project.files import FoundFile, found_files, source_of
from graphbuild.teaching.additions import DOMAIN_SECTIONS, with_examples, with_names, with_stories
from graphbuild.teaching.replacing import Change, replace_all
from graphbuild.teaching.taught import Taught

_YAML = (".yml", ".yaml")
_TEST = "test_"
STORY = "interactive_story"


@dataclass(frozen=True)
class Saved:
    """What was written."""

    files: Mapping[str, bool] = field(default_factory=dict)
    """By path, relative to the project; whether it is new."""
    examples: int = 0
    stories: int = 0
    names: int = 0
    """Additions to the domain."""
    repeated: int = 0
    """Examples and stories that were there already."""
    unread: tuple[str, ...] = ()
    """New files that lie outside of the training data: to be named with --data."""
    left_out: tuple[tuple[str, str], ...] = ()
    """Texts that cannot be written, and why."""


@dataclass
class _Texts:
    """The texts of files, as they are and as they will be."""

    project: Path
    old: dict[str, str | None] = field(default_factory=dict)
    new: dict[str, str] = field(default_factory=dict)

    def text(self, label: str) -> str:
        """As it will be. Raises UnicodeDecodeError, OSError."""
        if label not in self.old:
            self.old[label] = (self.project / label).read_bytes().decode("utf-8")
        return self.new.get(label) or self.old[label] or ""

    def make(self, label: str, text: str) -> None:
        """A file that is not there yet."""
        self.old[label], self.new[label] = None, text

    def changes(self) -> list[Change]:
        """What is to be done."""
        return [Change(self.project / label, self.old[label], text) for label, text in self.new.items()]


def save(project: Path, variables: Mapping[str, Any], taught: Taught) -> Saved:
    """Writes what was taught. `variables`: `domain` and `data`, where they are not what the project says.

    Raises UsageError, DataError where nothing was written.
    """
    paths = data_paths(project, variables)
    words = [one for one in paths["data"] if not is_model(project / one)]
    files = found_files(project, words)[0] if words else []
    texts = _Texts(project)
    unread: list[str] = []
    examples = _new_examples(files, taught.examples)
    blocks = _new_stories(files, taught.stories)
    here = _folder(project, words)
    for label, group in _by_file(files, examples).items():
        made = _added(texts, label, partial(with_examples, examples=group)) if label else False
        if not made:
            unread += _make(texts, files, here, "interactive_nlu", TrainingData(NLUPart(tuple(group))))
    if blocks:
        label = _most(files, lambda file: sum(not one.is_rule for one in file.data.stories.blocks))
        if not label or not _added(texts, label, partial(with_stories, blocks=blocks)):
            unread += _make(texts, files, here, "interactive_stories", TrainingData(stories=StoryPart(tuple(blocks))))
    names = _add_names(texts, paths["domain"], taught.domain)
    changes = texts.changes()
    replace_all(changes)
    return Saved(
        {label: texts.old[label] is None for label in texts.new},
        len(examples),
        len(blocks),
        names,
        len(taught.examples) + len(taught.stories) - len(examples) - len(blocks),
        tuple(unread),
        taught.left_out,
    )


def _added(texts: _Texts, label: str, add: Callable[[str], str | None]) -> bool:
    """Whether a file could be added to."""
    try:
        made = add(texts.text(label))
    except (UnicodeDecodeError, OSError):
        return False
    if made is None:
        return False
    texts.new[label] = made
    return True


def _new_examples(files: Sequence[FoundFile], examples: Iterable[Example]) -> list[Example]:
    known = {_said(example) for file in files for example in file.data.nlu.examples}
    return [example for example in examples if _said(example) not in known]


def _said(example: Example) -> tuple[Any, ...]:
    spans = tuple(tuple(sorted(span.items())) for span in in_order(example.entities))
    return example.text, example.intent, example.response_key, spans


def _new_stories(files: Sequence[FoundFile], stories: Iterable[Any]) -> list[StoryBlock]:
    blocks = [block for file in files for block in file.data.stories.blocks]
    names = {block.name for block in blocks}
    # As they will be read: entities without places, and so on.
    told = [one.elements for one in story_writer.as_written(StoryPart(tuple(blocks))).blocks if not one.is_rule]
    free = (name for number in itertools.count(1) if (name := f"{STORY}_{number}") not in names)
    made: list[StoryBlock] = []
    for story in stories:
        if story not in told:
            told.append(story)
            made.append(StoryBlock(next(free), False, story))
    return list(story_writer.as_written(StoryPart(tuple(made))).blocks)


def _by_file(files: Sequence[FoundFile], examples: Iterable[Example]) -> dict[str, list[Example]]:
    """Examples by the file that has most of their intent, or else most at all; an empty label where there is none."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        label = _most(files, lambda file, of=example.intent: sum(one.intent == of for one in file.data.nlu.examples))
        found.setdefault(label or _most(files, lambda file: len(file.data.nlu.examples)), []).append(example)
    return found


def _most(files: Iterable[FoundFile], count: Any) -> str:
    """The YAML file that has most of something; empty where none has any."""
    usable = [one for one in files if one.label.endswith(_YAML) and not PurePosixPath(one.label).name.startswith(_TEST)]
    best = max(usable, key=count, default=None)
    return best.label if best is not None and count(best) else ""


def _folder(project: Path, words: Sequence[str]) -> tuple[str, bool]:
    """Where new files of training data lie, and whether they will be read there."""
    for word in words:
        if (project / word).is_dir():
            return word, True
    return (str(PurePosixPath(words[0]).parent) if words else "data"), not words


def _make(
    texts: _Texts, files: Sequence[FoundFile], here: tuple[str, bool], stem: str, data: TrainingData
) -> list[str]:
    """A new file; its path where nobody will read it there."""
    folder, is_read = here
    taken = {one.label for one in files} | texts.new.keys()
    names = (f"{stem}.yml", *(f"{stem}-{number}.yml" for number in range(2, len(taken) + 3)))
    labels = (str(PurePosixPath(folder) / name) for name in names)
    label = next(one for one in labels if one not in taken and not (texts.project / one).exists())
    texts.make(label, training_data_text(data, label))
    return [] if is_read else [label]


def _add_names(texts: _Texts, words: Sequence[str], part: DomainPart) -> int:
    """Adds names to the domain, and says how many. Raises UsageError where it cannot be added to."""
    labels = list(list_files(texts.project, words, DomainFile.suffixes).files) if words else []
    parts = {one: DomainFile().apply(source_of(texts.project, one, DomainFile)).part for one in labels}
    known = {name: {_name(row) for one in parts.values() for row in getattr(one, name)} for name in DOMAIN_SECTIONS}
    new = {name: tuple(row for row in getattr(part, name) if _name(row) not in known[name]) for name in DOMAIN_SECTIONS}
    for name, rows in new.items():
        if not rows:
            continue
        section: dict[str, Any] = {name: rows}
        piece = DomainPart(**section)
        folder = next((word for word in words if (texts.project / word).is_dir()), None)
        sizes = {label: len(getattr(parts[label], name)) for label in labels}
        best = max(labels, key=sizes.__getitem__, default="")
        # Where a domain is in parts, a section that is new gets a part of its own.
        fits = bool(best) and (folder is None or sizes[best] > 0)
        if fits and _added(texts, best, partial(with_names, part=piece)):
            continue
        if folder is None and words:
            hint = f"add to `{name}` by hand: {', '.join(map(_name, rows))}"
            what = "the domain is written in a way that cannot be added to"
            raise UsageError(Problem(what, Location(best), hint=hint))
        label = str(PurePosixPath(folder) / f"interactive_{name}.yml") if folder else "domain.yml"
        texts.make(label, domain_text(piece, label))
        labels.append(label)
        parts[label] = piece
    return sum(map(len, new.values()))


def _name(row: Any) -> str:
    return str(row[0] if isinstance(row, tuple) else row.name)
