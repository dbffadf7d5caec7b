"""A failing node is named with component, place and rerun command; the rest is kept, and failures are no results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graphbuild.builder import raise_failure
from graphbuild.errors import BuildFailed, ExitCode, Location
from graphbuild.execution.result import Outcome
from tests.conftest import ROOT, Workspace

RECIPE = """
nodes:
  one:   {uses: "tests.toys:Constant", with: {tag: one, value: one}}
  weak:  {uses: "tests.toys:Fail", needs: {text: one}, with: {tag: weak, when: "%s"%s}}
  after: {uses: "tests.toys:Concat", needs: {texts: weak}, with: {tag: after}}
  far:   {uses: "tests.toys:Concat", needs: {texts: after}, with: {tag: far, separator: "-"}}
  other: {uses: "tests.toys:Upper", needs: {text: one}, with: {tag: other}}
  last:  {uses: "tests.toys:FirstLine", needs: {text: other}, with: {tag: last}}
"""


@pytest.fixture
def failing(workspace: Workspace) -> Path:
    """A project whose node `weak` fails while this file exists."""
    when = workspace.project.parent / "when"
    when.write_text("no more room")
    workspace.recipe(RECIPE % (when, ""))
    return when


def test_the_problem_names_node_component_place_and_rerun(workspace: Workspace, failing: Path) -> None:
    report = workspace.build()
    assert report.code is ExitCode.FAILED
    assert report.model is None
    assert not (workspace.project / "models").exists()
    (problem,) = report.problems
    assert problem.what == "RuntimeError: no more room"
    assert problem.location is not None
    assert problem.location.path == str(ROOT / "tests/toys.py")
    assert "raise RuntimeError(message)" in (ROOT / "tests/toys.py").read_text().splitlines()[problem.location.line - 1]
    assert problem.facts == (
        ("node", "weak:apply"),
        ("component", "tests.toys:Fail"),
        ("to run it alone", f"graphbuild -C {workspace.project} build -f graphbuild.yml weak:apply"),
    )
    with pytest.raises(BuildFailed, match="no more room"):
        raise_failure(report)


def test_the_rerun_command_runs_that_node_alone(workspace: Workspace, failing: Path) -> None:
    command = dict(workspace.build().problems[0].facts)["to run it alone"]
    workspace.ran()
    ended = workspace.run(*command.split()[1:])
    assert ended.returncode == 1
    assert "no more room" in ended.stderr
    assert workspace.ran() == ["weak"]
    failing.unlink()
    assert workspace.run(*command.split()[1:]).returncode == 0
    assert workspace.ran() == ["weak"]


def test_the_rerun_command_has_the_options_that_were_given(workspace: Workspace, failing: Path, tmp_path: Path) -> None:
    def command(**options: Any) -> str | None:
        return dict(workspace.build(**options).problems[0].facts).get("to run it alone")

    recipe = workspace.project / "graphbuild.yml"
    recipe.write_text(f"{recipe.read_text()}vars: {{domain: domain.yml, data: [data], more: 1}}\n")
    variables = {"domain": "my domain.yml", "data": ["a.yml", "b"]}
    there = f"graphbuild -C {workspace.project}"
    options = "--domain 'my domain.yml' --data a.yml --data b"
    assert command(variables=variables) == f"{there} build -f graphbuild.yml {options} weak:apply"
    assert command(store=tmp_path / "s") == f"{there} --store {tmp_path / 's'} build -f graphbuild.yml weak:apply"
    # No option sets other variables.
    assert command(variables={"more": 2}) is None


def test_in_the_folder_of_the_project_no_other_is_named(
    workspace: Workspace, failing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workspace.project)
    (problem,) = workspace.build().problems
    assert dict(problem.facts)["to run it alone"] == "graphbuild build -f graphbuild.yml weak:apply"


def test_data_errors_keep_their_own_place_and_hint(workspace: Workspace, failing: Path) -> None:
    workspace.recipe(RECIPE % (failing, ', at: "data/nlu.yml:3"'))
    (problem,) = workspace.build().problems
    assert problem.what == "no more room"
    assert problem.location == Location("data/nlu.yml", 3)
    assert problem.hint == "do as the hint says"
    assert dict(problem.facts)["node"] == "weak:apply"


def test_keep_going_runs_all_that_does_not_depend_on_it(workspace: Workspace, failing: Path) -> None:
    report = workspace.build(keep_going=True)
    assert workspace.ran() == ["last", "one", "other", "weak"]
    outcomes = {name.partition(":")[0]: one.outcome for name, one in report.result.nodes.items()}
    assert outcomes == {
        "one": Outcome.RUN,
        "weak": Outcome.FAILED,
        "after": Outcome.SKIPPED,
        "far": Outcome.SKIPPED,
        "other": Outcome.RUN,
        "last": Outcome.RUN,
    }
    assert [event.because for event in workspace.events if type(event).__name__ == "NodeSkipped"] == [
        "weak:apply",
        "weak:apply",
    ]


def test_without_it_the_build_stops_and_what_had_finished_is_kept(workspace: Workspace, failing: Path) -> None:
    report = workspace.build()
    ran = workspace.ran()
    assert report.result.nodes["weak:apply"].outcome is Outcome.FAILED
    failing.unlink()
    rest = [tag for tag in ("after", "far", "last", "one", "other", "weak") if tag == "weak" or tag not in ran]
    workspace.expect(*rest)


def test_c15_a_failure_is_never_recorded(workspace: Workspace, failing: Path) -> None:
    for _ in range(2):
        assert workspace.build(keep_going=True).code is ExitCode.FAILED
        assert "weak" in workspace.ran()
    failing.unlink()
    workspace.expect("weak", "after", "far")
    failing.write_text("again")
    workspace.expect()


def test_two_failures_are_both_told(workspace: Workspace, failing: Path) -> None:
    workspace.recipe(RECIPE.replace('"tests.toys:FirstLine"', '"tests.toys:Liar"').replace(
        "needs: {text: other}, ", "") % (failing, ""))  # fmt: skip
    report = workspace.build(keep_going=True)
    assert sorted(dict(problem.facts)["node"] for problem in report.problems) == ["last:apply", "weak:apply"]
    (liar,) = [problem for problem in report.problems if "Liar" in problem.what]
    assert "must make JsonValue.v1 at port `output`, not WordCounts" in liar.what


def test_the_command_line_shows_it_and_ends_with_one(workspace: Workspace, failing: Path) -> None:
    ended = workspace.run("build", "--keep-going")
    assert ended.returncode == 1
    assert "error: RuntimeError: no more room" in ended.stderr
    assert "build -f graphbuild.yml weak:apply" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    document = json.loads(workspace.run("build", "--keep-going", "--json").stdout)
    assert document["code"] == 1
    assert document["problems"]


def test_c16_a_worker_process_that_dies_fails_its_node_only(workspace: Workspace) -> None:
    when = workspace.project.parent / "when"
    when.write_text("")
    workspace.recipe(RECIPE.replace("Fail", "Crash") % (when, ""))
    ended = workspace.run("build", "--jobs", "2", "--keep-going")
    assert ended.returncode == 1
    assert "the worker process ended before the action did" in ended.stderr
    when.unlink()
    ended = workspace.run("build", "--jobs", "2")
    assert ended.returncode == 0, ended.stderr


def test_tasks_beside_one_that_kills_its_worker_are_run_again(workspace: Workspace) -> None:
    """Whoever ran when the process died is tried again alone: only the guilty node fails."""
    when = workspace.project.parent / "when"
    when.write_text("")
    innocent = "\n".join(
        f'  n{number}: {{uses: "tests.toys:Constant", with: {{tag: n{number}, value: "{number}"}}}}'
        for number in range(8)
    )
    workspace.recipe(f'\nnodes:\n  bad: {{uses: "tests.toys:Crash", with: {{tag: bad, when: "{when}"}}}}\n{innocent}\n')
    ended = workspace.run("build", "--jobs", "2", "--keep-going", "--json")
    document = json.loads(ended.stdout)
    outcomes = {node["node"]: node["decision"] for node in document["nodes"]}
    assert outcomes.pop("bad:apply") == "failed"
    assert set(outcomes.values()) == {"run"}
    assert len(document["problems"]) == 1


def test_what_is_wrong_with_files_is_told_of_all_files_at_once(workspace: Workspace) -> None:
    """Without --keep-going too; nothing that needs them begins."""
    workspace.recipe(
        "nodes:\n"
        "  read: {uses: 'tests.toys:ReadText', reads: data, with: {tag: read}}\n"
        "  all:  {uses: 'tests.toys:Concat', needs: {texts: read}, with: {tag: all}}\n"
        "  last: {uses: 'tests.toys:Constant', with: {tag: last, value: x}}\n"
    )
    for name in "abc":
        workspace.write(f"data/{name}.txt", name).write_bytes(b"\xff" if name != "b" else b"fine")
    report = workspace.build(jobs=1)
    assert [problem.what.split(":")[0] for problem in report.problems] == ["UnicodeDecodeError"] * 2
    outcomes = {str(name): node.outcome for name, node in report.result.nodes.items()}
    assert outcomes["read@data/b.txt"] is Outcome.RUN
    assert outcomes["all:apply"] is Outcome.SKIPPED
