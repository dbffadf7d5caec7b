"""A build's progress on a terminal: what runs, how far it is and how long it takes, below the lines of what is done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import IO, Final, Self

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TaskID
from rich.table import Column
from rich.text import Text

from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.lines import NAME_WIDTH, Lines, Tone
from graphbuild.report.sizes import in_seconds

_WIDE, _NARROW = 90, 60
_BAR = 20
_ALL = NodeId("all")
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
        verbose: bool = False,
        width: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream, verbose=verbose)
        self._console = RichConsole(file=stream, highlight=False, width=width)
        self._progress = Progress(
            SpinnerColumn(finished_text=" ", table_column=Column(min_width=1, no_wrap=True)),
            _Row(self._console.width),
            console=self._console,
            transient=True,
            get_time=clock,
        )
        self._tasks: dict[NodeId, TaskID] = {}
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

    def _begin(self, plan: Plan) -> None:
        super()._begin(plan)
        facts = f"of about {in_seconds(plan.expected_s)}" if plan.expected_s else ""
        due = len(plan.decisions) - plan.count(Verdict.HIT)
        self._tasks[_ALL] = self._progress.add_task("", total=due, facts=facts, unit="nodes")

    def _start(self, node: NodeId, decision: Decision) -> None:
        self._drop(node)
        expected = f"of about {in_seconds(decision.expected_s)}" if decision.expected_s else ""
        self._tasks[node] = self._progress.add_task(node, total=None, facts=expected, unit="")

    def _advance(self, node: NodeId, done: int, total: int, shown: str) -> None:
        if node in self._tasks:
            self._progress.update(self._tasks[node], completed=done, total=total, facts=shown)

    def _wait(self, node: NodeId, owner: str) -> None:
        if node in self._tasks:
            self._progress.update(self._tasks[node], facts=f"{owner} runs it")
        super()._wait(node, owner)

    def _end(self, node: NodeId) -> None:
        self._drop(node)
        if _ALL in self._tasks:
            self._progress.advance(self._tasks[_ALL])

    def _drop(self, node: NodeId) -> None:
        if node in self._tasks:
            self._progress.remove_task(self._tasks.pop(node))

    def _line(self, word: str, node: NodeId, more: str, tone: Tone) -> None:
        style = _STYLES[tone]
        name = f"{shortened(node, self._name_width):<{self._name_width}}"
        self._draw(Text.assemble((f"{word:<5}", style or "cyan"), f"{name}  ", (more, style)))

    def _print(self, line: str, tone: Tone) -> None:
        self._draw(Text(line, style=_STYLES[tone]))

    def _draw(self, line: Text) -> None:
        # On a terminal a line stays a line; a log is searched, and holds every word.
        self._console.print(line, overflow="ellipsis", no_wrap=True)


class _Row(ProgressColumn):
    """A node that runs: name, bar with steps where it tells them, time, facts; cut at its end where it is narrow."""

    def __init__(self, width: int) -> None:
        super().__init__(Column(no_wrap=True, overflow="ellipsis"))
        self._bar = _BAR if width >= _WIDE else _BAR // 2 if width >= _NARROW else 0
        self._name = min(NAME_WIDTH, max(10, width // 3))

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
