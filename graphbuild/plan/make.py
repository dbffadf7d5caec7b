"""Making a plan: a decision for every node of a graph, in topological order, level by level. Runs nothing.

Reads the action cache once a level, so that a build with nothing to do costs a few queries.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.plan.critical import critical_path
from graphbuild.plan.decide import decide
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.plan.manifest import action_key, manifest, private_ports
from graphbuild.plan.plan import Plan
from graphbuild.plan.reasons import why
from graphbuild.plan.sources import SourceState
from graphbuild.store.interface import ActionCache, BlobStore


@dataclass(frozen=True)
class Past:
    """What is known of earlier builds: the last action key of each node, and the modules behind a code version."""

    keys: Mapping[str, Digest]
    code: Callable[[str], Mapping[str, str]]


class Planner:
    """Decides nodes whose inputs are known: all that can be at once for a plan, one by one for the scheduler."""

    def __init__(
        self,
        graph: Graph,
        sources: Mapping[NodeId, SourceState],
        actions: ActionCache,
        blobs: BlobStore,
        past: Past,
        forced: Collection[NodeId] = (),
    ) -> None:
        self._graph = graph
        self._sources = dict(sources)
        self._actions = actions
        self._blobs = blobs
        self._past = past
        self._forced = frozenset(forced)

    def plan(self) -> Plan:
        """A decision for every node."""
        decisions: dict[NodeId, Decision] = {}
        outputs: dict[NodeId, Mapping[str, Digest]] = {}
        for level in _levels(self._graph):
            ready = [node for node in level if all(edge.node in outputs for edge in node.inputs)]
            for node, decision in zip(ready, self.decide(ready, outputs), strict=True):
                decisions[node.id] = decision
                if decision.verdict is Verdict.HIT and decision.outputs is not None:
                    outputs[node.id] = decision.outputs
            for node in level:
                if node.id not in decisions:
                    decisions[node.id] = self._pending(node, outputs)
        ordered = {node_id: decisions[node_id] for node_id in self._graph.nodes}
        return Plan(self._graph, ordered, self._sources, *critical_path(self._graph, ordered))

    def decide(self, nodes: list[GraphNode], outputs: Mapping[NodeId, Mapping[str, Digest]]) -> list[Decision]:
        """Decisions of nodes whose inputs are all known, with reasons for those that run."""
        keys = [action_key(node, outputs, self._sources.get(node.id)) for node in nodes]
        wanted = [key for node, key in zip(nodes, keys, strict=True) if node.id not in self._forced]
        known = self._actions.lookup(wanted, private=_private(nodes, keys))
        present = self._blobs.present(made for result in known.values() for made in result.outputs.values())
        made = [
            decide(key, known.get(key), present, forced=node.id in self._forced)
            for node, key in zip(nodes, keys, strict=True)
        ]
        return [
            self._explained(node, decision, outputs) if decision.verdict is Verdict.RUN else decision
            for node, decision in zip(nodes, made, strict=True)
        ]

    def foresee(self, nodes: Callable[[], list[GraphNode]], outputs: Mapping[NodeId, Mapping[str, Digest]]) -> None:
        """These are about to be decided one by one: their results are looked for at a time, where that is better."""

        def keys() -> tuple[Sequence[Digest], Collection[Digest]]:
            some = [node for node in nodes() if node.id not in self._forced]
            known = [action_key(node, outputs, self._sources.get(node.id)) for node in some]
            return known, _private(some, known)

        self._actions.foresee(keys)

    def source_changed(self, node: NodeId, state: SourceState) -> None:
        """A source was read again: from now on its node is decided by its new state."""
        self._sources[node] = state

    def manifest(self, node: GraphNode, outputs: Mapping[NodeId, Mapping[str, Digest]]) -> dict[str, Any]:
        """The manifest of a node whose inputs are all known."""
        return manifest(node, outputs, self._sources.get(node.id))

    def _explained(
        self, node: GraphNode, decision: Decision, outputs: Mapping[NodeId, Mapping[str, Digest]]
    ) -> Decision:
        expected = decision.expected_s if decision.expected_s is not None else self._last_seconds(node)
        if decision.reasons:
            return replace(decision, expected_s=expected)
        now = self.manifest(node, outputs)
        last = self._past.keys.get(node.id)
        before = self._actions.manifest(last) if last is not None else None
        code_before = self._past.code(before["code"]) if before is not None else {}
        reasons = why(node, now, before, self._graph.code[now["code"]], code_before)
        return replace(decision, reasons=reasons, expected_s=expected)

    def _pending(self, node: GraphNode, outputs: Mapping[NodeId, Mapping[str, Digest]]) -> Decision:
        if node.id in self._forced:
            reason = Reason(ReasonKind.FORCED, "forced")
            return Decision(Verdict.RUN, reasons=(reason,), expected_s=self._last_seconds(node))
        waits = dict.fromkeys(edge.node for edge in node.inputs if edge.node not in outputs)
        reasons = tuple(Reason(ReasonKind.UPSTREAM, f"needs {name}, which runs first", subject=name) for name in waits)
        return Decision(Verdict.PENDING, reasons=reasons, expected_s=self._last_seconds(node))

    def _last_seconds(self, node: GraphNode) -> float | None:
        last = self._past.keys.get(node.id)
        result = self._actions.lookup([last], asks=False).get(last) if last is not None else None
        return result.seconds if result is not None else None


def _private(nodes: list[GraphNode], keys: list[Digest]) -> frozenset[Digest]:
    """The keys of those whose results count only where they were made."""
    return frozenset(key for node, key in zip(nodes, keys, strict=True) if private_ports(node))


def _levels(graph: Graph) -> Iterable[list[GraphNode]]:
    """Nodes by the length of the longest path that leads to them: each level needs only earlier ones."""
    depth: dict[NodeId, int] = {}
    levels: list[list[GraphNode]] = []
    for node in graph.nodes.values():
        at = max((depth[edge.node] + 1 for edge in node.inputs), default=0)
        depth[node.id] = at
        if at == len(levels):
            levels.append([])
        levels[at].append(node)
    return levels
