"""Two graphs as one: what was added, removed and changed, and how. Pure; for pictures of before and after."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.drawing.cycles import without_cycles
from graphbuild.graph.graph import Edge, Graph, GraphNode, NodeId
from graphbuild.plan.decision import Reason, ReasonKind
from graphbuild.plan.reasons import why

Outputs = Mapping[NodeId, Mapping[str, Digest]]


class Change(enum.StrEnum):
    """What became of a node from one graph to the other."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Comparison:
    """Two graphs, and one that has the nodes of both."""

    name: str
    """What it is compared with."""
    graph: Graph
    changes: Mapping[NodeId, Change]
    reasons: Mapping[NodeId, tuple[Reason, ...]] = field(default_factory=dict)
    """Of what changed: how."""
    added: frozenset[tuple[NodeId, Edge]] = frozenset()
    """Inputs that are new, of nodes that are not."""
    removed: frozenset[tuple[NodeId, Edge]] = frozenset()


def compare(
    before: Graph, after: Graph, name: str, outputs_before: Outputs | None = None, outputs_after: Outputs | None = None
) -> Comparison:
    """What changed. With the outputs of two builds, a node that got other data has changed, too."""
    kept = before.nodes.keys() & after.nodes.keys()
    reasons = {}
    for node_id in after.nodes:
        if node_id in kept:
            was = _facts(before.nodes[node_id], outputs_before)
            now = _facts(after.nodes[node_id], outputs_after)
            if was != now:
                modules = [graph.code.get(facts.get("code", ""), {}) for graph, facts in ((after, now), (before, was))]
                found = why(after.nodes[node_id], now, was, *modules)
                reasons[node_id] = tuple(one for one in found if one.kind is not ReasonKind.LOST)
    changes = {node_id: Change.REMOVED for node_id in before.nodes if node_id not in kept}
    changes |= {
        node_id: Change.ADDED if node_id not in kept else Change.CHANGED if reasons.get(node_id) else Change.SAME
        for node_id in after.nodes
    }
    old = {(node_id, one) for node_id in kept for one in before.nodes[node_id].inputs}
    new = {(node_id, one) for node_id in kept for one in after.nodes[node_id].inputs}
    return Comparison(name, _both(before, after), changes, reasons, frozenset(new - old), frozenset(old - new))


def _facts(node: GraphNode, outputs: Outputs | None) -> dict[str, Any]:
    """A manifest to compare by: of inputs the digests where they are known, else only whence they come."""
    known = outputs or {}
    facts = {
        **dict.fromkeys(("format", "component", "version", "seed"), None),
        "toolchain": {},
        **node.facts,
        "operation": node.operation.value,
        "config": {name: value for name, value in node.options.items() if name not in node.hidden},
        "inputs": [
            [one.port, one.node, one.output, known.get(one.node, {}).get(one.output, "")] for one in node.inputs
        ],
        "source": list(node.source.files) if node.source is not None else None,
    }
    if outputs is not None and node.source is not None:
        facts["source"] = dict(known.get(node.id, {}))
    return facts


def _both(before: Graph, after: Graph) -> Graph:
    """The nodes of both, in topological order; of a node that both have the inputs of both, as it is now otherwise."""
    nodes = {**before.nodes, **after.nodes}
    inputs = {node_id: dict.fromkeys(node.inputs) for node_id, node in after.nodes.items()}
    for node in before.nodes.values():
        inputs.setdefault(node.id, {}).update(dict.fromkeys(node.inputs))
    names = [*after.nodes, *(node_id for node_id in before.nodes if node_id not in after.nodes)]
    edges = [(str(one.node), str(node_id)) for node_id in names for one in inputs[node_id]]
    order, back = without_cycles([str(name) for name in names], edges)
    joined = {
        NodeId(name): replace(
            nodes[NodeId(name)],
            inputs=tuple(one for one in inputs[NodeId(name)] if (str(one.node), name) not in back),
        )
        for name in order
    }
    kept = tuple(dict.fromkeys([*after.kept, *before.kept]))
    targets = tuple(dict.fromkeys([*after.targets, *before.targets]))
    return replace(after, nodes=joined, kept=kept, targets=targets, code={**before.code, **after.code})
