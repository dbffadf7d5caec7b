"""Progress of a build on a terminal (rich), or as plain lines where there is none; and its summary line.

A listener of execution's events. Decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Self

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID
from rich.table import Column
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
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.sizes import in_seconds
from graphbuild.store.interface import Holder

_NAME_WIDTH = 34
_WIDE, _NARROW = 90, 60
_BAR = 20
_ALL = NodeId("all")
_QUARTERS = 4


class Console:
    """Shows each node while it runs, with epochs and expected time, and a line when it is done."""

    def __init__(
        self,
        stream: IO[str],
        *,
        quiet: bool = False,
        verbose: bool = False,
        width: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._console = RichConsole(file=stream, quiet=quiet, highlight=False, width=width)
        self._verbose = verbose
        self._is_live = self._console.is_terminal and not quiet
        self._progress = Progress(
            SpinnerColumn(finished_text=" ", table_column=Column(min_width=1, no_wrap=True)),
            _Row(self._console.width),
            console=self._console,
            transient=True,
            disable=not self._is_live,
            get_time=clock,
        )
        self._tasks: dict[NodeId, TaskID] = {}
        self._name_width = min(_NAME_WIDTH, max(12, self._console.width // 2 - 8)) if self._is_live else _NAME_WIDTH

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    @property
    def live(self) -> RenderableType:
        """What is drawn below the lines while nodes run."""
        return self._progress.get_renderable()

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case BuildStarted(plan):
                self._begin(plan)
            case NodeStarted(node, decision):
                self._start(node, decision)
            case NodeProgress(node, done, total, facts):
                self._advance(node, done, total, facts)
            case NodeFinished(node, ran, seconds, decision):
                self._finish(node, ran, seconds, decision)
            case NodeWaiting(node, holder):
                self._wait(node, holder)
            case NodeFailed(node, problems):
                self._end(node)
                self._line("FAIL", node, problems[0].what.splitlines()[0] if problems else "failed", "bold red")
            case NodeSkipped(node, because):
                self._end(node)
                self._line("skip", node, f"needs {because}", "yellow")
            case NodeDiverged(node):
                self._line("note", node, "not deterministic: it made other bytes than before", "yellow")
            case BlobHealed(node):
                self._line("note", node, "an output had been lost or damaged, and was made again", "yellow")

    def _begin(self, plan: Plan) -> None:
        hits = plan.count(Verdict.HIT)
        due = len(plan.decisions) - hits
        expected = f", about {in_seconds(plan.expected_s)} by earlier builds" if plan.expected_s else ""
        self._print(Text(f"{due} of {len(plan.decisions)} nodes to look at, {hits} reused{expected}", style="bold"))
        if self._is_live:
            facts = f"of about {in_seconds(plan.expected_s)}" if plan.expected_s else ""
            self._tasks[_ALL] = self._progress.add_task("", total=due, facts=facts, unit="nodes")

    def _start(self, node: NodeId, decision: Decision) -> None:
        if self._is_live:
            self._drop(node)
            expected = f"of about {in_seconds(decision.expected_s)}" if decision.expected_s else ""
            self._tasks[node] = self._progress.add_task(node, total=None, facts=expected, unit="")

    def _advance(self, node: NodeId, done: int, total: int, facts: Mapping[str, float]) -> None:
        shown = " ".join(f"{name} {value:.3f}" for name, value in facts.items())
        if node in self._tasks:
            self._progress.update(self._tasks[node], completed=done, total=total, facts=shown)
        elif not self._is_live and (self._verbose or _is_quarter(done, total)):
            self._line("...", node, f"{done}/{total} {shown}".rstrip(), "dim")

    def _wait(self, node: NodeId, holder: Holder) -> None:
        owner = f"process {holder.pid} on {holder.host}" if holder.pid else "another build"
        if node in self._tasks:
            self._progress.update(self._tasks[node], facts=f"{owner} runs it")
        self._line("wait", node, f"{owner} runs the same action", "yellow")

    def _finish(self, node: NodeId, ran: bool, seconds: float, decision: Decision) -> None:
        self._end(node)
        if not ran:
            self._line("hit", node, "its inputs turned out unchanged", "green")
            return
        more = f" (and {len(decision.reasons) - 1} more)" if len(decision.reasons) > 1 else ""
        why = f"{decision.reasons[0].detail}{more}" if decision.reasons else ""
        self._line("run", node, f"{in_seconds(seconds):>8}  {why}".rstrip(), None)

    def _end(self, node: NodeId) -> None:
        self._drop(node)
        if _ALL in self._tasks:
            self._progress.advance(self._tasks[_ALL])

    def _drop(self, node: NodeId) -> None:
        if node in self._tasks:
            self._progress.remove_task(self._tasks.pop(node))

    def _line(self, word: str, node: NodeId, more: str, style: str | None) -> None:
        name = shortened(node, self._name_width) if self._is_live else node
        self._print(
            Text.assemble((f"{word:<5}", style or "cyan"), f"{name:<{self._name_width}}  ", (more, style or ""))
        )

    def _print(self, line: Text) -> None:
        # A log is searched and must hold every word; on a terminal a line stays a line.
        if self._is_live:
            self._console.print(line, overflow="ellipsis", no_wrap=True)
        else:
            self._console.print(line, soft_wrap=True)


class _Row(ProgressColumn):
    """A node that runs: name, bar with steps where it tells them, time, facts; cut at its end where it is narrow."""

    def __init__(self, width: int) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._bar = _BAR if width >= _WIDE else _BAR // 2 if width >= _NARROW else 0
        self._name = min(_NAME_WIDTH, max(10, width // 3))

    def render(self, task: Task) -> Text:
        """One line."""
        parts = [f"{shortened(task.description or 'all', self._name):<{self._name}}"]
        if task.total:
            parts.extend([_bar(task.completed / task.total, self._bar)] if self._bar else [])
            parts.append(f"{task.completed:.0f}/{task.total:.0f} {task.fields['unit']}".rstrip())
        if task.elapsed and task.elapsed >= 1:
            parts.append(in_seconds(int(task.elapsed)))
        return Text.assemble(" ".join(parts), " ", (task.fields["facts"], "dim"))


def _bar(share: float, width: int) -> str:
    full = round(min(1.0, share) * width)
    return "\u2501" * full + "\u2500" * (width - full)


def shortened(name: str, width: int) -> str:
    """A name cut in its middle, where it is longer: both ends tell."""
    if len(name) <= width:
        return name
    tail = (width - 1) * 2 // 3
    return f"{name[: width - 1 - tail]}\u2026{name[-tail:]}"


def _is_quarter(done: int, total: int) -> bool:
    """Whether a quarter of the steps ended with this one."""
    return total > 0 and done * _QUARTERS // total > (done - 1) * _QUARTERS // total
