"""RecipeEditor: what an editor asks of a recipe, in one place. Keeps no text: every question brings its own.

read -> check, preview, complete, hover, as often as somebody types -> save
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from graphbuild.editing import suggesting
from graphbuild.editing.files import (
    LONGEST_TEXT,
    ListedFile,
    OpenedFile,
    difference,
    listed_files,
    named_file,
    opened_file,
    save_file,
)
from graphbuild.editing.previewing import Preview, previewed
from graphbuild.editing.suggesting import Completions, Told
from graphbuild.errors import GraphbuildError, Problem, UsageError
from graphbuild.session import BuildRequest, compile_given

_COMPILING = threading.Lock()
"""Modules of the project are loaded anew where they changed: one at a time."""


@dataclass(frozen=True)
class Checked:
    """What there is to say of a text."""

    problems: tuple[Problem, ...]
    """Those that a build would tell before anything runs; warnings and notes too."""
    texts: Mapping[str, str] = field(default_factory=dict)
    is_buildable: bool = True


@dataclass(frozen=True)
class RecipeEditor:
    """The recipe of a request, to be edited. `path` is the name of one of its files, by default its own."""

    request: BuildRequest

    def files(self) -> tuple[ListedFile, ...]:
        """The recipe's own file, and what it extends."""
        return listed_files(self.request.recipe, self.request.project)

    def read(self, path: str | None = None) -> OpenedFile:
        """A file as it is on the disk. Raises UsageError, RecipeError."""
        return opened_file(self._file(path))

    def save(self, text: str, expected: str, path: str | None = None) -> OpenedFile:
        """Saves a text, where the file is still what `expected` says. Raises Conflict, UsageError."""
        return save_file(self._file(path), _plain(text), expected)

    def compare(self, text: str, path: str | None = None) -> tuple[OpenedFile, str]:
        """A file as it is on the disk, and what saving a text would change in it: a unified diff, empty for nothing."""
        there = self.read(path)
        return there, difference(there.text, _plain(text), there.listed.label)

    def check(self, text: str, path: str | None = None) -> Checked:
        """What a build would tell of a text before it runs anything. Writes nothing."""
        given = self._given(text, path)
        with _COMPILING:
            try:
                graph = compile_given(self.request, given)
            except GraphbuildError as error:
                return Checked(error.problems, error.texts, is_buildable=False)
        return Checked(graph.notices)

    def preview(self, text: str, path: str | None = None) -> Preview:
        """What a build would do with a text, against the plan of what is saved. Leaves no trace of a build."""
        given = self._given(text, path)
        with _COMPILING:
            return previewed(self.request, given)

    def complete(self, text: str, line: int, column: int, path: str | None = None) -> Completions:
        """What may be written at a place."""
        file = self._file(path)
        with _COMPILING:
            return suggesting.complete(_plain(text), line, column, self._project, file.file.path)

    def hover(self, text: str, line: int, column: int, path: str | None = None) -> Told | None:
        """What is known of the word at a place."""
        file = self._file(path)
        with _COMPILING:
            return suggesting.hover(_plain(text), line, column, self._project, file.file.path)

    @property
    def _project(self) -> Path:
        return self.request.project.resolve()

    def _file(self, path: str | None) -> ListedFile:
        return named_file(self.request.recipe, self.request.project, path)

    def _given(self, text: str, path: str | None) -> dict[Path, str]:
        return {self._file(path).file.path.resolve(): _plain(text)}


def _plain(text: str) -> str:
    """A text that can be a file. Raises UsageError."""
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"a recipe of more than {LONGEST_TEXT:,} characters is not edited here")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"character {error.start + 1} of the text is half of one") from error
    return text
