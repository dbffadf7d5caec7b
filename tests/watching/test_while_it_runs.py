"""Files that are saved while a build runs: what is still asked for goes on, what is not is stopped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.toys import tags
from tests.watching.watcher import Watcher, ran

PATIENT = '''
from pathlib import Path
import time
from dataclasses import dataclass
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

class Patient(Component):
    """Tells of steps until a file is there."""
    kind = "toy"

    @dataclass(frozen=True)
    class Config(Options):
        gate: str = option("", "The file.", display_only=True)

    def apply(self, text: JsonValue) -> JsonValue:
        Path(self.config.gate + ".begun").touch()
        while not Path(self.config.gate).exists():
            self.context.progress(1, 2, {})
            time.sleep(0.01)
        return text
'''
RECIPE = """
nodes:
  a:    {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: a}}
  b:    {uses: "tests.toys:ReadText", reads: [b.txt], with: {tag: b}}
  slow: {uses: "patient:Patient", needs: {text: a}, with: {gate: "%s"}}
  last: {uses: "tests.toys:Concat", needs: {texts: [slow, b]}, with: {tag: last}}
targets: {model: [last]}
"""


@pytest.fixture
def gate(workspace: Workspace) -> Path:
    """A file that lets the slow node end."""
    gate = workspace.project.parent / "gate"
    workspace.write("patient.py", PATIENT)
    workspace.write("a.txt", "a\n")
    workspace.write("b.txt", "b\n")
    workspace.recipe(RECIPE % gate)
    return gate


def begun(gate: Path) -> None:
    """Waits until the slow node runs."""
    mark = gate.with_name("gate.begun")
    while not mark.exists():
        os.sched_yield()
    mark.unlink()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_reads_the_file_is_stopped(workspace: Workspace, gate: Path, jobs: str) -> None:
    with Watcher(workspace.project, "--jobs", jobs, log=workspace.log) as watcher:
        begun(gate)
        workspace.write("a.txt", "other\n")
        stopped = watcher.next()
        assert stopped["superseded"]
        assert stopped["code"] == 130
        begun(gate)
        gate.touch()
        done = watcher.next()
        assert done["code"] == 0
        assert done["changed"] == ["a.txt"]
        assert "slow:apply" in ran(done)
        assert watcher.end() == 130
    # In another process `b` may have been in the midst of it as well.
    again = ["b"] if jobs == "2" and tags(workspace.log).count("b") == 2 else []
    assert tags(workspace.log) == ["a", "a", "b", *again, "last"]


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_does_not_read_it_goes_on(workspace: Workspace, gate: Path, jobs: str) -> None:
    with Watcher(workspace.project, "--jobs", jobs) as watcher:
        begun(gate)
        workspace.write("b.txt", "other\n")
        workspace.recipe(RECIPE % gate + "# a comment, which is no change\n")
        gate.touch()
        found = [watcher.next()]
        while "b.txt" not in found[-1]["changed"]:
            found.append(watcher.next())
        assert found[-1]["code"] == 0
        assert sum("slow:apply" in ran(one) for one in found) == 1
    assert not gate.with_name("gate.begun").exists(), "it began once"


def test_ctrl_c_ends_a_build_at_once(workspace: Workspace, gate: Path) -> None:
    with Watcher(workspace.project) as watcher:
        begun(gate)
        watcher.process.send_signal(2)
        assert watcher.next()["code"] == 130
        assert watcher.process.wait(60) == 130
