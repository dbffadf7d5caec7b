"""The state of what the importers of a graph read: one file by its content, a tree by its paths and contents.

A file may mention more that its meaning depends on (`Component.mentions`): environment variables, other files. What
files of some content mention is remembered, so that a build with nothing to do reads none of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.contract.source import contents, mentioned_file
from graphbuild.errors import DataError, Location, Problem
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.store.interface import Memos, SourceIndex

_SMALL_TREE = 64
"""Trees up to this many files are made of the files' own digests, looked up together; larger ones have an index."""
_MENTIONS_MEMO = "mentions.v1"


@dataclass(frozen=True)
class SourceState:
    """What an importer reads, as it is now."""

    digest: Digest
    """Of the content, and of the values and contents of what it mentions."""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    """Mentioned environment variables and their values."""
    others: Mapping[str, str | None] = field(default_factory=dict)
    """Mentioned files by the word that mentions them: path relative to the project, None for one that is not there."""
    details: Mapping[str, Digest | None] = field(default_factory=dict)
    """Digest of each thing mentioned, by `$NAME` or path: what reasons are told from."""


class Sources:
    """Looks at the sources of a project, with what a store remembers of them."""

    def __init__(self, project: Path, index: SourceIndex, memos: Memos) -> None:
        self._project = project
        self._index = index
        self._memos = memos

    def states(self, nodes: Iterable[GraphNode]) -> dict[NodeId, SourceState]:
        """The state of what each importer among the nodes reads. Raises DataError for files that are gone."""
        readers = [node for node in nodes if node.source is not None]
        small = {
            label: self._project / label
            for node in readers
            if node.source is not None and not _is_large(node)
            for label in node.source.files
        }
        found = self._index.digests(list(small.values()))
        gone = [label for label, path in small.items() if path not in found]
        if gone:
            raise DataError([Problem("the file is gone, or cannot be read", Location(label)) for label in gone])
        by_label = {label: found[path] for label, path in small.items()}
        states = {node.id: SourceState(self._digest(node, by_label)) for node in readers}
        self._add_mentions([node for node in readers if node.mentions], states)
        return states

    def _digest(self, node: GraphNode, by_label: Mapping[str, Digest]) -> Digest:
        assert node.source is not None
        if _is_large(node):
            return self._index.tree(self._project, node.source.files)
        if node.source.root is None:
            return by_label[node.source.files[0]]
        return digest.of_value(["tree", [[label, by_label[label]] for label in node.source.files]])

    def _add_mentions(self, nodes: Sequence[GraphNode], states: dict[NodeId, SourceState]) -> None:
        keys = {
            node.id: digest.of_value([node.facts["code"], states[node.id].digest, _file(node)[1]]) for node in nodes
        }
        known = self._memos.get_many(_MENTIONS_MEMO, list(keys.values()))
        for node in nodes:
            kept = known.get(keys[node.id])
            variables, files = json.loads(kept) if kept is not None else self._mentioned(node, keys[node.id])
            if variables or files:
                states[node.id] = self._with_mentions(node, states[node.id].digest, variables, files)

    def _mentioned(self, node: GraphNode, key: Digest) -> tuple[Sequence[str], Sequence[str]]:
        """Asks the component, and remembers what it says."""
        from graphbuild.contract.loading import load_class

        label, suffix = _file(node)
        try:
            content = contents(self._project / label)
        except OSError as error:
            raise DataError(Problem("the file is gone, or cannot be read", Location(label))) from error
        said = load_class(node.reference, self._project).mentions(content, suffix)
        self._memos.set(_MENTIONS_MEMO, key, json.dumps([said.variables, said.files]).encode())
        return said.variables, said.files

    def _with_mentions(
        self, node: GraphNode, content: Digest, variables: Sequence[str], files: Sequence[str]
    ) -> SourceState:
        values = {name: os.environ.get(name) for name in variables}
        found = {word: mentioned_file(self._project, _file(node)[0], word) for word in files}
        paths = {word: self._label(path) for word, path in found.items()}
        digests = self._index.digests([self._project / path for path in paths.values() if path is not None])
        details: dict[str, Digest | None] = {
            f"${name}": None if value is None else digest.of_value(value) for name, value in values.items()
        }
        for word, path in paths.items():
            details[path or word] = digests.get(self._project / path) if path is not None else None
        whole = digest.of_value(
            ["mentions", content, details, {word: path is not None for word, path in paths.items()}]
        )
        return SourceState(whole, values, paths, details)

    def _label(self, path: Path | None) -> str | None:
        if path is None:
            return None
        return str(path.relative_to(self._project) if path.is_relative_to(self._project) else path)


def _file(node: GraphNode) -> tuple[str, str]:
    """The one file of an importer, and its ending."""
    assert node.source is not None
    label = node.source.files[0]
    return label, os.path.splitext(label)[1].lower()  # noqa: PTH122 - on the path of a no-op


def _is_large(node: GraphNode) -> bool:
    return node.source is not None and node.source.root is not None and len(node.source.files) > _SMALL_TREE
