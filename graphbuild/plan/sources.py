"""Digests of what the importers of a graph read: one file by its content, a tree by its paths and contents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.errors import DataError, Location, Problem
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.store.interface import SourceIndex

_SMALL_TREE = 64
"""Trees up to this many files are made of the files' own digests, looked up together; larger ones have an index."""


def source_digests(nodes: Iterable[GraphNode], project: Path, index: SourceIndex) -> dict[NodeId, Digest]:
    """The digest of what each importer among the nodes reads. Raises DataError for files that are gone."""
    readers = [node for node in nodes if node.source is not None]
    small = {
        label: project / label
        for node in readers
        if node.source is not None and not _is_large(node)
        for label in node.source.files
    }
    found = index.digests(list(small.values()))
    gone = [label for label, path in small.items() if path not in found]
    if gone:
        raise DataError([Problem("the file is gone, or cannot be read", Location(label)) for label in gone])
    by_label = {label: found[path] for label, path in small.items()}
    return {node.id: _digest(node, project, index, by_label) for node in readers}


def _digest(node: GraphNode, project: Path, index: SourceIndex, by_label: Mapping[str, Digest]) -> Digest:
    assert node.source is not None
    if _is_large(node):
        return index.tree({label: project / label for label in node.source.files})
    if node.source.root is None:
        return by_label[node.source.files[0]]
    return digest.of_value(["tree", [[label, by_label[label]] for label in node.source.files]])


def _is_large(node: GraphNode) -> bool:
    return node.source is not None and node.source.root is not None and len(node.source.files) > _SMALL_TREE
