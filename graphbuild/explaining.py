"""Explaining: why a node would run, or why it ran the last time, down to the file and line of the data."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import DataError, Problem, StoreError, UsageError
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.explanation import Dependence, Explanation, InBuild
from graphbuild.history.plain import reason_from_plain
from graphbuild.history.read import build_before, counted, find_build, read_build
from graphbuild.history.record import BuildRecord
from graphbuild.history.why import ancestors, causes_between, in_build, last_run, steadiness
from graphbuild.plan.causes import Causes, Chain
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.make import Planner
from graphbuild.plan.manifest import Outputs
from graphbuild.plan.plan import Plan
from graphbuild.plan.reasons import Manifest
from graphbuild.plan.records import Tracer
from graphbuild.session import RAN_MEMO, BuildRequest, Session, open_session, store_folder
from graphbuild.store.interface import ActionCache

_UNKNOWN = Digest("not known yet")


def explain(request: BuildRequest, name: str, since: str | None = None) -> list[Explanation]:
    """Why nodes would run, or why they ran the last time: those of a recipe node, or one by its id.

    `since`: a build (history.read.find_build); then what became of them in that build is told too, and why.

    Importers are run where that is needed to tell what changed in the data: they are cheap, and their results are
    kept like any other. Nothing else runs. Raises UsageError for a name that is no node, or no build; DataError for a
    file that cannot be read, where that is needed to tell.
    """
    with open_session(request) as opened:
        wanted = _named(opened.graph, name)
        planner = opened.planner()
        made = first = planner.plan()
        if any(made.decisions[node_id].verdict is not Verdict.HIT for node_id in wanted):
            made = _with_importers(opened, made, wanted)
        outputs = {node_id: one.outputs for node_id, one in made.decisions.items() if one.outputs is not None}
        tracer = Tracer(opened.graph, outputs, opened.last_keys, opened.store.actions, opened.store.blobs)
        # An importer that has just been run to look into its files is explained as it was found.
        found = {
            node_id: first.decisions[node_id]
            if first.decisions[node_id].verdict is Verdict.RUN
            else made.decisions[node_id]
            for node_id in wanted
        }
        now = partial(_now, planner, opened.graph, outputs)
        before = partial(_before, opened.store.actions, opened.last_keys)
        causes = Causes(opened.graph, now, before, opened.code_of)
        record = find_build(opened.store, opened.scope, since) if since is not None else None
        return [
            replace(_explained(opened, tracer, causes, node_id, decision), in_build=_in_build(opened, record, node_id))
            for node_id, decision in found.items()
        ]


def _named(graph: Graph, name: str) -> list[NodeId]:
    found = [node.id for node in graph.nodes.values() if name in (node.id, node.name)]
    if not found and graph.variants:
        found = [node_id for node_id in graph.nodes if node_id.startswith(f"{name}@")]
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


def _with_importers(opened: Session, made: Plan, wanted: Sequence[NodeId]) -> Plan:
    """The plan after the importers have run. Raises DataError where one fails that is needed to tell of `wanted`."""
    importers = {node_id: node for node_id, node in opened.graph.nodes.items() if node.operation is Operation.IMPORT}
    if all(made.decisions[node_id].verdict is Verdict.HIT for node_id in importers):
        return made
    part = replace(opened.graph, nodes=importers)
    planner = opened.planner_of(part)
    from graphbuild.execution.run import run_plan

    folder = store_folder(opened.request)
    ran = run_plan(planner.plan(), planner, opened.store, folder, opened.project, keep_going=True)
    upstream = {*wanted, *(one for node_id in wanted for one in ancestors(opened.graph, node_id))}
    failed = [node for node_id, node in ran.nodes.items() if node.outcome is Outcome.FAILED and node_id in upstream]
    if failed:
        # A file that cannot be read would look like one from which everything went.
        raise DataError([problem for node in failed for problem in node.problems])
    return opened.planner().plan()


def _explained(opened: Session, tracer: Tracer, causes: Causes, node_id: NodeId, decision: Decision) -> Explanation:
    explanation = _with_last_run(opened, Explanation(node_id, decision, ()))
    if decision.verdict is Verdict.HIT:
        told = _up_to_date(opened, explanation)
        if opened.last_keys.get(node_id) in (None, decision.key):
            return told
        # It is another action than in the last build; what it makes is known from before, or was made to look at it.
        records, chains = tracer.behind(opened.graph.nodes[node_id]), causes.chains(node_id)
        return replace(told, records=records, own=causes.all(node_id), chains=chains)
    key = decision.key if decision.verdict is Verdict.RUN else None
    return replace(
        explanation,
        goes_on=opened.store.checkpoints.look(key) if key is not None else None,
        records=tracer.behind(opened.graph.nodes[node_id]),
        own=causes.own(node_id) if decision.verdict is Verdict.PENDING else (),
        chains=causes.chains(node_id),
    )


def _with_last_run(opened: Session, explanation: Explanation) -> Explanation:
    """Why and when the node last ran, as far as that is remembered."""
    kept = opened.store.memos.get(RAN_MEMO, f"{opened.scope}/{explanation.node}")
    if kept is None:
        return explanation
    document = json.loads(kept)
    return replace(
        explanation,
        last_reasons=tuple(reason_from_plain(row) for row in document["reasons"]),
        last_run=document["at"],
        last_rows=document.get("rows"),
    )


def _up_to_date(opened: Session, explanation: Explanation) -> Explanation:
    """Why not: what the node depends on, and since when none of it has changed; and what it last ran for."""
    node = opened.graph.nodes[explanation.node]
    upstream = ancestors(opened.graph, node.id) | {node.id}
    files = (one.source.files for one in opened.graph.nodes.values() if one.id in upstream and one.source is not None)
    depends = Dependence(
        inputs=node.inputs,
        options=len(counted(node)),
        modules=len(opened.graph.code.get(node.facts["code"], {})),
        toolchain=node.facts["toolchain"],
        files=tuple(dict.fromkeys(file for some in files for file in some)),
    )
    steady = steadiness(opened.store, opened.scope, node.id, explanation.decision.key)
    return replace(explanation, depends=depends, steady=steady, last_chains=_last_chains(opened, node.id))


def _last_chains(opened: Session, node_id: NodeId) -> tuple[Chain, ...]:
    """The chains behind the last run of a node, where its build is remembered, and one before it."""
    store, scope = opened.store, opened.scope
    ran = last_run(store, scope, node_id)
    before = build_before(store, scope, ran, holding=node_id) if ran is not None else None
    if ran is None or before is None:
        return ()
    try:
        return causes_between(store, before, read_build(store, scope, ran.id)).chains(node_id)
    except StoreError:
        return ()


def _in_build(opened: Session, record: BuildRecord | None, node_id: NodeId) -> InBuild | None:
    if record is None:
        return None
    if node_id not in record.nodes:
        raise UsageError(Problem(f"there was no node `{node_id}` in build {record.id}"))
    return in_build(opened.store, opened.scope, record, node_id)


def _now(planner: Planner, graph: Graph, outputs: Outputs, node_id: NodeId) -> Manifest:
    """The manifest of a node as it is now; an input that is not known yet is taken for another one."""
    node = graph.nodes[node_id]
    filled = {
        edge.node: {port: outputs.get(edge.node, {}).get(port, _UNKNOWN) for port in graph.nodes[edge.node].outputs}
        for edge in node.inputs
    }
    return planner.manifest(node, filled)


def _before(actions: ActionCache, last_keys: Mapping[str, Digest], node_id: NodeId) -> Manifest | None:
    """The manifest of a node at its last success."""
    last = last_keys.get(node_id)
    return actions.manifest(last) if last is not None else None
