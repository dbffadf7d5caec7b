"""Explaining: why a node would run, or why it ran the last time, down to the file and line of the data."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace

from graphbuild.contract.operation import Operation
from graphbuild.errors import Problem, UsageError
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.plain import reason_from_plain
from graphbuild.plan.decision import Decision, Reason, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.plan.records import Tracer
from graphbuild.session import RAN_MEMO, BuildRequest, Session, open_session, store_folder


@dataclass(frozen=True)
class Explanation:
    """One node: what would become of it and why, and why it ran the last time."""

    node: NodeId
    decision: Decision
    records: tuple[Reason, ...]
    """Records of data behind changed inputs."""
    last_reasons: tuple[Reason, ...] = ()
    last_run: str | None = None
    """When it last ran here, in ISO 8601."""
    last_rows: str | None = None
    """How many rows it had to compute then, of a node that remembers them: `1 of 20,000 messages`."""


def explain(request: BuildRequest, name: str) -> list[Explanation]:
    """Why nodes would run, or why they ran the last time: those of a recipe node, or one by its id.

    Importers are run where that is needed to tell what changed in the data: they are cheap, and their results are
    kept like any other. Nothing else runs. Raises UsageError for a name that is no node.
    """
    with open_session(request) as opened:
        wanted = _named(opened.graph, name)
        planner = opened.planner()
        made = first = planner.plan()
        if any(made.decisions[node_id].verdict is not Verdict.HIT for node_id in wanted):
            made = _with_importers(opened, made)
        outputs = {node_id: one.outputs for node_id, one in made.decisions.items() if one.outputs is not None}
        tracer = Tracer(opened.graph, outputs, opened.last_keys, opened.store.actions, opened.store.blobs)
        # An importer that has just been run to look into its files is explained as it was found.
        found = {
            node_id: first.decisions[node_id]
            if first.decisions[node_id].verdict is Verdict.RUN
            else made.decisions[node_id]
            for node_id in wanted
        }
        return [_explained(opened, tracer, node_id, decision) for node_id, decision in found.items()]


def _named(graph: Graph, name: str) -> list[NodeId]:
    found = [node.id for node in graph.nodes.values() if name in (node.id, node.name)]
    if not found:
        known = sorted({name for node in graph.nodes.values() for name in (node.id, node.name)})
        close = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            Problem(
                f"there is no node `{name}` in this build",
                hint=f"did you mean `{close[0]}`?" if close else "see `graphbuild graph`",
            )
        )
    return found


def _with_importers(opened: Session, made: Plan) -> Plan:
    """The plan after the importers have run."""
    importers = {node_id: node for node_id, node in opened.graph.nodes.items() if node.operation is Operation.IMPORT}
    if all(made.decisions[node_id].verdict is Verdict.HIT for node_id in importers):
        return made
    part = replace(opened.graph, nodes=importers)
    planner = opened.planner_of(part)
    from graphbuild.execution.run import run_plan

    run_plan(planner.plan(), planner, opened.store, store_folder(opened.request), opened.project, keep_going=True)
    return opened.planner().plan()


def _explained(opened: Session, tracer: Tracer, node_id: NodeId, decision: Decision) -> Explanation:
    records = tracer.behind(opened.graph.nodes[node_id]) if decision.verdict is not Verdict.HIT else ()
    kept = opened.store.memos.get(RAN_MEMO, f"{opened.scope}/{node_id}")
    if kept is None:
        return Explanation(node_id, decision, records)
    document = json.loads(kept)
    reasons = tuple(reason_from_plain(row) for row in document["reasons"])
    return Explanation(node_id, decision, records, reasons, document["at"], document.get("rows"))
