from __future__ import annotations

import io
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.console import Console as RichConsole

from graphbuild.errors import Problem
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
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.report.console import Console
from graphbuild.report.lines import Lines
from graphbuild.report.summary import summary
from graphbuild.store.interface import Holder
from tests.golden import golden
from tests.report.toy_graphs import assistant, decision, edited, plan_of, result_of

PLAN = edited(assistant())
INTENT, MEMO = NodeId("intent:train"), NodeId("memo:train")


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def events() -> Iterable[Event]:
    two = Decision(
        Verdict.RUN, None, None, (*PLAN.decisions[INTENT].reasons, Reason(ReasonKind.SEED, "seed 1 -> 2")), 12.5
    )
    yield BuildStarted(PLAN)
    yield NodeStarted(INTENT, PLAN.decisions[INTENT])
    for epoch in range(1, 9):
        yield NodeProgress(INTENT, epoch, 8, {"loss": 1 / epoch, "accuracy": epoch / 8})
    yield NodeDiverged(INTENT)
    yield NodeFinished(INTENT, True, 11.25, two)
    yield NodeWaiting(NodeId("words:apply"), Holder(4711, "build-host", 0.0))
    yield NodeFinished(NodeId("words:apply"), False, 0.0, PLAN.decisions[NodeId("words:apply")])
    yield BlobHealed(NodeId("domain"))
    yield NodeFailed(MEMO, (Problem("no stories\nat all"),))
    yield NodeSkipped(NodeId("keras_policy_with_a_very_long_name:train"), MEMO)


def shown(*, verbose: bool = False, quiet: bool = False) -> str:
    stream = io.StringIO()
    with Lines(stream, verbose=verbose, quiet=quiet) as lines:
        for event in events():
            lines(event)
    return stream.getvalue()


def test_plain_lines_where_there_is_no_terminal() -> None:
    golden.check("console/plain.txt", shown())


def test_verbose_tells_every_epoch() -> None:
    golden.check("console/plain-verbose.txt", shown(verbose=True))


def test_quiet_says_nothing() -> None:
    assert shown(quiet=True) == ""


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_terminal_shows_what_runs_with_epochs_time_and_loss(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    clock = Clock()
    console = Console(Terminal(), width=width, clock=clock)
    console(BuildStarted(PLAN))
    for node, one in PLAN.decisions.items():
        if one.verdict is not Verdict.HIT:
            console(NodeStarted(node, one))
    console(NodeStarted(NodeId("words:apply"), decision(Verdict.RUN)))
    console(NodeWaiting(NodeId("words:apply"), Holder(4711, "host", 0.0)))
    clock.now = 4.0
    console(NodeProgress(INTENT, 25, 100, {"loss": 0.51234}))
    console(NodeFinished(MEMO, True, 0.01, PLAN.decisions[MEMO]))
    drawn = io.StringIO()
    RichConsole(file=drawn, width=width, force_terminal=False).print(console.live)
    lines = [line.rstrip() for line in drawn.getvalue().splitlines()]
    assert all(len(line) <= width for line in lines)
    golden.check(f"console/live-{width}.txt", "\n".join(lines) + "\n")


def test_a_terminal_keeps_a_line_to_its_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    console = Console(stream, width=40, clock=Clock())
    for event in events():
        console(event)
    plain = re.sub(r"\033\[[0-9;]*m", "", stream.getvalue())
    assert all(len(line) <= 40 for line in plain.splitlines())
    assert "\033[3" not in stream.getvalue(), "NO_COLOR is heard"


def test_no_more_rows_are_drawn_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("LINES", "8")
    console = Console(Terminal(), width=60, clock=Clock())
    console(BuildStarted(PLAN, 16))
    for number in range(12):
        console(NodeStarted(NodeId(f"node{number}:train"), PLAN.decisions[INTENT]))
    drawn = io.StringIO()
    RichConsole(file=drawn, width=60, force_terminal=False).print(console.live)
    lines = [line.rstrip() for line in drawn.getvalue().splitlines()]
    assert len(lines) == 7
    assert lines[-1] == "  and 7 more run"


@pytest.mark.parametrize(("width", "title"), [(40, "2 of 9 nodes to look at, 7 reused"), (80, "by earlier builds")])
def test_the_title_ends_where_a_word_does(width: int, title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    Console(stream, width=width, clock=Clock())(BuildStarted(PLAN))
    plain = re.sub(r"\033\[[0-9;]*m", "", stream.getvalue())
    assert plain.rstrip().endswith(title)


def test_the_summary_says_what_a_build_came_to() -> None:
    hits = result_of(plan_of(assistant()))
    ran = result_of(PLAN)
    package = Path("models/x.tar.gz")
    failed = result_of(PLAN, {INTENT: Outcome.FAILED, MEMO: Outcome.SKIPPED})
    lines = [
        summary(hits, package, False, 0.09),
        summary(hits, package, True, 0.3),
        summary(ran, package, True, 3.21),
        summary(ran, package, False, 75.0),
        summary(ran, None, False, 3.2),
        summary(failed, None, False, 3.2),
        summary(result_of(PLAN, interrupted=True), None, False, 3.2),
    ]
    golden.check("console/summaries.txt", "\n".join(lines) + "\n")
