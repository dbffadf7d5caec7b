"""The log of a build: JSON lines that say what happened, in order, also where it went wrong."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphbuild.builder import build
from graphbuild.errors import Problem, RecipeError
from graphbuild.execution.events import (
    BlobHealed,
    BuildStarted,
    Event,
    NodeDiverged,
    NodeFailed,
    NodeProgress,
    NodeResumed,
    NodeSkipped,
    NodeWaiting,
)
from graphbuild.graph.graph import NodeId
from graphbuild.report.build_log import VERSION, BuildLog
from graphbuild.store.interface import Holder
from tests.conftest import Workspace
from tests.report.toy_graphs import assistant, edited

INTENT, MEMO = NodeId("intent:train"), NodeId("memo:train")
RECIPE = """
nodes:
  one:  {uses: "tests.toys:Constant", with: {value: one, tag: one}}
  know: {uses: "tests.toys:LearnWords", needs: {examples: one, text: one}, with: {tag: know}}
targets: {model: [know]}
"""
PAGE = Path(__file__).parents[2] / "docs" / "timing.md"


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a log, each as docs/timing.md tells."""
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", PAGE.read_text(), flags=re.MULTILINE))
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    for line in found:
        assert line["v"] == VERSION
        fields = {"v", "at", "build", "event"}
        documented = set(re.findall(r"`(\w+)`", told[line["event"]]))
        assert set(line) - fields <= documented, line["event"]
    return found


def logged(workspace: Workspace, **options: Any) -> list[dict[str, Any]]:
    path = workspace.project.parent / "log.jsonl"
    with BuildLog(path) as log:
        build(replace(workspace.request, **options), log)
    return lines(path)


def test_a_build_from_its_plan_to_its_package(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    found = logged(workspace, measures_memory=True)
    events = [line["event"] for line in found if line["event"] != "stage"]
    ran = ["node_started", "node_finished"]
    assert events == [
        *("build_started", *ran, "node_started", "node_progress", "node_finished"),
        *("package_written", "build_finished"),
    ]
    by_event = {line["event"]: line for line in found}
    assert by_event["build_started"]["plan"] == {"one:apply": "run", "know:train": "pending"}
    assert by_event["node_progress"]["facts"] == {"examples": 1.0}
    assert by_event["node_finished"]["ran"] is True
    assert by_event["node_finished"]["bytes"]["state"] > 0
    assert by_event["build_finished"]["code"] == 0
    assert by_event["build_finished"]["nodes"] == {"hit": 0, "run": 2, "failed": 0, "skipped": 0}
    assert by_event["package_written"]["package"] == by_event["build_finished"]["package"]
    assert len({line["build"] for line in found}) == 1
    stages = {line["stage"] for line in found if line["event"] == "stage"}
    assert stages == {"open", "read recipe", "compile", "plan", "hash sources", "run", "package"}


def test_the_next_build_is_appended_under_a_name_of_its_own(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    first = logged(workspace)
    found = logged(workspace)
    assert found[: len(first)] == first
    assert [line["event"] for line in found[len(first) :] if line["event"] != "stage"] == [
        "build_started",
        "build_finished",
    ]
    assert len({line["build"] for line in found}) == 2


def test_an_error_before_anything_runs_has_the_last_word(workspace: Workspace) -> None:
    workspace.recipe("nodes: {a: {uses: Nothing}}\n")
    with pytest.raises(RecipeError):
        logged(workspace)
    last = lines(workspace.project.parent / "log.jsonl")[-1]
    assert last["event"] == "build_broken_off"
    assert last["code"] == 2
    assert "Nothing" in last["problems"][0]["what"]


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (ValueError("odd"), 1)])
def test_so_have_an_interruption_and_a_fault(tmp_path: Path, error: BaseException, code: int) -> None:
    path = tmp_path / "log.jsonl"
    with pytest.raises(type(error)), BuildLog(path):
        raise error
    assert [line["code"] for line in lines(path)] == [code]


def test_every_event_is_told_as_it_happens(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    told: list[Event] = [
        NodeProgress(INTENT, 1, 8, {"loss": 0.5}),
        NodeResumed(INTENT, 3, 8),
        NodeWaiting(INTENT, Holder(4711, "host", 0.0)),
        NodeDiverged(INTENT),
        NodeFailed(INTENT, (Problem("no words", hint="add some"),)),
        NodeSkipped(MEMO, INTENT),
        BlobHealed(MEMO),
    ]
    with BuildLog(path) as log:
        log(BuildStarted(edited(assistant()), 2))
        for number, event in enumerate(told):
            log(event)
            assert len(path.read_text().splitlines()) == number + 2, "each line is there at once"
    found = lines(path)
    assert [line["event"] for line in found[1:]] == [
        *("node_progress", "node_resumed", "node_waiting", "node_diverged", "node_failed", "node_skipped"),
        "node_healed",
    ]
    assert (found[2]["done"], found[2]["total"]) == (3, 8)
    assert found[5]["problems"][0]["hint"] == "add some"
    assert found[6]["because"] == INTENT
