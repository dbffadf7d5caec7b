"""From a node that runs to the records of data that changed: file, line and a short text of each.

Importers keep, beside their values, a table of where each record stands (contract.artifact.Records). A changed input
is followed upstream to the importers behind it, and the tables of then and now are compared, over all files of an
importer together, so that a record which only moved is no change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphbuild.contract.artifact import PLACE, ArtifactFormatError, Records
from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import Edge, Graph, GraphNode, NodeId
from graphbuild.plan.decision import Change, Reason, ReasonKind
from graphbuild.store.interface import ActionCache, BlobLost, BlobStore

RECORDS_PORT = "records"
LIMIT = 20
"""Records named for one node; the rest are counted."""

_Row = tuple[str, str]
_Place = tuple[str, int, str]


@dataclass(frozen=True)
class _Changes:
    """Rows (port, key) of an importer's files that are new or gone, with path, line and text."""

    added: Mapping[_Row, _Place]
    removed: Mapping[_Row, _Place]


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
        found = dict.fromkeys(self._found(node, None, set()))
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
        for change, rows in ((Change.ADDED, changes.added), (Change.REMOVED, changes.removed)):
            for (category, _), (path, line, text) in rows.items():
                if category != PLACE and port in (None, category):
                    yield Reason(ReasonKind.SOURCE, f"{text} {change.value}", path, line, port, change)

    def _of(self, importer: str) -> _Changes:
        if importer not in self._changes:
            before, now = self._tables(importer)
            # A file whose table is as it was has no part in this, not even by a record that moved from it or to it.
            old = self._rows({node: made for node, made in before.items() if now.get(node) != made})
            new = self._rows({node: made for node, made in now.items() if before.get(node) != made})
            self._changes[importer] = _Changes(
                {row: place for row, place in new.items() if row not in old},
                {row: place for row, place in old.items() if row not in new},
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

    def _rows(self, tables: Mapping[str, Digest]) -> dict[_Row, _Place]:
        rows: dict[_Row, _Place] = {}
        for node, made in tables.items():
            rows.update(self._read(node, made))
        return rows

    def _read(self, node: str, digest: Digest) -> dict[_Row, _Place]:
        try:
            records = Records.decode(self._blobs.get(digest))
        except (BlobLost, ArtifactFormatError):
            # An explanation is not worth a rebuild: without the table the file is still named.
            return {}
        path = node.partition("@")[2]
        return {(port, key): (path, line, text) for port, key, line, text in records.rows}
