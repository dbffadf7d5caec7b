"""Merging: nodes that do the same with the same inputs become one, so that several recipes share what they share.

They would have equal action keys, and so run once anyway; merged, they are also planned, shown and counted once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphbuild.graph.graph import GraphNode, NodeId


def merged(nodes: Iterable[GraphNode]) -> tuple[dict[NodeId, GraphNode], dict[NodeId, NodeId]]:
    """Nodes in topological order -> the first of each that are equal, by id; and which one each became."""
    kept: dict[NodeId, GraphNode] = {}
    same: dict[NodeId, NodeId] = {}
    first: dict[object, NodeId] = {}
    for node in nodes:
        inputs = tuple(replace(edge, node=same[edge.node]) for edge in node.inputs)
        same[node.id] = first.setdefault((node.reference, node.static, inputs, node.source), node.id)
        if same[node.id] == node.id:
            kept[node.id] = replace(node, inputs=inputs)
    return kept, same
