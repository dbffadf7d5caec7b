"""The way of a build: wires the stages in order. Reads like section 2 of the design.

    recipe.read -> graph.compile (or the compiled graph of an earlier build) -> plan.make -> execution.run
    -> package.write

The first half decides; with nothing to do it ends there, within the time of a few imports. The stages of the second
half (and compiling, when the recipe changed) are imported where they begin, for that reason (docs/decisions/0002).
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphbuild.contract import digest
from graphbuild.errors import BuildFailed, DataError, ExitCode, Interrupted, Problem, UsageError
from graphbuild.execution.result import BuildResult, NodeResult, Outcome
from graphbuild.execution.stages import BuildEnded, Stage, now, told
from graphbuild.graph.graph import Graph
from graphbuild.packing import check_place, packaged
from graphbuild.plan.decision import ReasonKind, Verdict
from graphbuild.plan.make import Planner
from graphbuild.plan.plan import Plan
from graphbuild.session import LIMIT_VARIABLE, RAN_MEMO, STATE_MEMO, BuildRequest, Session, open_session
from graphbuild.store.interface import BlobLost

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener


@dataclass(frozen=True)
class BuildReport:
    """What a build came to."""

    result: BuildResult
    model: Path | None
    """The package that holds the result: a new one, or the earlier one that is equal."""
    up_to_date: bool
    """Nothing ran and no package was written."""
    is_new: bool
    """Whether the package was written by this build."""
    code: ExitCode
    wall_s: float
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    """What nodes of an evaluation say of what they could not do; those of other builds are for `validate` to tell."""
    remote: Mapping[str, Any] | None = None
    """What was had from a remote store and sent there; None where nothing was."""


def graph(request: BuildRequest) -> Graph:
    """The compiled graph. Raises RecipeError."""
    with open_session(request) as opened:
        return opened.graph


def plan(request: BuildRequest) -> Plan:
    """What a build would do and why. Runs nothing. Raises RecipeError, DataError, StoreError."""
    with open_session(request) as opened:
        return opened.planner().plan()


def build(
    request: BuildRequest, listener: Listener | None = None, stop: Callable[[], bool] | None = None
) -> BuildReport:
    """Builds and packages. Failures of nodes are in the report; errors before anything runs are raised.

    `stop`: asked now and then whether the build is to end as if it were interrupted.
    """
    began_at = now()
    with open_session(request, listener=listener) as opened:
        return build_opened(opened, listener, stop, began_at)


def build_opened(
    opened: Session,
    listener: Listener | None = None,
    stop: Callable[[], bool] | None = None,
    began_at: float | None = None,
) -> BuildReport:
    """`build`, of a session that stays open: for those who read what was made.

    `began_at`: when it did, where that was before the session was opened.
    """
    report = _report(opened, listener, stop, now() if began_at is None else began_at)
    if LIMIT_VARIABLE in os.environ and has_run(report.result):
        from graphbuild.upkeep.automatic import tidy

        tidy(opened.store, os.environ[LIMIT_VARIABLE], listener)
    if listener is not None:
        listener(BuildEnded(report.result, report.code, report.model, report.is_new, report.wall_s))
    return report


def _report(
    opened: Session, listener: Listener | None, stop: Callable[[], bool] | None, began_at: float
) -> BuildReport:
    result, is_news = _built(opened, listener, stop)
    problems = tuple(problem for node in result.nodes.values() for problem in node.problems)
    if not result.succeeded:
        remote = _settled(opened, listener)
        report = BuildReport(result, None, False, False, _code(result), now() - began_at, problems, remote=remote)
        _record(opened, report)
        return report
    try:
        model, is_new = _packaged(opened, result, listener) if _wants_package(opened) else (None, False)
    except BlobLost:
        # A blob was lost between making and packing: noticed now, it is made again in this same build.
        result, is_news = _built(opened, listener, stop)
        model, is_new = _packaged(opened, result, listener)
    except (BuildFailed, UsageError) as error:
        remote = _settled(opened, listener)
        wall_s = now() - began_at
        failed = BuildReport(result, None, False, False, error.exit_code, wall_s, error.problems, remote=remote)
        _record(opened, failed)
        raise
    ran = has_run(result)
    remote = _settled(opened, listener)
    wall_s = now() - began_at
    report = BuildReport(result, model, not ran and not is_new, is_new, ExitCode.DONE, wall_s, remote=remote)
    if is_news or is_new:
        _record(opened, report)
    return report


def _wants_package(opened: Session) -> bool:
    """Whether the build ends in a package: checks alone make nothing that could be packaged."""
    return opened.request.package and opened.graph.is_package and bool(opened.graph.kept)


def _settled(opened: Session, listener: Listener | None) -> Mapping[str, Any] | None:
    """Waits a while for what is sent to a remote store, and says what came of it. No build fails for it."""

    def tell(done: int, total: int) -> None:
        if listener is not None:
            from graphbuild.execution.events import RemoteWaited

            listener(RemoteWaited(done, total))

    told = opened.store.settle(tell)
    if told is not None and listener is not None:
        from graphbuild.execution.events import RemoteEnded

        listener(RemoteEnded(told))
    return told


def has_run(result: BuildResult) -> bool:
    """Whether anything ran."""
    return any(node.outcome is Outcome.RUN for node in result.nodes.values())


def _code(result: BuildResult) -> ExitCode:
    """What a build that did not succeed ends with: bad input only where nothing else failed."""
    if result.interrupted:
        return ExitCode.INTERRUPTED
    failed = [node for node in result.nodes.values() if node.outcome is Outcome.FAILED]
    return ExitCode.USAGE if all(node.is_bad_input for node in failed) else ExitCode.FAILED


def _built(opened: Session, listener: Listener | None, stop: Callable[[], bool] | None) -> tuple[BuildResult, bool]:
    """What became of every node, and whether that is another state than the one of the last build."""
    with told(Stage.PLAN, listener):
        planner = opened.planner(listener)
        made = planner.plan()
    result = _nothing_to_run(made)
    if result is None and opened.store.blobs.hold():
        # What the plan relied on was collected before anybody knew of this build: from here on it is not.
        made = planner.plan()
        result = _nothing_to_run(made)
    if result is None:
        if _wants_package(opened):
            check_place(opened)
        with told(Stage.RUN, listener):
            return _run(opened, planner, made, listener, stop), True
    return result, _remember_return(opened, result)


def _record(opened: Session, report: BuildReport) -> None:
    """Leaves the record of a build, to be looked at later. Whatever goes wrong with that, the build is done."""
    from graphbuild.history.record import Occasion
    from graphbuild.history.write import keep_build

    request = opened.request
    began_at = now() - report.wall_s
    occasion = Occasion(
        started=time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(began_at)),
        wall_s=report.wall_s,
        recipe=request.recipe,
        purpose=opened.purpose,
        targets=request.targets,
        variables=request.variables,
        code=int(report.code),
        package=str(report.model) if report.model is not None else None,
        is_new_package=report.is_new,
        problems=report.problems,
        remote=report.remote,
    )
    with contextlib.suppress(Exception):
        keep_build(opened.store, opened.scope, began_at, occasion, report.result, opened.graph_bytes())


def raise_failure(report: BuildReport) -> None:
    """For callers that want exceptions: DataError, BuildFailed or Interrupted when the build did not succeed."""
    if report.code is ExitCode.INTERRUPTED:
        raise Interrupted("the build was interrupted; what had finished is kept")
    if report.code is ExitCode.USAGE:
        raise DataError(report.problems)
    if report.code is not ExitCode.DONE:
        raise BuildFailed(report.problems or (Problem("the build failed"),))


def _nothing_to_run(made: Plan) -> BuildResult | None:
    if made.count(Verdict.HIT) != len(made.decisions):
        return None
    nodes = {
        node_id: NodeResult(Outcome.HIT, decision.key, decision.outputs or {}, 0.0)
        for node_id, decision in made.decisions.items()
    }
    return BuildResult(made, nodes, 0.0)


def _run(
    opened: Session,
    planner: Planner,
    made: Plan,
    listener: Listener | None,
    stop: Callable[[], bool] | None,
) -> BuildResult:
    from graphbuild.clusters import dask_of
    from graphbuild.execution.run import run_plan
    from graphbuild.execution.task import Measures

    request = opened.request
    result = run_plan(
        made,
        planner,
        opened.store,
        opened.folder,
        opened.project,
        listener,
        jobs=request.jobs,
        keep_going=request.keep_going,
        command=opened.command,
        stop=stop,
        measures=Measures(request.measures_memory, request.calls),
        processes=opened.processes,
        dask=dask_of(request),
    )
    result = _with_cut_off(opened, _with_places(opened, _with_records(opened, result)))
    _remember(opened, result)
    return result


def _with_cut_off(opened: Session, result: BuildResult) -> BuildResult:
    """The result, with the hits told apart that early cutoff made."""
    waited = [
        node_id
        for node_id, node in result.nodes.items()
        if node.outcome is Outcome.HIT and result.plan.decisions[node_id].verdict is Verdict.PENDING
    ]
    last = opened.last_keys if waited else {}
    return replace(result, cut_off=frozenset(one for one in waited if last.get(one) == result.nodes[one].key))


def _with_places(opened: Session, result: BuildResult) -> BuildResult:
    """The result, with the places of what checks found."""
    if not any(problem.about for node in result.nodes.values() for problem in node.problems):
        return result
    from graphbuild.plan.places import places_of

    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    places = places_of(opened.graph, outputs, opened.store.blobs, opened.project)
    nodes = {
        node_id: replace(node, problems=tuple(places.located(problem) for problem in node.problems))
        for node_id, node in result.nodes.items()
    }
    return replace(result, nodes=nodes)


def _with_records(opened: Session, result: BuildResult) -> BuildResult:
    """The result, with the changed records of data among the reasons of what ran."""
    from graphbuild.plan.records import Tracer

    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    tracer = Tracer(opened.graph, outputs, opened.last_keys, opened.store.actions, opened.store.blobs)
    nodes = {
        node_id: replace(node, reasons=(*node.reasons, *tracer.behind(opened.graph.nodes[node_id])))
        if any(reason.kind is ReasonKind.INPUT for reason in node.reasons)
        else node
        for node_id, node in result.nodes.items()
    }
    return replace(result, nodes=nodes)


def _remember_return(opened: Session, result: BuildResult) -> bool:
    """Going back to an earlier state runs nothing, but the next change is told from that state."""
    is_other = opened.store.memos.get(STATE_MEMO, opened.scope) != _state(result)
    if is_other:
        _remember_keys(opened, result)
    return is_other


def _remember_keys(opened: Session, result: BuildResult) -> None:
    """Keeps the action keys of a build, and one digest over them that tells whether a build is at the same state."""
    done = {str(node_id): node.key for node_id, node in result.nodes.items() if node.key is not None and node.outputs}
    gone = [node_id for node_id in opened.last_keys if node_id not in opened.graph.nodes and "@" in node_id]
    opened.store.history.remember(opened.scope, done, forget=gone)
    opened.store.memos.set(STATE_MEMO, opened.scope, _state(result))


def _state(result: BuildResult) -> bytes:
    keys = "".join(f"{node_id}{node.key}" for node_id, node in result.nodes.items())
    return digest.of_bytes(keys.encode("utf-8", "surrogatepass")).encode()


def _remember(opened: Session, result: BuildResult) -> None:
    """Keeps what the next build compares with: action keys, and why each node ran."""
    _remember_keys(opened, result)
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    for node_id, node in result.nodes.items():
        if node.outcome is Outcome.RUN:
            document: dict[str, Any] = {
                "at": now,
                "reasons": [list(asdict(reason).values()) for reason in node.reasons],
            }
            if node.rows is not None:
                document["rows"] = str(node.rows)
            opened.store.memos.set(RAN_MEMO, f"{opened.scope}/{node_id}", json.dumps(document).encode())


def _packaged(opened: Session, result: BuildResult, listener: Listener | None) -> tuple[Path, bool]:
    with told(Stage.PACKAGE, listener):
        path, is_new = packaged(opened, result)
    if is_new and listener is not None:
        from graphbuild.execution.events import PackageWritten

        listener(PackageWritten(path))
    return path, is_new
