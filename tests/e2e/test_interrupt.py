"""Ctrl-C or SIGTERM ends a build with code 130 and keeps what had finished."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from graphbuild.store.maintenance import verify
from tests.conftest import Workspace
from tests.toys import calls

RECIPE = """
nodes:
  one:   {uses: "tests.toys:Constant", with: {tag: one, value: one}}
  loud:  {uses: "tests.toys:Upper", needs: {text: one}, with: {tag: loud}}
  slow:  {uses: "tests.toys:%s", needs: {text: loud}, with: {tag: slow, gate: "%s"}}
  after: {uses: "tests.toys:FirstLine", needs: {text: slow}, with: {tag: after}}
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
@pytest.mark.parametrize(
    ("toy", "jobs"), [("Slow", "1"), ("Slow", "2"), ("SlowCommand", "2")], ids=["in-process", "processes", "threads"]
)
def test_an_interrupted_build_keeps_what_had_finished(
    workspace: Workspace, toy: str, jobs: str, number: signal.Signals
) -> None:
    gate = workspace.project.parent / "gate"
    os.mkfifo(gate)
    workspace.recipe(RECIPE % (toy, gate))
    running = started(workspace, jobs, signal.default_int_handler)
    wait_for(workspace.log, f"{toy}.apply slow")
    running.send_signal(number)
    if toy == "SlowCommand":
        # A thread cannot be stopped: what it waits for must end.
        gate.write_text("")
    out, err = running.communicate(timeout=30)
    assert running.returncode == 130, err
    assert "interrupted: 2 ran" in out
    assert "Traceback" not in err
    assert not list(workspace.project.glob("models/*"))
    store = workspace.open()
    assert not verify(store).damaged
    assert not list((workspace.store / "locks").glob("*"))
    store.close()
    gate.unlink()
    workspace.expect("slow", "after")


def test_a_build_that_ctrl_c_does_not_reach_ends_by_sigterm(workspace: Workspace) -> None:
    """A shell that has no jobs lets those in the background ignore Ctrl-C."""
    gate = workspace.project.parent / "gate"
    os.mkfifo(gate)
    workspace.recipe(RECIPE % ("Slow", gate))
    running = started(workspace, "2", signal.SIG_IGN)
    wait_for(workspace.log, "Slow.apply slow")
    running.send_signal(signal.SIGINT)
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, "interrupted: 2 ran" in out) == (130, True), err


def started(workspace: Workspace, jobs: str, handler: Any, command: str = "build") -> subprocess.Popen[str]:
    """A build, which inherits whether Ctrl-C is ignored: these tests may run in the background themselves."""
    before = signal.signal(signal.SIGINT, handler)
    try:
        return workspace.start(command, "--jobs", jobs)
    finally:
        signal.signal(signal.SIGINT, before)


def wait_for(log: Path, line: str) -> None:
    """Returns when a toy has begun."""
    while line not in calls(log):
        os.sched_yield()
