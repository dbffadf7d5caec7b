"""Where findings stand: what a problem is about (errors.About) is looked up in the tables of the importers.

Its word is then looked for in the lines of that record, in the project's files as they are now. Knows no kind of data.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from graphbuild.contract.artifact import ArtifactFormatError, Records
from graphbuild.contract.digest import Digest
from graphbuild.contract.source import contents
from graphbuild.errors import About, Location, Problem
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.store.interface import BlobLost, BlobStore

LONGEST = 500
"""Lines of a record that are searched at most."""
_COMMENT = re.compile(r"(?:^|\s)#.*")
_YAML = (".yml", ".yaml")


@dataclass(frozen=True)
class _Record:
    """Lines of a file that belong to one record, or to several that begin together."""

    path: str
    line: int
    end: int
    """Where the next record begins."""


def tables_of(
    graph: Graph, outputs: Mapping[NodeId, Mapping[str, Digest]], blobs: BlobStore
) -> Iterator[tuple[str, Records]]:
    """The files of the project that were read one by one, each with the records in it."""
    for node in graph.nodes.values():
        if node.source is None or len(node.source.files) != 1:
            continue
        for port, kind in node.outputs.items():
            made = outputs.get(node.id, {}).get(port)
            if kind == Records.type_name and made is not None:
                try:
                    yield node.source.files[0], Records.decode(blobs.get(made))
                except (BlobLost, ArtifactFormatError):
                    continue  # A place is not worth a rebuild.


class Places:
    """Finds the places of problems."""

    def __init__(self, tables: Iterable[tuple[str, Records]], project: Path) -> None:
        self._tables = tables
        self._project = project
        self._lines: dict[str, list[str]] = {}

    def located(self, problem: Problem) -> Problem:
        """The problem with its place, where it says what it is about and that is found."""
        if problem.about is None or problem.location is not None:
            return problem
        if not problem.about.every:
            return replace(problem, location=self.of(problem.about))
        records = [one for subject in problem.about.subjects for one in self._records.get(subject, ())]
        *others, place = dict.fromkeys(Location(one.path, one.line) for one in records) or (None,)
        return replace(problem, location=place, facts=(*problem.facts, *(("also at", str(one)) for one in others)))

    def of(self, about: About) -> Location | None:
        """The place of the word in the first record that has it; else that of the first record."""
        for subject in about.subjects:
            records = self._records.get(subject) or self._file(subject)
            if not records:
                continue
            found = (self._word(record, about) for record in records if about.word)
            return next((place for place in found if place is not None), Location(records[0].path, records[0].line))
        return None

    def _file(self, path: str) -> list[_Record]:
        lines = self._text(path)
        return [_Record(path, 0, len(lines) + 1)] if lines else []

    def _word(self, record: _Record, about: About) -> Location | None:
        """Where a record has the word: after its key, else below its first line, else in it."""
        word = re.compile(rf"(?<!\w){re.escape(about.word or '')}(?!\w)")
        key = re.compile(rf"(?<!\w){re.escape(about.key or '')}(?!\w)")
        places: dict[int, Location] = {}
        for number, line in self._lines_of(record):
            after = key.search(line) if about.key else None
            found = word.search(line, after.end() if after else 0)
            if found is not None:
                rank = 0 if after else 2 if number == record.line else 1
                places.setdefault(rank, Location(record.path, number, found.start() + 1))
        return places[min(places)] if places else None

    def _lines_of(self, record: _Record) -> Iterator[tuple[int, str]]:
        lines = self._text(record.path)
        is_yaml = record.path.endswith(_YAML)
        for number in range(max(record.line, 1), min(record.end, record.line + LONGEST, len(lines) + 1)):
            line = lines[number - 1]
            yield number, _COMMENT.sub("", line) if is_yaml else line

    def _text(self, path: str) -> list[str]:
        if path not in self._lines:
            try:
                self._lines[path] = contents(self._project / path).decode("utf-8-sig").splitlines()
            except (OSError, ValueError):
                self._lines[path] = []
        return self._lines[path]

    @cached_property
    def _records(self) -> dict[str, list[_Record]]:
        """Records by their texts, in the order of the files."""
        found: dict[str, list[_Record]] = {}
        for path, records in self._tables:
            lines = sorted({line for _, _, line, _ in records.rows})
            ends = dict(itertools.pairwise([*lines, len(self._text(path)) + 1]))
            for _, _, line, text in records.rows:
                found.setdefault(text, []).append(_Record(path, line, ends[line]))
        return found
