"""Traces keep the rules of the format, whatever becomes of the build."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.errors import ExitCode, Problem, RecipeError
from graphbuild.execution.events import (
    BuildStarted,
    NodeDiverged,
    NodeFailed,
    NodeFinished,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
)
from graphbuild.execution.stages import Stage, StageEnded, now
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import NodeId
from graphbuild.report.trace import Trace
from graphbuild.store.interface import Holder
from tests.conftest import Workspace
from tests.report.toy_graphs import assistant, edited
from tests.report.traces import read, spans

PLAN = edited(assistant())
INTENT, MEMO = NodeId("intent:train"), NodeId("memo:train")
RECIPE = """
nodes:
  read: {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  all:  {uses: "tests.toys:Concat", needs: {texts: read}, with: {tag: all}}
  fail: {uses: "tests.toys:Fail", needs: {text: all}, with: {tag: fail, when: "%s"}}
  last: {uses: "tests.toys:Upper", needs: {text: fail}, with: {tag: last}}
targets: {model: [last]}
"""


def begin(workspace: Workspace) -> Path:
    """A project whose build fails while the file exists that is returned."""
    when = workspace.project.parent / "when"
    workspace.recipe(RECIPE % when)
    for number in range(3):
        workspace.write(f"data/{number}.txt", f"word{number}")
    return when


def traced(workspace: Workspace, **options: object) -> Path:
    path = workspace.project.parent / "trace.json"
    with Trace(path) as trace:
        build(replace(workspace.request, **options), trace)  # type: ignore[arg-type]
    return path


def performed(began_at: float, *ends: float, process: int = 7) -> Performed:
    names = ("load code", "load inputs", "run", "store outputs")
    return Performed(began_at, ends[-1], process, None, tuple(zip(names, ends, strict=False)), {"output": 12})


def test_a_build_has_a_span_for_each_node_with_its_phases_and_for_each_stage(workspace: Workspace) -> None:
    begin(workspace)
    events = read(traced(workspace))
    found = spans(events)
    assert {"open", "read recipe", "compile", "plan", "hash sources", "run", "package"} <= found.keys()
    told = found["all:apply"]["args"]
    assert told["component"] == "tests.toys:Concat"
    assert told["operation"] == "apply"
    assert told["outcome"] == "run"
    assert told["verdict"] == "run"
    assert told["reasons"][0]["kind"] == "new"
    assert told["key"].startswith("blake3:")
    assert told["bytes"]["output"] > 0
    phases = [event["name"] for event in events if event["ph"] == "X" and event["tid"] == found["all:apply"]["tid"]]
    assert [phases.count(name) for name in ("load code", "load inputs", "run", "store outputs")] == [6, 6, 6, 6]
    assert max(event["args"]["nodes"] for event in events if event["ph"] == "C") == 1


def test_a_build_with_nothing_to_do_has_its_stages(workspace: Workspace) -> None:
    begin(workspace)
    workspace.build()
    assert spans(read(traced(workspace))).keys() == {"open", "plan", "hash sources", "package"}


def test_a_failure_is_in_the_trace(workspace: Workspace) -> None:
    begin(workspace).write_text("no such word")
    events = read(traced(workspace, keep_going=True))
    assert spans(events)["fail:apply"]["args"]["problem"] == "RuntimeError: no such word"
    assert {"fail:apply failed", "last:apply skipped"} <= {event["name"] for event in events if event["ph"] == "i"}


def test_an_error_of_the_recipe_leaves_a_trace(workspace: Workspace) -> None:
    workspace.recipe("nodes: {a: {uses: Nothing}}\n")
    with pytest.raises(RecipeError):
        traced(workspace)
    assert "compile" in spans(read(workspace.project.parent / "trace.json"))


@pytest.mark.slow
def test_each_worker_process_has_a_track(workspace: Workspace) -> None:
    begin(workspace)
    events = read(traced(workspace, jobs=2))
    owners = {event["args"]["name"] for event in events if event["name"] == "process_name"}
    assert owners == {"graphbuild", "worker"}


def test_the_file_is_valid_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    trace = Trace(path)
    assert read(path) == []
    trace(BuildStarted(PLAN))
    trace(NodeStarted(INTENT, PLAN.decisions[INTENT]))
    assert [event["ph"] for event in read(path)] == ["C"]
    trace.close()
    found = spans(read(path))
    assert found[INTENT]["args"]["outcome"] == "interrupted", "what was running when it ended is there"


def test_spans_of_clocks_that_differ_do_not_overlap(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    with Trace(path) as trace:
        at = now() + 1
        trace(BuildStarted(PLAN))
        for node, began_at in ((INTENT, at), (MEMO, at + 0.5)):
            trace(NodeStarted(node, PLAN.decisions[node]))
            ends: Sequence[float] = [began_at + step for step in (0.1, 0.2, 0.9, 1.0)]
            trace(NodeFinished(node, True, 1.0, PLAN.decisions[node], performed(began_at, *ends)))
    found = spans(read(path))
    assert found[MEMO]["ts"] == found[INTENT]["ts"] + found[INTENT]["dur"]


def test_waiting_and_what_is_odd_are_told(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    with Trace(path) as trace:
        trace(StageEnded(Stage.PLAN, now(), now()))
        trace(BuildStarted(PLAN))
        trace(NodeWaiting(INTENT, Holder(4711, "host", 0.0)))
        trace(NodeStarted(INTENT, PLAN.decisions[INTENT]))
        trace(NodeDiverged(INTENT))
        trace(NodeFailed(INTENT, (Problem("its worker died"),)))
        trace(NodeSkipped(MEMO, INTENT))
    names = {(event["ph"], event["name"]) for event in read(path)}
    assert {("b", f"wait for {INTENT}"), ("e", f"wait for {INTENT}")} <= names
    assert {("i", f"{INTENT} is not deterministic"), ("i", f"{INTENT} failed"), ("i", f"{MEMO} skipped")} <= names


def test_an_earlier_trace_is_replaced(workspace: Workspace) -> None:
    begin(workspace)
    path = traced(workspace)
    size = path.stat().st_size
    assert workspace.build().code is ExitCode.DONE
    assert traced(workspace).stat().st_size < size
    assert json.loads(path.read_text())
