"""A build as JSON lines, for programs that follow it: one object an event, each written at once, to the end of a file.

docs/timing.md has the schema. VERSION is raised where a field changes its meaning or goes; fields may be added.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from graphbuild.errors import GraphbuildError, Problem
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
    PackageWritten,
    RemoteEnded,
    RemoteWaited,
    StoreCollected,
)
from graphbuild.execution.result import BuildResult, Outcome
from graphbuild.execution.stages import BuildEnded, StageEnded, now
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.plan.decision import Decision
from graphbuild.plan.plan import Plan
from graphbuild.report.as_json import problems_document, reasons_document

VERSION: Final = 1
_INTERNAL: Final = "internal error"


class BuildLog:
    """Appends to a log. Several builds may write to one file at a time: their lines have names of builds."""

    def __init__(self, path: Path) -> None:
        # One write of a line in append mode is never torn by other processes.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._build = _new_name()
        self._nodes: Mapping[NodeId, GraphNode] = {}
        self._is_begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self.broken_off(error)
        self.close()

    def broken_off(self, error: BaseException) -> None:
        """An error that ended the build before its time has the last word."""
        if isinstance(error, GraphbuildError):
            self._break_off(int(error.exit_code), error.problems)
        elif isinstance(error, KeyboardInterrupt):
            self._break_off(130, (Problem("interrupted"),))
        else:
            self._break_off(1, (Problem(f"{_INTERNAL}: {type(error).__name__}: {error}"),))

    def close(self) -> None:
        """Lets go of the file."""
        os.close(self._file)

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case StageEnded(stage, began_at, ended_at):
                self._write("stage", stage=stage.value, seconds=_seconds(ended_at - began_at))
            case BuildStarted(plan, jobs):
                self._begin(plan, jobs)
            case PackageWritten(path):
                self._write("package_written", package=str(path), bytes=_size(path))
            case StoreCollected(told):
                self._write("store_collected", told=told)
            case RemoteWaited(done, total):
                self._write("remote_waited", done=done, total=total)
            case RemoteEnded(told):
                self._write("remote_ended", remote=dict(told))
            case BuildEnded(result, code, model, is_new, wall_s):
                self._end(result, int(code), model, is_new=is_new, wall_s=wall_s)
            case _:
                self._tell_of_node(event)

    def _tell_of_node(self, event: Event) -> None:
        match event:
            case NodeStarted(node, decision):
                self._write("node_started", **self._told(node), **_decided(decision))
            case NodeProgress(node, done, total, facts):
                self._write("node_progress", node=node, done=done, total=total, facts=dict(facts))
            case NodeResumed(node, done, total):
                self._write("node_resumed", node=node, done=done, total=total)
            case NodeWaiting(node, holder):
                self._write("node_waiting", node=node, process=holder.pid, host=holder.host)
            case NodeFinished(node, ran, seconds, decision, performed):
                outputs = dict(decision.outputs or {})
                made = {"key": decision.key, "outputs": outputs, **_measured(performed)}
                self._write("node_finished", node=node, ran=ran, seconds=_seconds(seconds), **made)
            case NodeFailed(node, problems, performed):
                told = problems_document(problems)
                self._write("node_failed", **self._told(node), problems=told, **_measured(performed))
            case NodeSkipped(node, because):
                self._write("node_skipped", node=node, because=because)
            case NodeDiverged(node):
                self._write("node_diverged", node=node)
            case BlobHealed(node):
                self._write("node_healed", node=node)

    def _begin(self, plan: Plan, jobs: int) -> None:
        self._nodes = plan.graph.nodes
        self._is_begun = True
        verdicts = {node: one.verdict.value for node, one in plan.decisions.items()}
        cost = {"expected_s": plan.expected_s, "critical_s": plan.critical_s, "critical_path": list(plan.critical_path)}
        self._write("build_started", recipe=plan.graph.label, jobs=jobs, **cost, plan=verdicts)

    def _end(self, result: BuildResult, code: int, model: Path | None, *, is_new: bool, wall_s: float) -> None:
        if not self._is_begun:  # Nothing ran: nobody said that it began.
            self._begin(result.plan, 0)
        counts = {one.value: sum(node.outcome is one for node in result.nodes.values()) for one in Outcome}
        package = str(model) if model is not None else None
        told = {"code": code, "interrupted": result.interrupted, "package": package, "package_is_new": is_new}
        self._write("build_finished", **told, wall_s=_seconds(wall_s), nodes=counts)
        self._build, self._is_begun, self._nodes = _new_name(), False, {}

    def _break_off(self, code: int, problems: tuple[Problem, ...]) -> None:
        self._write("build_broken_off", code=code, problems=problems_document(problems))

    def _told(self, node: NodeId) -> dict[str, Any]:
        known = self._nodes[node]
        return {"node": node, "component": known.uses, "kind": known.kind, "operation": known.operation.value}

    def _write(self, event: str, **facts: Any) -> None:
        document = {"v": VERSION, "at": round(now(), 6), "build": self._build, "event": event, **facts}
        os.write(self._file, json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode() + b"\n")


def _decided(decision: Decision) -> dict[str, Any]:
    reasons = reasons_document(decision.reasons)
    return {"key": decision.key, "reasons": reasons, "expected_s": decision.expected_s}


def _measured(performed: Performed | None) -> dict[str, Any]:
    """Where a node ran, and what is known of it beside its time."""
    if performed is None:
        return {}
    measured: dict[str, Any] = {"process": performed.process, "bytes": dict(performed.sizes)}
    if performed.worker is not None:
        measured["worker"] = performed.worker
    if performed.said is not None:
        measured["said"] = performed.said
    return measured if performed.peak_bytes is None else {**measured, "peak_bytes": performed.peak_bytes}


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _seconds(seconds: float) -> float:
    return round(seconds, 6)


def _new_name() -> str:
    return os.urandom(4).hex()
