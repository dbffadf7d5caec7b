"""How long a build will still take: by chains, by jobs, and without jumps."""

from __future__ import annotations

import itertools
import re

import pytest

from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.time_left import TimeLeft
from tests.report.toy_graphs import decision, graph_of, node, plan_of

A, B, C, D = (NodeId(f"{name}:apply") for name in "abcd")


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def planned(**seconds: float | None) -> Plan:
    """a -> b -> c, and d by itself; nodes without seconds are hits."""
    graph = graph_of(
        node("a", "toy", "A"), node("b", "toy", "A", {"x": A}), node("c", "toy", "A", {"x": B}), node("d", "toy", "A")
    )
    return plan_of(graph, {f"{name}:apply": decision(Verdict.RUN, expected_s=took) for name, took in seconds.items()})


@pytest.mark.parametrize(
    ("jobs", "seconds", "text"),
    [
        (1, {"a": 10.0, "b": 10.0, "c": 10.0, "d": 30.0}, "about 60 s left"),
        (2, {"a": 10.0, "b": 10.0, "c": 10.0, "d": 40.0}, "about 40 s left"),
        (2, {"a": 10.0, "b": 10.0, "c": 40.0, "d": 10.0}, "about 60 s left"),
        (8, {"a": 100.0, "b": 100.0, "c": 100.0, "d": 1.0}, "about 5 min left"),
        (1, {"a": 0.1}, "about 1 s left"),
        (1, {"a": 10.0, "b": None}, "at least 10 s left, 1 unknown"),
        (1, {"a": 10.0, "b": None, "d": None}, "at least 10 s left, 2 unknown"),
        (1, {"a": None, "b": None}, "time left unknown"),
    ],
)
def test_the_first_estimate(jobs: int, seconds: dict[str, float | None], text: str) -> None:
    assert TimeLeft(planned(**seconds), jobs, Clock()).text() == text


def test_it_counts_down_while_a_node_runs_as_expected() -> None:
    clock, plan = Clock(), planned(a=10.0, b=20.0)
    left = TimeLeft(plan, 1, clock)
    left.start(A, plan.decisions[A])
    told = []
    for second in range(0, 10, 3):
        clock.now = float(second)
        told.append(left.text())
    assert told == ["about 30 s left", "about 27 s left", "about 24 s left", "about 21 s left"]
    clock.now = 10.0
    left.end(A)
    assert left.text() == "about 20 s left"


def test_a_node_that_takes_longer_never_has_less_than_nothing_left() -> None:
    clock, plan = Clock(), planned(a=10.0)
    left = TimeLeft(plan, 1, clock)
    left.start(A, plan.decisions[A])
    seen = []
    for tick in range(400):
        clock.now = tick / 10
        seen.append(seconds_in(left.text()))
    assert min(seen) >= 1
    assert seen[-1] >= 2, "it is known to be late"


def test_epochs_tell_more_than_earlier_builds() -> None:
    clock, plan = Clock(), planned(a=None)
    left = TimeLeft(plan, 1, clock)
    left.start(A, plan.decisions[A])
    assert left.text() == "time left unknown"
    for tick in range(1, 21):
        clock.now = float(tick)
        left.advance(A, tick, 100)
        told = left.text()
    assert seconds_in(told) == pytest.approx(80, abs=8)


def test_what_is_shown_moves_in_small_steps() -> None:
    """Half of the work turns out to be there already: the time falls, but not at once."""
    clock, plan = Clock(), planned(a=10.0, b=60.0, c=20.0, d=20.0)
    left = TimeLeft(plan, 1, clock)
    left.start(A, plan.decisions[A])
    shown = [seconds_in(left.text())]
    clock.now = 10.0
    for one in (A, B):
        left.end(one)
    left.start(C, plan.decisions[C])
    for tick in range(60):
        clock.now = 10.0 + tick / 10
        shown.append(seconds_in(left.text()))
    steps = [before - after for before, after in itertools.pairwise(shown[1:])]
    assert all(-1 <= step <= 20 for step in steps)
    assert shown[-1] == pytest.approx(34, abs=4)


def seconds_in(text: str) -> int:
    found = re.search(r"([0-9]+) s", text)
    assert found, text
    return int(found[1])


def test_what_was_done_before_is_not_taken_for_this_build_s_pace() -> None:
    clock, plan = Clock(), planned(a=100.0)
    left = TimeLeft(plan, 1, clock)
    left.start(A, plan.decisions[A])
    left.go_on(A, 60, 100)
    assert left.text() == "about 40 s left"
    clock.now = 20.0
    left.advance(A, 80, 100)
    assert left.text() == "about 20 s left"


def test_of_what_goes_on_and_never_ran_to_its_end_the_pace_alone_tells() -> None:
    clock, plan = Clock(), planned(a=None)
    left = TimeLeft(plan, 1, clock)
    left.start(A, plan.decisions[A])
    left.go_on(A, 60, 100)
    clock.now = 10.0
    left.advance(A, 70, 100)
    assert left.text() == "about 30 s left"
