"""Comparing the variants of a recipe: one build of all of them, and what their evaluations say, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from graphbuild.builder import BuildReport, build_opened
from graphbuild.contract.artifact import Artifact
from graphbuild.contract.operation import EVALUATION, OUTPUT
from graphbuild.execution.result import NodeResult, Outcome
from graphbuild.execution.stages import now
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.plan.plan import Plan
from graphbuild.report.variants import Shared, VariantRow, VariantTable
from graphbuild.session import BuildRequest, Session, open_session, purpose_of
from graphbuild.store.interface import BlobLost

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

_Scores = Mapping[str, float | None]


@dataclass(frozen=True)
class Compared:
    """What a comparison came to: the build, and a row a variant."""

    report: BuildReport
    table: VariantTable


def compare(
    request: BuildRequest,
    listener: Listener | None = None,
    stop: Callable[[], bool] | None = None,
    graph: Graph | None = None,
) -> Compared:
    """Builds all variants of a request's recipe at once, and reads their scores. No package is written.

    One variant that fails is a row that says so. `graph`: what is built, where that is more than the recipe says.
    Raises RecipeError, DataError, StoreError.
    """
    began_at = now()
    request = replace(request, matrix=True, package=False)
    with open_session(request, graph, purpose=purpose_of(request), listener=listener) as opened:
        report = build_opened(opened, listener, stop, began_at)
        try:
            scores = dict(_scores(opened, report))
        except BlobLost:
            # A result had been damaged: noticed now, it is made again.
            report = build_opened(opened, listener, stop, began_at)
            scores = dict(_scores(opened, report))
        return Compared(report, _table(opened, report, scores))


def plan_comparison(request: BuildRequest, graph: Graph | None = None) -> Plan:
    """What `compare` would run and why. Runs nothing. Raises RecipeError, DataError, StoreError."""
    request = replace(request, matrix=True, package=False)
    with open_session(request, graph, purpose=purpose_of(request)) as opened:
        return opened.planner().plan()


def _scores(opened: Session, report: BuildReport) -> Iterator[tuple[NodeId, _Scores]]:
    """What each evaluation that is there says. Raises BlobLost."""
    made = {
        node.id: result.outputs
        for node in opened.graph.nodes.values()
        if node.kind == EVALUATION and (result := report.result.nodes[node.id]).outputs
    }
    blobs = opened.store.blobs
    blobs.bring([digest for outputs in made.values() for digest in outputs.values()])
    types: dict[str, Mapping[str, type[Artifact]]] = {}
    for node_id, outputs in made.items():
        node = opened.graph.nodes[node_id]
        if node.reference not in types:
            types[node.reference] = _types(node, opened.project)
        scores: dict[str, float | None] = {}
        for port, digest in outputs.items():
            kind = types[node.reference][port]
            if kind.as_scores is not Artifact.as_scores:  # else there is nothing to read
                found = kind.decode(blobs.get(digest)).as_scores()
                scores |= {_column(node, port, name): score for name, score in found.items()}
        yield node_id, scores


def _column(node: GraphNode, port: str, name: str) -> str:
    """The name of a score: of a node of the recipe, its port where it is a named one, and what that calls it."""
    is_added = "/" in node.name  # not in the recipe, and what it says has a name
    parts = [*([] if is_added else [node.name]), *([] if port == OUTPUT else [port]), *([name] if name else [])]
    return ".".join(parts or [node.name])


def _types(node: GraphNode, project: Path) -> Mapping[str, type[Artifact]]:
    from graphbuild.contract.component import signature
    from graphbuild.contract.loading import load_class

    component = load_class(node.reference, project if node.uses == node.reference else None)
    return signature(component, node.operation).outputs


def _table(opened: Session, report: BuildReport, scores: Mapping[NodeId, _Scores]) -> VariantTable:
    graph, results = opened.graph, report.result.nodes
    keys = [result.key for result in results.values() if result.outcome is Outcome.HIT and result.key is not None]
    known = opened.store.actions.lookup(keys, asks=False)
    seconds = {
        node_id: known[result.key].seconds if result.key is not None and result.key in known else result.seconds
        for node_id, result in results.items()
    }
    rows = [_row(graph, variant.values, variant.ends, results, scores, seconds) for variant in graph.variants]
    return VariantTable(graph.axes, tuple(rows), Shared.of(graph))


def _row(
    graph: Graph,
    values: tuple[object, ...],
    ends: tuple[NodeId, ...],
    results: Mapping[NodeId, NodeResult],
    scores: Mapping[NodeId, _Scores],
    seconds: Mapping[NodeId, float],
) -> VariantRow:
    needed = graph.needed(ends)
    nodes = [node_id for node_id in graph.nodes if node_id in needed]
    told = [node_id for node_id in dict.fromkeys([*graph.targets, *nodes]) if node_id in needed]
    outcomes = [results[node_id].outcome for node_id in nodes]
    order = (Outcome.FAILED, Outcome.SKIPPED, Outcome.RUN)
    return VariantRow(
        values,
        next((one for one in order if one in outcomes), Outcome.HIT),
        {name: score for node_id in told for name, score in scores.get(node_id, {}).items()},
        sum(seconds[node_id] for node_id in nodes),
        outcomes.count(Outcome.RUN),
        tuple(node_id for node_id in nodes if results[node_id].outcome is Outcome.FAILED),
    )
