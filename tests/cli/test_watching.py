"""`--trace`, `--log`, `--profile`: from the command line, for builds that succeed, fail, and have nothing to do."""

from __future__ import annotations

import io
import json
import os
import pstats
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from graphbuild.cli.colours import draws_on, has_colours
from tests.cli.command_line import run
from tests.conftest import Workspace
from tests.report.traces import read, spans
from tests.toys import calls

RECIPE = """
nodes:
  one:  {uses: "tests.toys:Constant", with: {value: one, tag: one}}
  fail: {uses: "tests.toys:Fail", needs: {text: one}, with: {tag: fail, when: "%s"}}
  slow: {uses: "tests.toys:%s", needs: {text: fail}, with: {tag: slow, gate: "%s"}}
targets: {model: [slow]}
"""
SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"


def begin(workspace: Workspace, toy: str = "Slow") -> tuple[Path, Path]:
    """A project; a file while which exists its build fails, and a gate that is not there."""
    when, gate = workspace.project.parent / "when", workspace.project.parent / "gate"
    workspace.recipe(RECIPE % (when, toy, gate))
    return when, gate


def events(path: Path) -> list[str]:
    return [json.loads(line)["event"] for line in path.read_text().splitlines()]


def test_a_build_is_traced_logged_and_profiled(workspace: Workspace) -> None:
    begin(workspace)
    trace, log, folder = (workspace.project.parent / name for name in ("trace.json", "log.jsonl", "calls"))
    asked = ("--trace", trace, "--log", log, "--profile", "--profile-calls", folder)
    ran = run("-C", workspace.project, "build", *asked)
    assert ran.code == 0, ran.err
    assert "slow:apply" in spans(read(trace))
    assert events(log)[-1] == "build_finished"
    assert "longest chain" in ran.out
    assert ran.out.splitlines()[-1].startswith("done: 3 ran"), "the summary is the last word"
    assert sorted(path.name for path in folder.iterdir()) == [f"{n}-apply.pstats" for n in ("fail", "one", "slow")]
    assert pstats.Stats(str(folder / "one-apply.pstats")).total_calls > 0  # type: ignore[attr-defined]


def test_files_that_options_name_are_below_the_folder_of_the_project(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(workspace)
    workspace.write("domain.yml", "intents: [hi]\n")
    workspace.write("data/nlu.yml", "nlu:\n- intent: hi\n  examples: |\n    - hi\n    - hello\n")
    here = workspace.project.parent
    monkeypatch.chdir(here)
    files = ("trace.json", "log.jsonl", "graph.svg", "schema.json", "found.sarif", "past.json")
    trace, log, graph, schema, found, past = files
    for line in (
        ("build", "--trace", trace, "--log", log, "--profile-calls", "calls"),
        ("graph", "--format", "svg", "-o", graph),
        ("schema", "-o", schema),
        ("validate", "--sarif", found),
        ("builds", "show", "--trace", past),
    ):
        ran = run("-C", workspace.project.name, *line)
        assert ran.code == 0, ran.err
    for name in (*files, "calls"):
        assert (workspace.project / name).exists(), name
        assert not (here / name).exists(), name


def test_with_json_the_document_stands_alone(workspace: Workspace) -> None:
    begin(workspace)
    trace = workspace.project.parent / "trace.json"
    ran = run("-C", workspace.project, "build", "--json", "--trace", trace, "--profile")
    assert ran.document["code"] == 0
    assert "longest chain" in ran.err
    assert "one:apply" in spans(read(trace))


def test_a_failure_and_an_error_of_the_recipe_are_logged(workspace: Workspace) -> None:
    when, _ = begin(workspace)
    when.write_text("told to")
    trace, log = workspace.project.parent / "trace.json", workspace.project.parent / "log.jsonl"
    assert run("-C", workspace.project, "build", "--trace", trace, "--log", log).code == 1
    assert "node_failed" in events(log)
    read(trace)
    workspace.recipe("nodes: {a: {uses: Nothing}}\n")
    assert run("-C", workspace.project, "build", "--trace", trace, "--log", log).code == 2
    assert events(log)[-1] == "build_broken_off"
    read(trace)


@pytest.mark.parametrize("option", ["--trace", "--log"])
def test_a_file_that_cannot_be_written_is_told_before_anything_runs(workspace: Workspace, option: str) -> None:
    begin(workspace)
    for path in (workspace.project, workspace.project / "no" / "folder"):
        ran = run("-C", workspace.project, "build", option, path)
        assert ran.code == 2
        assert f"cannot write to {path}" in ran.err
    assert calls(workspace.log) == []


def test_a_disk_that_is_full_ends_the_log_and_not_the_build(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphbuild.report.build_log import BuildLog

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    begin(workspace)
    monkeypatch.setattr(BuildLog, "__call__", full)
    ran = run("-C", workspace.project, "build", "--log", workspace.project.parent / "log.jsonl")
    assert ran.code == 0
    assert ran.err == "warning: the BuildLog ends here: No space left on device\n"


@pytest.mark.parametrize(
    ("toy", "jobs"), [("Slow", "1"), pytest.param("Slow", "2", marks=pytest.mark.slow)], ids=["one", "two"]
)
def test_ctrl_c_in_a_terminal_leaves_a_trace_and_a_log_and_is_quiet(workspace: Workspace, toy: str, jobs: str) -> None:
    """A terminal tells every process of the build."""
    _, gate = begin(workspace, toy)
    os.mkfifo(gate)
    trace, log = workspace.project.parent / "trace.json", workspace.project.parent / "log.jsonl"
    running = subprocess.Popen(
        workspace.command("build", "--jobs", jobs, "--trace", str(trace), "--log", str(log)),
        env=workspace.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while f"{toy}.apply slow" not in calls(workspace.log):
        os.sched_yield()
    read(trace)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err == ""
    assert "interrupted: 2 ran" in out
    assert spans(read(trace))["slow:apply"]["args"]["outcome"] == "interrupted"
    assert events(log)[-1] == "build_finished"
    gate.unlink()


def test_spans_go_where_the_environment_says(workspace: Workspace) -> None:
    begin(workspace)
    ran = workspace.run("build", OTEL_TRACES_EXPORTER="console", OTEL_SERVICE_NAME="robot")
    assert ran.returncode == 0, ran.stderr
    for said in ('"name": "slow:apply"', '"name": "graphbuild build"', '"service.name": "robot"'):
        assert said in ran.stdout


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"OTEL_TRACES_EXPORTER": "none"}, ""),
        ({"OTEL_SERVICE_NAME": "robot"}, ""),
        ({"OTEL_TRACES_EXPORTER": "console", "OTEL_SDK_DISABLED": "true"}, ""),
        ({"OTEL_TRACES_EXPORTER": "nowhere"}, "warning: no OpenTelemetry exporter nowhere is installed\n"),
    ],
)
def test_no_spans_where_they_go_nowhere(workspace: Workspace, variables: dict[str, str], says: str) -> None:
    begin(workspace)
    ran = workspace.run("build", **variables)
    assert ran.returncode == 0
    assert "trace_id" not in ran.stdout
    assert ran.stderr == says


class Stream(io.StringIO):
    """A stream that is a terminal, or not."""

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("is_terminal", "variables", "draws", "colours"),
    [
        (True, {}, True, True),
        (False, {}, False, False),
        (True, {"NO_COLOR": "1"}, True, False),
        (False, {"FORCE_COLOR": "1"}, False, True),
        (False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        (True, {"FORCE_COLOR": "0"}, True, False),
        (True, {"TERM": "dumb"}, False, False),
        (True, {"TERM": "dumb", "FORCE_COLOR": "1"}, False, True),
        (True, {"TTY_COMPATIBLE": "0"}, False, False),
        (False, {"TTY_COMPATIBLE": "1"}, True, True),
    ],
)
def test_what_is_drawn_and_coloured(
    is_terminal: bool, variables: dict[str, str], draws: bool, colours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert draws_on(Stream(is_terminal)) is draws
    assert has_colours(Stream(is_terminal)) is colours


def test_colours_in_a_log_on_demand(workspace: Workspace) -> None:
    when, _ = begin(workspace)
    when.write_text("told to")
    ran = workspace.run("build", FORCE_COLOR="1")
    assert "\033[1;31mFAIL" in ran.stdout
    assert "\033[31merror:" in ran.stderr
    assert "\033[2K" not in ran.stdout, "nothing is drawn over"
    ran = workspace.run("build", FORCE_COLOR="1", NO_COLOR="1")
    assert "\033[" not in ran.stdout + ran.stderr


def test_a_test_of_both_halves_is_one_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    project = tmp_path / "project"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (project / "config.yml").write_text("language: en\npipeline:\n- name: WhitespaceTokenizer\n"
        "- name: KeywordIntentClassifier\npolicies:\n- name: MemoizationPolicy\n")  # fmt: skip
    trace, log = tmp_path / "trace.json", tmp_path / "log.jsonl"
    ran = run("-C", project, "test", "-c", "config.yml", "--no-plot", "--trace", trace, "--log", log)
    assert ran.code == 0, ran.err
    found = [event["name"] for event in read(trace) if event["ph"] == "X"]
    assert found.count("run") >= 2, "both builds are in it"
    assert events(log).count("build_finished") >= 2
