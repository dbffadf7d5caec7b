"""Holdings: whether files still hold what they held when a graph was compiled, of which nodes are there only for that.

What files of some content hold is remembered, so that a build with nothing to do reads none of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.source import contents
from graphbuild.graph.graph import Graph, GraphNode
from graphbuild.store.interface import Memos, SourceIndex, Store

_MEMO = "holdings.v1"


def hold_the_same(graph: Graph, held: Mapping[str, Any], project: Path, store: Store) -> bool:
    """Whether files still hold what nodes of a graph are there for: `held` says what that was."""
    if not are_same(held["beside"], project, store.sources):
        return False
    readers = [node for node in graph.nodes.values() if node.uses in held["readers"]]
    return still_hold(readers, held["files"], project, store.sources, store.memos)


def still_hold(
    nodes: Iterable[GraphNode], held: Mapping[str, list[str]], project: Path, index: SourceIndex, memos: Memos
) -> bool:
    """Whether every file that one of the nodes reads holds what is known of it; of others nothing is."""
    files = [(node, label) for node in nodes if node.source is not None for label in node.source.files]
    found = index.digests([project / label for _, label in files])
    there = [(node, label, found[project / label]) for node, label in files if project / label in found]
    keys = [digest.of_value([node.facts["code"], content, _suffix(label)]) for node, label, content in there]
    known = memos.get_many(_MEMO, keys)
    for (node, label, _), key in zip(there, keys, strict=True):
        kept = known.get(key)
        names = json.loads(kept) if kept is not None else _asked(node, project, label, key, memos)
        if names != held.get(label, []):
            return False
    return True


def are_same(known: Mapping[str, str], project: Path, index: SourceIndex) -> bool:
    """Whether files that no node reads, for what they held, have the content that they had."""
    if not known:
        return True
    found = index.digests([project / label for label in known])
    return all(found.get(project / label) == content for label, content in known.items())


def _asked(node: GraphNode, project: Path, label: str, key: digest.Digest, memos: Memos) -> list[str]:
    """Asks the component, and remembers what it says."""
    from graphbuild.contract.loading import load_class

    try:
        names = load_class(node.reference, project).holds(contents(project / label), _suffix(label))
    except OSError:
        return []  # that it cannot be read is told when it is
    memos.set(_MEMO, key, json.dumps(sorted(names)).encode())
    return sorted(names)


def _suffix(label: str) -> str:
    return os.path.splitext(label)[1].lower()  # noqa: PTH122 - on the path of a no-op
