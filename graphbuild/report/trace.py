"""A build as a trace: Chrome's trace event format, for Perfetto and chrome://tracing. A listener of execution's events.

The file is valid JSON at any time, also where the build is killed: each event is written over the end of the file,
together with a new end.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from graphbuild.execution.events import (
    BlobHealed,
    BuildStarted,
    Event,
    NodeDiverged,
    NodeFailed,
    NodeFinished,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
)
from graphbuild.execution.stages import StageEnded, now
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.plan.decision import Decision
from graphbuild.report.as_json import reasons_document

_HEAD: Final = b'{"displayTimeUnit":"ms","traceEvents":[\n'
_TAIL: Final = b"\n]}\n"
_BUILD: Final = "build"
"""The track of the stages."""
_UNFINISHED: Final = "unfinished"


class Trace:
    """Writes a trace while a build runs: one track for its stages, one for each thread that runs nodes."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        self._end = os.write(self._file, _HEAD)
        os.write(self._file, _TAIL)
        self._origin = now()
        self._is_first = True
        self._tracks: dict[tuple[int, str], int] = {}
        self._nodes: Mapping[NodeId, GraphNode] = {}
        self._running: dict[NodeId, tuple[float, Decision]] = {}
        self._waiting: dict[NodeId, float] = {}
        self._until: dict[tuple[int, int], int] = {}
        """When the last span of a track ended: clocks of processes differ a little, and spans must not overlap."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def broken_off(self, error: BaseException) -> None:
        """The build ended before its time: what had begun is shown as it is."""
        self._mark(f"broken off: {type(error).__name__}", {})

    def close(self) -> None:
        """Ends the trace, and what is still running in it."""
        for number, (node, (began_at, decision)) in enumerate(self._running.items()):
            track = self._track(os.getpid(), f"{_UNFINISHED} {number + 1}" if number else _UNFINISHED)
            self._span(track, node, began_at, now(), {**self._told(node, decision), "outcome": "interrupted"})
        # What an interruption may have left behind the end.
        os.ftruncate(self._file, self._end + len(_TAIL))
        os.close(self._file)

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case StageEnded(stage, began_at, ended_at):
                self._span(self._track(os.getpid(), _BUILD), stage.value, began_at, ended_at, {}, nests=True)
            case BuildStarted(plan):
                self._nodes = plan.graph.nodes
            case NodeStarted(node, decision):
                self._end_wait(node)
                self._running[node] = (now(), decision)
                self._count()
            case NodeWaiting(node):
                self._waiting[node] = now()
            case NodeFinished(node, ran, _, decision, performed):
                self._end_wait(node)
                if ran and performed is not None:
                    self._ended(node, performed, decision, {"outcome": "run"})
            case NodeFailed(node, problems, performed):
                what = problems[0].what if problems else ""
                begun = self._running.pop(node, None)
                if performed is not None and begun is not None:
                    self._ended(node, performed, begun[1], {"outcome": "failed", "problem": what})
                self._mark(f"{node} failed", {"problem": what})
            case NodeSkipped(node, because):
                self._mark(f"{node} skipped", {"because": because})
            case NodeDiverged(node):
                self._mark(f"{node} is not deterministic", {})
            case BlobHealed(node):
                self._mark(f"{node} healed", {})

    def _ended(self, node: NodeId, performed: Performed, decision: Decision, more: Mapping[str, Any]) -> None:
        """A node was performed: a span, and one for each phase within it."""
        self._running.pop(node, None)
        track = self._track(performed.process, _thread(performed))
        arguments = {**self._told(node, decision), **more}
        if performed.sizes:
            arguments["bytes"] = dict(performed.sizes)
        if performed.peak_bytes is not None:
            arguments["peak_bytes"] = performed.peak_bytes
        first = self._until.get(track, 0)
        self._span(track, node, performed.began_at, performed.ended_at, arguments)
        began_at = performed.began_at
        for phase, ended_at in performed.phases:
            self._write_span(track, phase, max(first, self._micros(began_at)), self._micros(ended_at), {})
            began_at = ended_at
        self._count()

    def _told(self, node: NodeId, decision: Decision) -> dict[str, Any]:
        known = self._nodes[node]
        return {
            "component": known.uses,
            "kind": known.kind,
            "operation": known.operation.value,
            "verdict": decision.verdict.value,
            "reasons": reasons_document(decision.reasons),
            "key": decision.key,
        }

    def _end_wait(self, node: NodeId) -> None:
        """What waits for another build runs nowhere: it is a span between two events, on no track."""
        began_at = self._waiting.pop(node, None)
        if began_at is not None:
            common = {"name": f"wait for {node}", "cat": "wait", "id": node, "pid": os.getpid(), "tid": 0}
            self._write({**common, "ph": "b", "ts": self._micros(began_at)})
            self._write({**common, "ph": "e", "ts": self._micros(now())})

    def _span(
        self,
        track: tuple[int, int],
        name: str,
        began_at: float,
        ended_at: float,
        arguments: Mapping[str, Any],
        *,
        nests: bool = False,
    ) -> None:
        """A span of a track; where they do not nest, after what was there before."""
        begin, end = self._micros(began_at), self._micros(ended_at)
        if not nests:
            begin = max(begin, self._until.get(track, 0))
            self._until[track] = max(begin, end)
        self._write_span(track, name, begin, end, arguments)

    def _write_span(
        self, track: tuple[int, int], name: str, begin: int, end: int, arguments: Mapping[str, Any]
    ) -> None:
        process, thread = track
        span = {"name": name, "ph": "X", "ts": begin, "dur": max(0, end - begin), "pid": process, "tid": thread}
        self._write({**span, "args": arguments} if arguments else span)

    def _mark(self, name: str, arguments: Mapping[str, Any]) -> None:
        process, thread = self._track(os.getpid(), _BUILD)
        at = self._micros(now())
        self._write({"name": name, "ph": "i", "s": "g", "ts": at, "pid": process, "tid": thread, "args": arguments})

    def _count(self) -> None:
        running = {"nodes": len(self._running)}
        at = self._micros(now())
        self._write({"name": "running", "ph": "C", "ts": at, "pid": os.getpid(), "tid": 0, "args": running})

    def _track(self, process: int, name: str) -> tuple[int, int]:
        """The track of a thread, which is named where it first has something to show."""
        if (process, name) not in self._tracks:
            if not any(process == one for one, _ in self._tracks):
                owner = "graphbuild" if process == os.getpid() else "worker"
                self._name("process_name", process, 0, owner)
            self._tracks[process, name] = len(self._tracks) + 1
            self._name("thread_name", process, self._tracks[process, name], name)
        return process, self._tracks[process, name]

    def _name(self, what: str, process: int, thread: int, name: str) -> None:
        self._write({"name": what, "ph": "M", "ts": 0, "pid": process, "tid": thread, "args": {"name": name}})

    def _micros(self, at: float) -> int:
        return max(0, int((at - self._origin) * 1e6))

    def _write(self, event: Mapping[str, Any]) -> None:
        text = json.dumps(event, ensure_ascii=True, separators=(",", ":")).encode()
        line = text if self._is_first else b",\n" + text
        os.pwrite(self._file, line + _TAIL, self._end)
        self._end += len(line)
        self._is_first = False


def _thread(performed: Performed) -> str:
    return performed.worker or performed.thread or ("nodes" if performed.process == os.getpid() else "worker")
