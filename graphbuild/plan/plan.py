"""Plan: a decision for every node of a graph, made before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphbuild.graph.graph import Graph, NodeId
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.sources import SourceState


@dataclass(frozen=True)
class Plan:
    """What would happen and why."""

    graph: Graph
    decisions: Mapping[NodeId, Decision]
    """In topological order."""
    sources: Mapping[NodeId, SourceState] = field(default_factory=dict)
    """What each importer reads, as it was found."""
    expected_s: float = 0.0
    """Seconds of all that may run, by earlier durations."""
    critical_s: float = 0.0
    """Seconds of the longest chain of them."""
    critical_path: tuple[NodeId, ...] = ()

    def count(self, verdict: Verdict) -> int:
        """How many nodes have the verdict."""
        return sum(decision.verdict is verdict for decision in self.decisions.values())
