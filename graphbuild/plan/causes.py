"""Causes: from a node that is not the action that it was, up its changed inputs, to the nodes that changed first.

Pure: compares two manifests of each node on the way. What these are of is the caller's: the last build and the plan
that is made now, or two builds that are over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from graphbuild.graph.graph import Graph, NodeId
from graphbuild.plan.decision import Reason
from graphbuild.plan.reasons import Manifest, Modules, why

MOST = 5
"""Beginnings that are named of one input; the others are as far away, or farther."""

ManifestOf = Callable[[NodeId], Manifest | None]
CodeOf = Callable[[str], Modules]


@dataclass(frozen=True)
class Chain:
    """The way that a change came to a node: from an input up to where it began."""

    port: str
    """The input of the node that is explained."""
    path: tuple[NodeId, ...]
    """From the producer of that input to the node that changed first."""
    reasons: tuple[Reason, ...]
    """What changed at that node itself."""


class Causes:
    """Reasons of all nodes of a graph, and the chains between them."""

    def __init__(self, graph: Graph, now: ManifestOf, before: ManifestOf, code: CodeOf) -> None:
        self._graph = graph
        self._now = now
        self._before = before
        self._code = code
        self._known: dict[NodeId, tuple[Reason, ...]] = {}

    def all(self, node_id: NodeId) -> tuple[Reason, ...]:
        """What changed at a node and at what it needs."""
        return self._reasons(node_id)

    def own(self, node_id: NodeId) -> tuple[Reason, ...]:
        """What changed at a node itself, and not only at what it needs."""
        return tuple(reason for reason in self._reasons(node_id) if not reason.is_change_of_input)

    def chains(self, node_id: NodeId) -> tuple[Chain, ...]:
        """For each changed input the shortest ways to what changed first; none for a node that was never built."""
        return tuple(
            chain
            for port, producer in self._changed_inputs(node_id)
            for place, chain in enumerate(self._chains_from(port, producer))
            if place < MOST
        )

    def _chains_from(self, port: str, producer: NodeId) -> Iterator[Chain]:
        """Breadth first, so that what is nearest comes first."""
        paths: dict[NodeId, tuple[NodeId, ...]] = {producer: (producer,)}
        for node_id in (queue := [producer]):
            if reasons := self.own(node_id):
                yield Chain(port, paths[node_id], reasons)
            for _, further in self._changed_inputs(node_id):
                if further not in paths:
                    paths[further] = (*paths[node_id], further)
                    queue.append(further)

    def _changed_inputs(self, node_id: NodeId) -> list[tuple[str, NodeId]]:
        """Inputs that are wired as they were, and get something else."""
        now, before = self._manifests(node_id)
        if now is None or before is None:
            return []
        old = {(port, node, output): made for port, node, output, made in before.get("inputs", [])}
        return list(
            dict.fromkeys(
                (port, node)
                for port, node, output, made in now["inputs"]
                if old.get((port, node, output), made) != made and node in self._graph.nodes
            )
        )

    def _reasons(self, node_id: NodeId) -> tuple[Reason, ...]:
        if node_id not in self._known:
            now, before = self._manifests(node_id)
            if now is None or now == before:
                found: tuple[Reason, ...] = ()
            else:
                code_before = self._code(before["code"]) if before is not None else {}
                found = why(self._graph.nodes[node_id], now, before, self._graph.code.get(now["code"], {}), code_before)
            self._known[node_id] = found
        return self._known[node_id]

    def _manifests(self, node_id: NodeId) -> tuple[Manifest | None, Manifest | None]:
        return self._now(node_id), self._before(node_id)
