"""What nodes say while they run, and when they began: kept with the record of the build, and printed as ever."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from graphbuild.execution.saying import LIMIT, Said, heard
from graphbuild.history.record import BuildRecord
from graphbuild.inspecting import build_named
from graphbuild.store.local import open_store
from tests.cli.command_line import run
from tests.conftest import Workspace

RECIPE = """
nodes:
  one:  {uses: "tests.toys:Talk", with: {text: one%s}}
  two:  {uses: "tests.toys:Constant", with: {value: two}}
  both: {uses: "tests.toys:Concat", needs: {texts: [one, two]}}
targets: {model: [both]}
"""
ALL = ["one on output", "one on errors", "one in the log", "one from a thread"]


def record(workspace: Workspace, name: str = "last") -> BuildRecord:
    return build_named(workspace.request, name)


@pytest.mark.parametrize("jobs", [1, 2])
def test_it_is_kept_and_still_printed(
    workspace: Workspace, jobs: int, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    workspace.recipe(RECIPE % "")
    workspace.build(jobs=jobs)
    found = {node.name: node for node in record(workspace).nodes.values()}
    assert all(line in (found["one"].said or "") for line in ALL)
    assert found["two"].said is None
    printed = capfd.readouterr()
    assert "one on output" in printed.out
    assert "one on errors" in printed.err
    assert "one from a thread" in printed.out
    if jobs == 1:
        assert "one in the log" in caplog.text


def test_it_changes_no_key_and_no_output(workspace: Workspace) -> None:
    workspace.recipe(RECIPE % "")
    first = workspace.build()
    workspace.recipe(RECIPE % ", times: 9")
    second = workspace.build(force=True)
    assert {one: node.outputs for one, node in first.result.nodes.items()} == {
        one: node.outputs for one, node in second.result.nodes.items()
    }
    assert not second.result.diverged


def test_the_end_of_much_is_kept() -> None:
    said = Said()
    for number in range(50_000):
        said.add(f"{number}\n")
    text = said.text()
    assert text is not None
    assert text.endswith("49999\n")
    assert len(text) < LIMIT + 100
    head = text.partition("\n")[0]
    assert head == f"... {sum(len(f'{one}') + 1 for one in range(50_000)) - LIMIT:,} characters before this"
    said = Said()
    said.add("x" * (3 * LIMIT))
    assert (said.text() or "").startswith(f"... {2 * LIMIT:,} characters")


def test_streams_are_as_before_when_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    with heard() as outer, heard() as inner:
        print("both run: this thread began the second last")
    assert sys.stdout is stream
    assert (outer.text(), inner.text()) == (None, stream.getvalue())


def test_a_failed_node_shows_what_it_said(workspace: Workspace) -> None:
    workspace.recipe(RECIPE % ", fails: true")
    failed = run("-C", workspace.project, "build", "--log", workspace.project.parent / "log.jsonl")
    assert failed.code == 1
    lines = (workspace.project.parent / "log.jsonl").read_text().splitlines()
    (event,) = [one for one in map(json.loads, lines) if one["event"] == "node_failed"]
    assert "one on output" in event["said"]
    shown = run("-C", workspace.project, "builds", "show")
    assert "the last that one:apply said\n  one on output\n" in shown.out
    assert run("-C", workspace.project, "builds", "show", "--said", "one").out.startswith("one on output\n")
    wrong = run("-C", workspace.project, "builds", "show", "--said", "onee")
    assert wrong.code == 2
    assert "did you mean `one`?" in wrong.err
    page = workspace.project.parent / "page.html"
    assert run("-C", workspace.project, "graph", "--last", "--format", "html", "-o", page).code == 0
    assert "one on output" in page.read_text()


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_earlier_build_has_a_trace(workspace: Workspace, jobs: int, tmp_path: Path) -> None:
    workspace.recipe(RECIPE % "")
    workspace.build(jobs=jobs)
    kept = record(workspace)
    began = [kept.nodes[node].span for node in kept.nodes]
    assert all(one is not None and 0 <= one.began_s <= one.ended_s <= kept.wall_s for one in began)
    path = tmp_path / "trace.json"
    assert run("-C", workspace.project, "builds", "show", "--trace", path).code == 0
    spans = {one["name"]: one for one in json.loads(path.read_text())["traceEvents"] if one["ph"] == "X"}
    assert {"one:apply", "two:apply", "both:apply", "graphbuild.yml"} <= spans.keys()
    assert spans["both:apply"]["ts"] >= spans["one:apply"]["ts"] + spans["one:apply"]["dur"]
    assert spans["one:apply"]["args"]["said"].startswith("one on output")


def test_records_from_before_have_neither(workspace: Workspace) -> None:
    workspace.recipe(RECIPE % "")
    workspace.build()
    store = open_store(workspace.store)
    rows = store._database.rows("SELECT scope, name, record FROM builds")
    ((scope, name, _),) = rows
    document = json.loads(store.builds.records(scope)[name])
    del document["ran"]
    parts = store.builds.parts([*document["states"], document["told"]])
    parts |= store.builds.parts([document["graph"]])
    name = document["id"] = "29990101-000000-000000"
    store.builds.add(scope, name, json.dumps(document).encode(), parts, keep=9)
    store.close()
    old = record(workspace)
    assert old.id == name
    assert all(node.span is None and node.said is None for node in old.nodes.values())
