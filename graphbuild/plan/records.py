"""From a node that runs to the records of data that changed: file, line and a short text of each.

Importers keep, beside their values, a table of where each record stands (contract.artifact.Records). A changed input
is followed upstream to the importers behind it, and the tables of then and now are compared, over all files of an
importer together, so that a record which only moved is no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from graphbuild.contract.artifact import PART, PLACE, ArtifactFormatError, Records
from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import Edge, Graph, GraphNode, NodeId
from graphbuild.plan.decision import Change, Reason, ReasonKind
from graphbuild.store.interface import ActionCache, BlobLost, BlobStore

RECORDS_PORT = "records"
LIMIT = 20
"""Records named for one node; the rest are counted."""

_ELSEWHERE = re.compile(r"(?P<text>.*) \((?P<path>[^()]+?):(?P<line>\d+)(?::\d+)?\)", re.DOTALL)
"""Text of a record without a line, which stands in another file that belongs to the importer's."""

_Row = tuple[str, str]
_Place = tuple[str, int, str]


@dataclass
class _Table:
    """The records of some files of an importer."""

    rows: dict[_Row, _Place] = field(default_factory=dict)
    """By (port, key): path, line and text."""
    parts: dict[str, list[_Place]] = field(default_factory=dict)
    """What they consist of, by their texts."""

    def texts(self, port: str | None) -> set[str]:
        """Texts of the records of a port."""
        return {text for (category, _), (_, _, text) in self.rows.items() if port in (None, category)}


@dataclass(frozen=True)
class _Changes:
    """Records of an importer's files that are new or gone, and what of one that was there before and is now."""

    added: _Table
    removed: _Table

    def of(self, port: str | None) -> Iterator[tuple[Change, str, _Place]]:
        """Those of a port: path, line and text of each, and the text of the record that it is (part of)."""
        both = {text: [*_other_parts(self.removed.parts.get(text, ()), self.added.parts.get(text, ()))] for text in
                self.added.texts(port) & self.removed.texts(port)}  # fmt: skip
        for change, table in ((Change.ADDED, self.added), (Change.REMOVED, self.removed)):
            for (category, _), place in table.rows.items():
                if category != PLACE and port in (None, category) and not both.get(place[2]):
                    yield change, "", place
        for text, parts in both.items():
            yield from ((change, f"{text}: ", part) for change, part in parts)


def _other_parts(before: Sequence[_Place], now: Sequence[_Place]) -> Iterator[tuple[Change, _Place]]:
    """What came and what went; what only moved with what stands before it is no change."""
    matcher = SequenceMatcher(None, [words for _, _, words in before], [words for _, _, words in now], autojunk=False)
    for word, old_begin, old_end, begin, end in matcher.get_opcodes():
        if word != "equal":
            yield from ((Change.REMOVED, part) for part in before[old_begin:old_end])
            yield from ((Change.ADDED, part) for part in now[begin:end])


class Tracer:
    """Follows changed inputs upstream, with what is known now and what was known at the last build."""

    def __init__(
        self,
        graph: Graph,
        outputs: Mapping[NodeId, Mapping[str, Digest]],
        last_keys: Mapping[str, Digest],
        actions: ActionCache,
        blobs: BlobStore,
    ) -> None:
        self._graph = graph
        self._outputs = outputs
        self._last_keys = last_keys
        self._actions = actions
        self._blobs = blobs
        self._changes: dict[str, _Changes] = {}

    def behind(self, node: GraphNode) -> tuple[Reason, ...]:
        """The changed records behind a node's changed inputs; empty when it never ran before."""
        if node.id not in self._last_keys:
            return ()
        is_importer = node.source is not None and RECORDS_PORT in node.outputs
        own = (one for one in self._told(node.name, None) if one.path in node.source.files) if node.source else ()
        found = dict.fromkeys(own if is_importer else self._found(node, None, set()))
        shown = list(found)[:LIMIT]
        if len(found) > LIMIT:
            shown.append(Reason(ReasonKind.INPUT, f"and {len(found) - LIMIT} more records"))
        return tuple(shown)

    def all(self) -> tuple[Reason, ...]:
        """Every changed record of the graph's importers, each once: where it came or went."""
        importers = dict.fromkeys(
            node.name for node in self._graph.nodes.values() if node.source is not None and RECORDS_PORT in node.outputs
        )
        return tuple(dict.fromkeys(reason for name in importers for reason in self._told(name, None)))

    def _found(self, node: GraphNode, port: str | None, seen: set[tuple[NodeId, str | None]]) -> Iterator[Reason]:
        if (node.id, port) in seen:
            return
        seen.add((node.id, port))
        for edge in self._changed_edges(node):
            producer = self._graph.nodes[edge.node]
            if producer.source is not None and RECORDS_PORT in producer.outputs:
                yield from self._told(producer.name, port)
            else:
                yield from self._found(producer, edge.output, seen)

    def _changed_edges(self, node: GraphNode) -> Iterator[Edge]:
        last = self._last_keys.get(node.id)
        manifest = self._actions.manifest(last) if last is not None else None
        before = {(port, name, output): made for port, name, output, made in (manifest or {}).get("inputs", [])}
        for edge in node.inputs:
            now = self._outputs.get(edge.node, {}).get(edge.output)
            if now is None or before.pop((edge.port, edge.node, edge.output), None) != now:
                yield edge
        # A file that is gone is no edge any more; its siblings lead to the same importer.
        names = {self._graph.nodes[edge.node].name: edge for edge in node.inputs}
        for _, gone, _ in before:
            if (sibling := names.get(gone.partition("@")[0])) is not None:
                yield sibling

    def _told(self, importer: str, port: str | None) -> Iterator[Reason]:
        changes = self._of(importer)
        for change, record, (path, line, text) in changes.of(port):
            yield Reason(ReasonKind.SOURCE, f"{record}{text} {change.value}", path, line, port, change)

    def _of(self, importer: str) -> _Changes:
        if importer not in self._changes:
            before, now = self._tables(importer)
            # A file whose table is as it was has no part in this, not even by a record that moved from it or to it.
            old = self._table({node: made for node, made in before.items() if now.get(node) != made})
            new = self._table({node: made for node, made in now.items() if before.get(node) != made})
            self._changes[importer] = _Changes(
                _Table({row: place for row, place in new.rows.items() if row not in old.rows}, new.parts),
                _Table({row: place for row, place in old.rows.items() if row not in new.rows}, old.parts),
            )
        return self._changes[importer]

    def _tables(self, importer: str) -> tuple[dict[str, Digest], dict[str, Digest]]:
        """The tables of an importer's files, by node, at the last build and now."""
        keys = {
            node: key for node, key in self._last_keys.items() if node == importer or node.startswith(f"{importer}@")
        }
        results = self._actions.lookup(list(keys.values()), asks=False)
        before = {
            node: results[key].outputs[RECORDS_PORT]
            for node, key in keys.items()
            if key in results and RECORDS_PORT in results[key].outputs
        }
        now = {
            str(node.id): self._outputs[node.id][RECORDS_PORT]
            for node in self._graph.nodes.values()
            if node.name == importer and node.source is not None and RECORDS_PORT in self._outputs.get(node.id, {})
        }
        return before, now

    def _table(self, tables: Mapping[str, Digest]) -> _Table:
        found = _Table()
        for node, made in tables.items():
            path = node.partition("@")[2]
            for port, key, line, text in self._read(made):
                if port == PART:
                    found.parts.setdefault(key, []).append((path, line, text))
                elif not line and (other := _ELSEWHERE.fullmatch(text)) is not None:
                    found.rows[port, key] = (other["path"], int(other["line"]), other["text"])
                else:
                    found.rows[port, key] = (path, line, text)
        return found

    def _read(self, digest: Digest) -> tuple[tuple[str, str, int, str], ...]:
        try:
            return Records.decode(self._blobs.get(digest)).rows
        except (BlobLost, ArtifactFormatError):
            # An explanation is not worth a rebuild: without the table the file is still named.
            return ()
