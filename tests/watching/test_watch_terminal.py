"""What `graphbuild watch` says to people, on a terminal and in a pipe."""

from __future__ import annotations

import os
import sys

import pexpect
import pytest

from tests.conftest import ROOT, Workspace

RECIPE = """
nodes:
  text: {uses: "tests.toys:ReadText", reads: [data]}
  up:   {uses: "tests.toys:Concat", needs: {texts: text}}
targets: {model: [up]}
"""
COMMAND = [sys.executable, "-m", "graphbuild"]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_it_is_quiet_and_clear(workspace: Workspace, is_terminal: bool) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "a\n")
    words = [*COMMAND, "-C", str(workspace.project), "watch"]
    if not is_terminal:
        words = ["sh", "-c", 'exec "$@" 2>&1 | cat', "sh", *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    screen = pexpect.spawn(
        words[0], words[1:], env=environment, encoding="utf-8", timeout=120, dimensions=(30, 100), cwd=workspace.project
    )
    screen.expect(r"\d\d:\d\d:\d\d building")
    screen.expect("done: 2 ran, .*; new package models/")
    assert "run " not in (screen.before or ""), "no line for each node"
    screen.expect("waiting for changes")
    workspace.write("data/a.txt", "other\n")
    screen.expect(r"\d\d:\d\d:\d\d data/a.txt changed")
    screen.expect("done: 2 ran")
    assert "because of" not in (screen.before or ""), "it says nothing twice"
    workspace.recipe(RECIPE.replace("Concat", "Konkat"))
    screen.expect("graphbuild.yml changed")
    screen.expect("graphbuild.yml:5:")
    screen.expect("no .*Konkat")
    workspace.recipe(RECIPE)
    screen.expect("up to date: 2 reused")
    screen.sendintr()
    screen.expect(pexpect.EOF)
    assert "Traceback" not in (screen.before or "")
    screen.close()
    assert not is_terminal or screen.exitstatus == 130
