"""Progress of a build on a terminal (rich), or as plain lines where there is none; and its summary line.

A listener of execution's events. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from rich.console import Console as RichConsole
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from graphbuild.execution.events import (
    BlobHealed,
    BuildStarted,
    Event,
    NodeDiverged,
    NodeFailed,
    NodeFinished,
    NodeProgress,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
)
from graphbuild.execution.result import BuildResult, Outcome
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Verdict

_NAME_WIDTH = 34


class Console:
    """Shows each node while it runs, with epochs and expected time, and a line when it is done."""

    def __init__(self, stream: IO[str], *, quiet: bool = False, verbose: bool = False) -> None:
        self._console = RichConsole(
            file=stream, quiet=quiet, highlight=False, no_color="NO_COLOR" in os.environ or None
        )
        self._verbose = verbose
        self._is_live = self._console.is_terminal and not quiet
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[facts]}"),
            console=self._console,
            transient=True,
            disable=not self._is_live,
        )
        self._tasks: dict[NodeId, TaskID] = {}
        self._total = 0
        self._done = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case BuildStarted(plan):
                self._total = len(plan.decisions) - plan.count(Verdict.HIT)
                hits = plan.count(Verdict.HIT)
                expected = f", about {_seconds(plan.expected_s)} by earlier builds" if plan.expected_s else ""
                self._say(f"{self._total} of {len(plan.decisions)} nodes to look at, {hits} reused{expected}", "bold")
            case NodeStarted(node, decision):
                self._start(node, decision)
            case NodeProgress(node, done, total, facts):
                self._advance(node, done, total, facts)
            case NodeFinished(node, ran, seconds, decision):
                self._finish(node, ran, seconds, decision)
            case NodeWaiting(node, holder):
                owner = f"process {holder.pid} on {holder.host}" if holder.pid else "another build"
                self._say(f"wait   {node}: {owner} runs the same action", "yellow")
            case NodeFailed(node, problems):
                self._drop(node)
                self._say(f"FAIL   {node:<{_NAME_WIDTH}} {problems[0].what.splitlines()[0]}", "red")
            case NodeSkipped(node, because):
                self._say(f"skip   {node:<{_NAME_WIDTH}} needs {because}", "yellow")
            case NodeDiverged(node):
                self._say(f"note   {node} is not deterministic: it made other bytes than before", "yellow")
            case BlobHealed(node):
                self._say(f"note   {node}: an output had been lost or damaged, and was made again", "yellow")

    def _start(self, node: NodeId, decision: Decision) -> None:
        if self._is_live:
            expected = f"about {_seconds(decision.expected_s)}" if decision.expected_s else ""
            self._tasks[node] = self._progress.add_task(f"{node}", total=None, facts=expected)

    def _advance(self, node: NodeId, done: int, total: int, facts: Mapping[str, float]) -> None:
        shown = " ".join(f"{name} {value:.3f}" for name, value in facts.items())
        if node in self._tasks:
            self._progress.update(self._tasks[node], completed=done, total=total, facts=f"{done}/{total} {shown}")
        elif self._verbose and not self._is_live:
            self._say(f"       {node:<{_NAME_WIDTH}} {done}/{total} {shown}", "dim")

    def _finish(self, node: NodeId, ran: bool, seconds: float, decision: Decision) -> None:
        self._drop(node)
        self._done += 1
        if not ran:
            self._say(f"hit    {node:<{_NAME_WIDTH}} its inputs turned out unchanged", "green")
            return
        why = decision.reasons[0].detail if decision.reasons else ""
        self._say(f"run    {node:<{_NAME_WIDTH}} {_seconds(seconds):>8}  {why}", None)

    def _drop(self, node: NodeId) -> None:
        if node in self._tasks:
            self._progress.remove_task(self._tasks.pop(node))

    def _say(self, line: str, style: str | None) -> None:
        self._console.print(Text(line, style=style or ""), overflow="ellipsis", no_wrap=True, crop=self._is_live)


def summary(result: BuildResult, model: Path | None, is_new: bool, wall_s: float) -> str:
    """One line at the end of a build."""
    counts = {outcome: sum(node.outcome is outcome for node in result.nodes.values()) for outcome in Outcome}
    words = {Outcome.RUN: "ran", Outcome.HIT: "reused", Outcome.FAILED: "failed", Outcome.SKIPPED: "skipped"}
    told = ", ".join(f"{counts[outcome]} {words[outcome]}" for outcome in words if counts[outcome])
    if result.interrupted:
        return f"interrupted: {told}, {_seconds(wall_s)}; what had finished is kept"
    if counts[Outcome.FAILED]:
        return f"failed: {told}, {_seconds(wall_s)}"
    if model is None:
        return f"done: {told}, {_seconds(wall_s)}"
    if not counts[Outcome.RUN] and not is_new:
        return f"up to date: {told}, {_seconds(wall_s)}; package {model}"
    return f"done: {told}, {_seconds(wall_s)}; {'new package' if is_new else 'package as before'} {model}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds >= 60:
        return f"{int(seconds // 60)} min {seconds % 60:.0f} s"
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
