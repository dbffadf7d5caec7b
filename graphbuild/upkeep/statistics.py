"""What a store is made of: by kind of component, by node; how much is shared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import GraphNode
from graphbuild.graph.plain import from_bytes
from graphbuild.history.held import held_builds
from graphbuild.store.interface import Store

OTHER = "(in no remembered build)"
_WRONG = (KeyError, ValueError, TypeError, AttributeError)


@dataclass(frozen=True)
class Share:
    """Results and blobs of one node, or of one kind."""

    name: str
    results: int
    blobs: int
    bytes: int
    """Of blobs that were not counted for a name before: all shares together are what is on disk."""


@dataclass(frozen=True)
class Composition:
    """What a store is made of."""

    named_bytes: int
    """What all results would take if nothing were shared."""
    dedup_ratio: float
    """That, divided by what they do take."""
    unnamed_blobs: int
    """Blobs that no result names."""
    unnamed_bytes: int
    by_kind: tuple[Share, ...]
    by_node: tuple[Share, ...]


def composition(store: Store, sizes: Mapping[Digest, int]) -> Composition:
    """What a store is made of, by the nodes of all remembered builds. `sizes`: those of the blobs that are there."""
    nodes, kinds = _nodes(store)
    unnamed = dict(sizes)
    named = 0
    per_node: dict[str, list[int]] = {}
    for key, made in store.actions.outputs().items():
        name = nodes.get(key, OTHER)
        share = per_node.get(name)
        if share is None:
            share = per_node[name] = [0, 0, 0]
        share[0] += 1
        for digest in made:
            size = unnamed.pop(digest, None)
            if size is None:
                named += sizes.get(digest, 0)
                continue
            named += size
            share[1] += 1  # not counted before
            share[2] += size
    unnamed_bytes = sum(unnamed.values())
    unique = sum(sizes.values()) - unnamed_bytes
    per_kind: dict[str, list[int]] = {}
    for node, share in per_node.items():
        total = per_kind.setdefault(kinds.get(node, OTHER), [0, 0, 0])
        total[:] = [one + more for one, more in zip(total, share, strict=True)]
    return Composition(
        named_bytes=named,
        dedup_ratio=round(named / unique, 3) if unique else 1.0,
        unnamed_blobs=len(unnamed),
        unnamed_bytes=unnamed_bytes,
        by_kind=_shares(per_kind),
        by_node=_shares(per_node),
    )


def _shares(counts: Mapping[str, list[int]]) -> tuple[Share, ...]:
    shares = [Share(name, *numbers) for name, numbers in counts.items()]
    return tuple(sorted(shares, key=lambda share: (-share.bytes, share.name)))


def _nodes(store: Store) -> tuple[dict[Digest, str], dict[str, str]]:
    """The node of each key, and the kind of each node, as the newest build that has it says."""
    nodes: dict[Digest, str] = {}
    kinds: dict[str, str] = {}
    for held in held_builds(store).values():
        groups = {id(group): group for build in reversed(held) for group in build.groups}
        for group in groups.values():
            nodes.update((key, node) for node, key, _ in group.rows if key is not None and key not in nodes)
        if held:
            kinds.update((node.id, node.kind) for node in _graph_nodes(store, held[-1].graph))
    return nodes, kinds


def _graph_nodes(store: Store, part: Digest) -> tuple[GraphNode, ...]:
    try:
        return tuple(from_bytes(store.builds.parts([part])[part]).nodes.values())
    except _WRONG:
        return ()
