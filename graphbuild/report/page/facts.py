"""What a page tells of nodes beside the graph: what became of each or is to become of it, why, and how long it took.

Plain values that anything may fill: a plan, the record of a build, a build that runs just now.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.record import BuildRecord, Ending, NodeRecord, Output
from graphbuild.plan.critical import longest_chain
from graphbuild.plan.decision import Reason
from graphbuild.plan.plan import Plan
from graphbuild.store.interface import ActionResult


class Told(enum.StrEnum):
    """What a page tells."""

    PLAN = "plan"
    """What a build would do."""
    LIVE = "live"
    """What one does just now: what may run is pending until it does."""
    BUILD = "build"
    """What one did."""


@dataclass(frozen=True)
class NodeFacts:
    """What is known of one node."""

    outcome: str
    """A word of `Verdict` or of `Ending`."""
    reasons: tuple[Reason, ...] = ()
    seconds: float | None = None
    """In this build; of a plan the last time."""
    earlier: tuple[tuple[str, float], ...] = ()
    """Earlier times that it ran, the newest first: when, and how long."""
    key: Digest | None = None
    outputs: Mapping[str, Output] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    rows: str | None = None
    log: str | None = None
    began_s: float | None = None
    """After the build began."""


@dataclass(frozen=True)
class BuildFacts:
    """What is known of one build."""

    told: Told
    name: str
    nodes: Mapping[NodeId, NodeFacts]
    started: str | None = None
    wall_s: float | None = None
    critical_s: float = 0.0
    critical: tuple[NodeId, ...] = ()
    """The longest chain of what ran or will run."""


@dataclass(frozen=True)
class ComponentFacts:
    """What a component says of itself."""

    says: str
    """The first line of its docstring."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    help: Mapping[str, str] = field(default_factory=dict)
    """A sentence for each option that has one."""


def facts_of_plan(plan: Plan, results: Mapping[Digest, ActionResult], sizes: Mapping[Digest, int]) -> BuildFacts:
    """What a build would do. `results`: what is known of keys; `sizes`: of blobs."""
    nodes = {}
    for node_id, decision in plan.decisions.items():
        types = plan.graph.nodes[node_id].outputs
        made = decision.outputs or {}
        known = results.get(decision.key) if decision.key is not None else None
        nodes[node_id] = NodeFacts(
            outcome=decision.verdict.value,
            reasons=decision.reasons,
            seconds=known.seconds if known is not None else decision.expected_s,
            key=decision.key,
            outputs={port: Output(one, types.get(port, ""), sizes.get(one)) for port, one in made.items()},
        )
    return BuildFacts(Told.PLAN, "plan", nodes, critical_s=plan.critical_s, critical=plan.critical_path)


def facts_of_build(record: BuildRecord, earlier: Sequence[BuildRecord] = ()) -> BuildFacts:
    """What a build did. `earlier`: builds before it, the newest first, for how long nodes took then."""
    nodes = {
        node_id: NodeFacts(
            outcome=node.ending.value,
            reasons=node.reasons,
            seconds=node.seconds if _ran(node) else None,
            earlier=tuple(_times(node_id, earlier)),
            key=node.key,
            outputs=node.outputs,
            problems=node.problems,
            rows=node.rows,
            log=node.said,
            began_s=node.span.began_s if node.span is not None else None,
        )
        for node_id, node in record.nodes.items()
    }
    seconds = {node_id: node.seconds for node_id, node in record.nodes.items() if _ran(node)}
    longest, chain = longest_chain(record.graph, seconds)
    return BuildFacts(Told.BUILD, record.id, nodes, record.started, record.wall_s, longest, chain)


def unbuilt(graph: Graph) -> BuildFacts:
    """Nothing is known."""
    return BuildFacts(Told.PLAN, graph.label, {})


def _times(node_id: NodeId, builds: Sequence[BuildRecord]) -> Iterator[tuple[str, float]]:
    for one in builds:
        node = one.nodes.get(node_id)
        if node is not None and node.ending is Ending.RUN:
            yield one.started, node.seconds


def _ran(node: NodeRecord) -> bool:
    return node.ending in (Ending.RUN, Ending.FAILED)
