"""A build's progress on a terminal: what runs, how far it is and how long it takes, below the lines of what is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Final, Self

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID
from rich.table import Column
from rich.text import Text

from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.lines import NAME_WIDTH, REST, Lines, Tone
from graphbuild.report.sizes import in_seconds
from graphbuild.report.time_left import TimeLeft
from graphbuild.report.widths import padded, printable

_WIDE, _NARROW = 90, 60
_BAR = 20
_FEWEST_ROWS, _MOST_ROWS = 2, 16
_ALL = NodeId("all")
_SENDING = NodeId("uploading")
_STYLES: Final[Mapping[Tone, str]] = {
    "title": "bold",
    "plain": "",
    "good": "green",
    "odd": "yellow",
    "bad": "bold red",
    "aside": "dim",
}


class Console(Lines):
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
        """`quiet`: what runs is drawn, and no line stays."""
        super().__init__(stream, quiet=quiet, verbose=verbose)
        self._console = RichConsole(file=stream, highlight=False, width=width)
        self._progress = _Rows(
            SpinnerColumn(finished_text=" ", table_column=Column(min_width=1, no_wrap=True)),
            _Row(self._console.width),
            console=self._console,
            transient=True,
            get_time=clock,
        )
        self._clock = clock
        self._tasks: dict[NodeId, TaskID] = {}
        self._due: set[NodeId] = set()
        self._left: TimeLeft | None = None
        self._name_width = min(NAME_WIDTH, max(12, self._console.width // 2 - 8))

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

    def _begin(self, plan: Plan, jobs: int) -> None:
        super()._begin(plan, jobs)
        self._drop(_ALL)  # A command may build several times.
        self._due = {node for node, one in plan.decisions.items() if one.verdict is not Verdict.HIT}
        self._left = TimeLeft(plan, jobs, self._clock)
        self._tasks[_ALL] = self._progress.add_task("", total=len(self._due), facts=self._left.text, unit="nodes")

    def _title(self, told: Sequence[str]) -> None:
        """As much of it as there is room for."""
        while len(told) > 1 and len(", ".join(told)) > self._console.width:
            told = told[:-1]
        super()._title(told)

    def _start(self, node: NodeId, decision: Decision) -> None:
        self._drop(node)
        if self._left is not None:
            self._left.start(node, decision)
        expected = f"of about {in_seconds(decision.expected_s)}" if decision.expected_s else ""
        self._tasks[node] = self._progress.add_task(node, total=None, facts=expected, unit="")

    def _advance(self, node: NodeId, done: int, total: int, shown: str) -> None:
        if self._left is not None:
            self._left.advance(node, done, total)
        if node in self._tasks:
            self._progress.update(self._tasks[node], completed=done, total=total, facts=shown)

    def _go_on(self, node: NodeId, done: int, total: int) -> None:
        if self._left is not None:
            self._left.go_on(node, done, total)
        super()._go_on(node, done, total)

    def _wait(self, node: NodeId, owner: str) -> None:
        if node in self._tasks:
            self._progress.update(self._tasks[node], facts=f"{owner} runs it")
        super()._wait(node, owner)

    def _send(self, done: int, total: int) -> None:
        if _SENDING not in self._tasks:
            self._tasks[_SENDING] = self._progress.add_task("uploading", total=total, facts=REST, unit="results")
        self._progress.update(self._tasks[_SENDING], completed=done, total=total)

    def _tell_of_remote(self, told: Mapping[str, Any]) -> None:
        self._drop(_SENDING)
        super()._tell_of_remote(told)

    def _end(self, node: NodeId) -> None:
        self._drop(node)
        if self._left is not None:
            self._left.end(node)
        if node in self._due and _ALL in self._tasks:
            self._due.discard(node)
            self._progress.advance(self._tasks[_ALL])

    def _drop(self, node: NodeId) -> None:
        if node in self._tasks:
            self._progress.remove_task(self._tasks.pop(node))

    def _line(self, word: str, node: NodeId, more: str, tone: Tone) -> None:
        style = _STYLES[tone]
        name = padded(printable(node), self._name_width)
        self._draw(Text.assemble((f"{word:<5}", style or "cyan"), f"{name}  ", (printable(more), style)))

    def _print(self, line: str, tone: Tone) -> None:
        self._draw(Text(printable(line), style=_STYLES[tone]))

    def _draw(self, line: Text) -> None:
        if self._quiet:
            return
        # On a terminal a line stays a line; a log is searched, and holds every word.
        self._console.print(line, overflow="ellipsis", no_wrap=True)


class _Rows(Progress):
    """The build and the nodes that run, the first that began first; no more than there is room for."""

    def get_renderables(self) -> Iterable[RenderableType]:
        """A table, and how many are left out."""
        tasks = self.tasks
        # Rich asks once before there is a console.
        room = max(_FEWEST_ROWS, min(_MOST_ROWS, self.console.height - 2)) if tasks else 0
        yield self.make_tasks_table(tasks[:room])
        if len(tasks) > room:
            yield Text(f"  and {len(tasks) - room} more run", style="dim")


class _Row(ProgressColumn):
    """A node that runs: name, bar with steps where it tells them, time, facts; cut at its end where it is narrow."""

    def __init__(self, width: int) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._bar = _BAR if width >= _WIDE else _BAR // 2 if width >= _NARROW else 0
        self._name = min(NAME_WIDTH, max(10, width // 3))

    def render(self, task: Task) -> Text:
        """One line."""
        parts = []
        if task.description or self._bar == _BAR:  # where it is narrow, the build has no need of a name
            parts.append(padded(printable(task.description or "all"), self._name))
        if task.total:
            parts.extend([_bar(task.completed / task.total, self._bar)] if self._bar else [])
            parts.append(f"{task.completed:.0f}/{task.total:.0f} {task.fields['unit']}".rstrip())
        if task.elapsed and task.elapsed >= 1:
            parts.append(in_seconds(int(task.elapsed)))
        facts = task.fields["facts"]
        return Text.assemble(" ".join(parts), " ", (facts() if callable(facts) else facts, "dim"))


def _bar(share: float, width: int) -> str:
    full = round(min(1.0, share) * width)
    return "\u2501" * full + "\u2500" * (width - full)
