"""Following: listens to a build, and tells the scene what is to be seen of it. Called by the thread that builds."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem
from graphbuild.execution.events import (
    BlobHealed,
    BuildStarted,
    Event,
    NodeDiverged,
    NodeFailed,
    NodeFinished,
    NodeProgress,
    NodeResumed,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
)
from graphbuild.execution.result import BuildResult, Outcome
from graphbuild.execution.stages import BuildEnded, StageEnded
from graphbuild.graph.graph import NodeId
from graphbuild.history.record import Ending
from graphbuild.looking import Sight, sight_of
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.page.document import page_document, problem_row, reason_row
from graphbuild.report.page.facts import BuildFacts, Told
from graphbuild.report.summary import summary
from graphbuild.report.time_left import TimeLeft
from graphbuild.session import BuildRequest, open_store_of, scope_of
from graphbuild.ui.scene import Scene

RUNNING = "running"


class Following:
    """A listener of one build."""

    def __init__(self, scene: Scene, request: BuildRequest) -> None:
        self._scene = scene
        self._request = request
        self._lock = threading.Lock()
        self._time: TimeLeft | None = None
        self._plan: Plan | None = None
        self._last: Mapping[str, Digest] = {}
        self._done = 0

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case StageEnded(stage, began_at, ended_at):
                stages = self._scene.state["build"]["stages"]
                self._scene.tell_build(stages=[*stages, [stage.value, round(ended_at - began_at, 6)]])
            case BuildStarted(plan, jobs):
                self._begin(plan, jobs)
            case BuildEnded():
                self._end(event)
            case _:
                self._tell_of_node(event)

    @property
    def plan(self) -> Plan | None:
        """What was built; None where nothing had to run."""
        return self._plan

    def tell_time(self) -> None:
        """How long it may still take, as it is known now."""
        if self._time is not None and self._done:
            self._scene.tell_build(left=self._time.text())

    def _begin(self, plan: Plan, jobs: int) -> None:
        store = open_store_of(self._request)
        try:
            sight = sight_of(plan, store, self._request.project.resolve())
            self._last = store.history.last_keys(scope_of(self._request.project, self._request.recipe))
        finally:
            store.close()
        self._plan, self._time = plan, TimeLeft(plan, jobs)
        due = len(plan.decisions) - plan.count(Verdict.HIT)
        self._scene.show(live_document(sight), "live")
        self._scene.tell_build(due=due, done=0, left=self._time.text() if plan.expected_s else None)

    def _tell_of_node(self, event: Event) -> None:
        match event:
            case NodeStarted(node, decision):
                self._clock().start(node, decision)
                self._scene.tell_node(node, outcome=RUNNING, reasons=[reason_row(one) for one in decision.reasons])
            case NodeProgress(node, done, total, facts):
                self._clock().advance(node, done, total)
                self._scene.tell_step(node, done, total, {name: float(value) for name, value in facts.items()})
            case NodeResumed(node, done, total):
                self._clock().go_on(node, done, total)
                self._note(node, f"goes on from epoch {done} of {total}")
            case NodeWaiting(node, holder):
                words = f"process {holder.pid} on {holder.host} runs the same action"
                self._scene.tell_node(node, outcome=RUNNING, reasons=[{"kind": "upstream", "detail": words}])
            case NodeFinished(node, ran, seconds, decision):
                outcome = Outcome.RUN.value if ran else self._hit(node, decision)
                self._finish(node, outcome, **({"seconds": round(seconds, 6)} if ran else {}))
            case NodeFailed(node, problems):
                self._finish(node, Outcome.FAILED.value, problems=[problem_row(one) for one in problems])
            case NodeSkipped(node, because):
                reason = reason_row(Reason(ReasonKind.FAILED, f"it needs {because}, which failed"))
                self._finish(node, Outcome.SKIPPED.value, reasons=[reason])
            case NodeDiverged(node):
                self._note(node, "not deterministic: it made other bytes than before")
            case BlobHealed(node):
                self._note(node, "an output had been lost or damaged, and was made again")

    def _hit(self, node: NodeId, decision: Decision) -> str:
        """Whether early cutoff made it one."""
        assert self._plan is not None
        waited = self._plan.decisions[node].verdict is Verdict.PENDING
        is_cut_off = waited and decision.key is not None and self._last.get(node) == decision.key
        return (Ending.CUT_OFF if is_cut_off else Ending.HIT).value

    def _finish(self, node: NodeId, outcome: str, **facts: object) -> None:
        self._clock().end(node)
        with self._lock:
            self._done += 1
            done = self._done
        self._scene.tell_node(node, outcome=outcome, **facts)
        self._scene.tell_build(done=done, left=self._clock().text())

    def _note(self, node: NodeId, words: str) -> None:
        self._scene.tell_node(node, note=words)

    def _clock(self) -> TimeLeft:
        assert self._time is not None
        return self._time

    def _end(self, event: BuildEnded) -> None:
        for node in event.result.cut_off:
            self._scene.tell_node(node, outcome=Ending.CUT_OFF.value)
        package = shown_path(event.model, self._request.project) if event.model is not None else None
        said = summary(event.result, Path(package) if package else None, event.is_new, event.wall_s)
        self._scene.tell_build(
            left=None,
            ended={
                "code": int(event.code),
                "summary": said,
                "package": package,
                "is_new_package": event.is_new,
                "wall_s": round(event.wall_s, 6),
                "problems": failures(event.result),
                "build": None,
            },
        )


def live_document(sight: Sight) -> dict[str, object]:
    """The page's data of a build that begins: what may run is pending."""
    due = (Verdict.RUN.value, Verdict.PENDING.value)
    nodes = {
        node_id: replace(one, outcome=Verdict.PENDING.value) if one.outcome in due else one
        for node_id, one in sight.facts.nodes.items()
    }
    facts = BuildFacts(Told.LIVE, RUNNING, nodes, critical_s=sight.facts.critical_s, critical=sight.facts.critical)
    return page_document(sight.graph, facts, sight.components)


def failures(result: BuildResult) -> list[dict[str, object]]:
    """What failed, with the nodes that it failed in."""
    return [
        {**problem_row(problem), "node": node_id} for node_id, node in result.nodes.items() for problem in node.problems
    ]


def problem_rows(problems: tuple[Problem, ...]) -> list[dict[str, object]]:
    """Problems as the page has them."""
    return [problem_row(one) for one in problems]


def shown_path(path: Path, project: Path) -> str:
    """A path as one would write it in the project."""
    folder = project.resolve()
    path = path if path.is_absolute() else Path.cwd() / path
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
