"""What a plan will cost: expected seconds and the critical path, from earlier durations. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from graphbuild.contract.operation import CHECK, MODEL
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.plan.decision import Decision, Verdict

UNKNOWN_S = 1.0
"""Weight of a node that has never run, so that long chains of unknown nodes start early."""
FIRST_S = 1e12
"""More than any build takes: the remaining path of checks, models and what they need, so that they come first."""


def remaining_paths(graph: Graph, decisions: Mapping[NodeId, Decision]) -> dict[NodeId, float]:
    """Seconds from the start of each node to the end of the build, by the longest chain that it begins.

    At least FIRST_S for checks and models and for what they need.
    """
    below: dict[NodeId, float] = dict.fromkeys(graph.nodes, 0.0)
    total = {}
    for node_id in reversed(list(graph.nodes)):
        if graph.nodes[node_id].kind in (CHECK, MODEL):
            below[node_id] = max(below[node_id], FIRST_S)
        total[node_id] = below[node_id] + _weight(decisions[node_id])
        for edge in graph.nodes[node_id].inputs:
            below[edge.node] = max(below[edge.node], total[node_id])
    return total


def critical_path(graph: Graph, decisions: Mapping[NodeId, Decision]) -> tuple[float, float, tuple[NodeId, ...]]:
    """Expected seconds of all that may run, seconds of the longest chain of it, and that chain."""
    if all(decision.verdict is Verdict.HIT for decision in decisions.values()):
        return 0.0, 0.0, ()
    due = {node_id: one.expected_s or 0.0 for node_id, one in decisions.items() if one.verdict is not Verdict.HIT}
    return sum(due.values()), *longest_chain(graph, due)


def longest_chain(graph: Graph, seconds: Mapping[NodeId, float]) -> tuple[float, tuple[NodeId, ...]]:
    """Seconds of the longest chain of some nodes, and that chain. `seconds`: of those nodes; others take none."""
    finish: dict[NodeId, float] = {}
    before: dict[NodeId, NodeId | None] = {}
    for node_id, node in graph.nodes.items():
        last = max((edge.node for edge in node.inputs), key=lambda one: finish[one], default=None)
        before[node_id] = last
        finish[node_id] = seconds.get(node_id, 0.0) + (finish[last] if last is not None else 0.0)
    end: NodeId | None = max(finish, key=lambda one: finish[one], default=None)
    longest = finish[end] if end is not None else 0.0
    path = []
    while end is not None:
        if end in seconds:
            path.append(end)
        end = before[end]
    return longest, tuple(reversed(path))


def _weight(decision: Decision) -> float:
    if decision.verdict is Verdict.HIT:
        return 0.0
    return UNKNOWN_S if decision.expected_s is None else decision.expected_s
