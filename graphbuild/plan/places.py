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

from graphbuild.contract.artifact import PART, ArtifactFormatError, Origin, Origins, Records
from graphbuild.contract.digest import Digest
from graphbuild.contract.location import lines_of
from graphbuild.contract.source import contents
from graphbuild.errors import About, Location, Problem
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.store.interface import BlobLost, BlobStore

LONGEST = 500
"""Lines of a record that are searched at most."""
WIDEST = 2000
"""Characters of a line that are searched at most: one may have thousands of findings."""
_COMMENT = re.compile(r"(?:^|\s)#.*")
_YAML = (".yml", ".yaml")
_END = r"(?=[\"']?\s*(?:$|[\]},]))"
_NAMES = re.compile("`([^`]*)`")
_BETWEEN = re.compile(r"^[\"']?\s*:?[\s\[{\"']*")
"""What stands between a key and the word that its value begins with."""


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


def origins_of(
    graph: Graph, outputs: Mapping[NodeId, Mapping[str, Digest]], blobs: BlobStore
) -> Iterator[tuple[GraphNode, Origin]]:
    """What records that stand in no file were made of, each with the node that made it."""
    for node in graph.nodes.values():
        for port, kind in node.outputs.items():
            made = outputs.get(node.id, {}).get(port)
            if kind == Origins.type_name and made is not None:
                try:
                    yield from ((node, one) for one in Origins.decode(blobs.get(made)).rows)
                except (BlobLost, ArtifactFormatError):
                    continue


def places_of(graph: Graph, outputs: Mapping[NodeId, Mapping[str, Digest]], blobs: BlobStore, project: Path) -> Places:
    """The places of all that a build read and made."""
    return Places(tables_of(graph, outputs, blobs), project, origins_of(graph, outputs, blobs))


class _Value:
    """The value of a key as lines are gone through: what follows it in its line, and in YAML the lines below it."""

    def __init__(self, key: str | None) -> None:
        self._key = re.compile(rf"(?<!\w){re.escape(key)}(?!\w)") if key else None
        self._column: int | None = None
        """Where the key stands whose lines these are."""
        self._items: int | None = None
        """Where its items begin."""

    def begin(self, line: str, *, is_yaml: bool) -> int | None:
        """Where a line has the value; None where it has nothing of it."""
        key = self._key.search(line) if self._key is not None else None
        if key is not None:
            is_open = is_yaml and line[key.end() :].strip() == ":"
            self._column, self._items = key.start() if is_open else None, None
            return key.end()
        if self._column is None or not line.strip():
            return None
        indent = len(line) - len(line.lstrip())
        if indent < self._column or (indent == self._column and not line.lstrip().startswith("- ")):
            self._column = None
            return None
        if self._items is None:
            self._items = _item(line)[0]
        return indent

    def begins_with(self, line: str, begin: int, at: int) -> bool:
        """Whether the value, or an item of it, begins at a place of the line."""
        if self._items is None:
            return not _BETWEEN.sub("", line[begin:at])
        return (self._items, at) == _item(line)


def _item(line: str) -> tuple[int, int]:
    """Where an item of YAML begins, and where its first word does, behind a quote."""
    begin = len(line) - len(line.lstrip(" -"))
    return begin, begin + (line[begin : begin + 1] in ("'", '"'))


class Places:
    """Finds the places of problems."""

    def __init__(
        self, tables: Iterable[tuple[str, Records]], project: Path, origins: Iterable[tuple[GraphNode, Origin]] = ()
    ) -> None:
        self._tables = tables
        self._origins_found = origins
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
                if (origin := self._origin(subject)) is not None:
                    return origin
                continue
            named = " ".join(_NAMES.findall(subject))
            found = (self._word(record, about, named) for record in records if about.word)
            return next((place for place in found if place is not None), Location(records[0].path, records[0].line))
        return None

    def _origin(self, text: str) -> Location | None:
        """Where what a record was made of stands; None for a record that stands in a file, or nowhere."""
        node, origin = self._origins.get(text, (None, None))
        if node is None or origin is None:
            return None
        if origin.option:
            return node.places.get(origin.option, node.location)
        return self.of(About((origin.subject,), origin.word or None, origin.key or None))

    def _file(self, path: str) -> list[_Record]:
        lines = self._text(path)
        return [_Record(path, 0, len(lines) + 1)] if lines else []

    def _word(self, record: _Record, about: About, named: str) -> Location | None:
        """Where a record has the word: right after its key or as an item below it, else anywhere in its value.

        Without a key, anywhere in the record; in the first line last, where that says the word because the record is
        named so.
        """
        word = re.compile(rf"(?<!\w){re.escape(about.word or '')}(?!\w){_END if about.is_bare else ''}")
        is_name = word.search(named) is not None
        value = _Value(about.key)
        places: dict[int, Location] = {}
        for number, line in self._lines_of(record):
            begin = value.begin(line, is_yaml=record.path.endswith(_YAML))
            found = word.search(line, begin or 0)
            if found is None:
                continue
            rank = 2
            if begin is not None:
                rank = 0 if value.begins_with(line, begin, found.start()) else 1
            elif is_name and number == record.line:
                rank = 3
            places.setdefault(rank, Location(record.path, number, found.start() + 1))
        return places[min(places)] if places else None

    def _lines_of(self, record: _Record) -> Iterator[tuple[int, str]]:
        lines = self._text(record.path)
        is_yaml = record.path.endswith(_YAML)
        for number in range(max(record.line, 1), min(record.end, record.line + LONGEST, len(lines) + 1)):
            line = lines[number - 1][:WIDEST]
            yield number, _COMMENT.sub("", line) if is_yaml else line

    def _text(self, path: str) -> list[str]:
        if path not in self._lines:
            try:
                self._lines[path] = lines_of(contents(self._project / path).decode("utf-8-sig"))
            except (OSError, ValueError):
                self._lines[path] = []
        return self._lines[path]

    @cached_property
    def _origins(self) -> dict[str, tuple[GraphNode, Origin]]:
        return {one.text: (node, one) for node, one in self._origins_found}

    @cached_property
    def _records(self) -> dict[str, list[_Record]]:
        """Records by their texts, in the order of the files."""
        found: dict[str, list[_Record]] = {}
        for path, records in self._tables:
            rows = [row for row in records.rows if row[0] != PART]
            lines = sorted({line for _, _, line, _ in rows})
            ends = dict(itertools.pairwise([*lines, len(self._text(path)) + 1]))
            for _, _, line, text in rows:
                found.setdefault(text, []).append(_Record(path, line, ends[line]))
        return found
