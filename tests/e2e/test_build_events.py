"""What a build tells of its time: its stages, and where and how each node was performed."""

from __future__ import annotations

import itertools
import os
import sys

import pytest

from graphbuild.errors import ExitCode
from graphbuild.execution.events import BuildStarted, NodeFailed, NodeFinished, PackageWritten
from graphbuild.execution.stages import BuildEnded, StageEnded
from graphbuild.execution.task import Performed
from tests.conftest import Workspace

RECIPE = """
nodes:
  one:  {uses: "tests.toys:Constant", with: {value: one, tag: one}}
  wait: {uses: "tests.toys:SlowCommand", needs: {text: one}, with: {tag: wait}}
  fail: {uses: "tests.toys:Fail", needs: {text: wait}, with: {tag: fail, when: "%s"}}
targets: {model: [fail]}
"""
OUTER = ["open", "plan", "run", "package"]


def begin(workspace: Workspace) -> None:
    workspace.recipe(RECIPE % (workspace.project / "when"))


def stages(workspace: Workspace) -> list[str]:
    return [event.stage.value for event in workspace.events if isinstance(event, StageEnded)]


def performed(workspace: Workspace) -> dict[str, Performed]:
    found = {}
    for event in workspace.events:
        if isinstance(event, NodeFinished | NodeFailed) and event.performed is not None:
            found[str(event.node)] = event.performed
    return found


def test_a_build_tells_its_stages_inner_ones_before_what_they_are_in(workspace: Workspace) -> None:
    begin(workspace)
    workspace.build()
    assert stages(workspace) == ["read recipe", "compile", "open", "hash sources", "plan", "run", "package"]
    outer = [event for event in workspace.events if isinstance(event, StageEnded) and event.stage.value in OUTER]
    assert all(one.began_at <= one.ended_at <= after.began_at for one, after in itertools.pairwise(outer))


def test_a_build_with_nothing_to_do_tells_that_it_ended(workspace: Workspace) -> None:
    begin(workspace)
    workspace.build()
    report = workspace.build()
    assert stages(workspace) == ["open", "hash sources", "plan", "package"]
    assert [type(event) for event in workspace.events[-2:]] == [StageEnded, BuildEnded]
    ended = workspace.events[-1]
    assert isinstance(ended, BuildEnded)
    assert (ended.code, ended.model, ended.is_new) == (ExitCode.DONE, report.model, False)
    assert ended.wall_s == report.wall_s
    assert not any(isinstance(event, BuildStarted | PackageWritten) for event in workspace.events)


def test_each_node_tells_its_phases_in_order(workspace: Workspace) -> None:
    begin(workspace)
    workspace.build()
    one = performed(workspace)["one:apply"]
    assert [name for name, _ in one.phases] == ["load code", "load inputs", "run", "store outputs"]
    moments = [one.began_at, *(at for _, at in one.phases), one.ended_at]
    assert moments == sorted(moments)
    assert (one.process, one.thread) == (os.getpid(), None)
    assert one.sizes["output"] > 0
    assert one.peak_bytes is None, "nobody asked"


def test_a_node_that_fails_tells_how_far_it_came(workspace: Workspace) -> None:
    begin(workspace)
    workspace.write("when", "told to")
    workspace.build()
    assert [name for name, _ in performed(workspace)["fail:apply"].phases] == ["load code", "load inputs", "run"]
    ended = workspace.events[-1]
    assert isinstance(ended, BuildEnded)
    assert ended.code is ExitCode.FAILED


@pytest.mark.slow
def test_workers_tell_who_they_are(workspace: Workspace) -> None:
    begin(workspace)
    workspace.build(jobs=2, measures_memory=True)
    found = performed(workspace)
    assert found["one:apply"].process != os.getpid()
    assert found["wait:apply"].thread is not None
    if sys.platform == "linux":
        assert (found["one:apply"].peak_bytes or 0) > 1 << 20
