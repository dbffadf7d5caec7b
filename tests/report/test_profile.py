"""Where the time went, for builds made by hand."""

from __future__ import annotations

import pytest

from graphbuild.execution.events import BuildStarted, NodeFinished, NodeStarted, NodeWaiting
from graphbuild.execution.stages import BuildEnded, Stage, StageEnded
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import NodeId
from graphbuild.report import profile as module
from graphbuild.report.profile import Profile
from graphbuild.store.interface import Holder
from tests.golden import golden
from tests.report.toy_graphs import assistant, plan_of, result_of

GRAPH = assistant(files=8)
SECONDS = {"tokens:apply": 1.0, "words:train": 0.25, "words:apply": 2.0, "intent:train": 75.0, "memo:train": 3.0}
MIB = 1 << 20


def profiled(jobs: int, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """All nodes ran, each a moment after what it needs."""
    at = 100.0
    monkeypatch.setattr(module, "now", lambda: at)
    profile = Profile()
    profile(StageEnded(Stage.RECIPE, 99.0, 99.01))
    profile(StageEnded(Stage.OPEN, 99.0, 99.05))
    profile(StageEnded(Stage.PLAN, 99.05, 99.1))
    plan = plan_of(GRAPH)
    profile(BuildStarted(plan, jobs))
    profile(NodeWaiting(NodeId("domain"), Holder(4711, "host", 0.0)))
    for node in GRAPH.nodes:
        began_at, seconds = at, SECONDS.get(node, 0.001)
        at += seconds
        profile(NodeStarted(node, plan.decisions[node]))
        phases = (("load inputs", began_at + seconds / 4), ("run", at))
        peak = 300 * MIB if node == "intent:train" else None
        performed = Performed(began_at, at, 1, None, phases, peak_bytes=peak)
        profile(NodeFinished(node, True, seconds, plan.decisions[node], performed))
    profile(StageEnded(Stage.RUN, 100.0, 100.0 + (at - 100.0) / (1.02 if jobs > 1 else 1.0)))
    profile(BuildEnded(result_of(plan), 0, None, False, at - 99.0))  # type: ignore[arg-type]
    return profile


@pytest.mark.parametrize(("width", "jobs"), [(40, 1), (80, 2), (120, 2)])
def test_the_slowest_nodes_the_longest_chain_and_the_stages(
    width: int, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = profiled(jobs, monkeypatch).text(width)
    assert all(len(line) <= width for line in text.splitlines())
    golden.check(f"console/profile-{width}.txt", text)


def test_a_build_with_nothing_to_do_has_stages_alone() -> None:
    profile = Profile()
    assert profile.text() == ""
    profile(StageEnded(Stage.OPEN, 0.0, 0.25))
    assert profile.text() == "where the time went: 250 ms\nstages: open 250 ms\n"
