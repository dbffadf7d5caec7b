"""A process that has built before makes what a new one makes: with changed code of the project, and with networks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from graphbuild.graph.graph import NodeId
from graphbuild.inspecting import build_named
from graphbuild.watching.rounds import Watch
from tests.conftest import ROOT, Workspace
from tests.watching.watcher import Watcher, ran

COMPONENT = """
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component

class Shout(Component):
    kind = "toy"

    def apply(self, text: JsonValue) -> JsonValue:
        from helper import shout  # when it runs, and not before

        return JsonValue(shout(text.value))
"""
HELPER = "def shout(text):\n    return text.upper() + {mark!r}\n"
RECIPE = """
nodes:
  text: {uses: "tests.toys:ReadText", reads: [a.txt]}
  loud: {uses: "component:Shout", needs: {text: text}}
targets: {model: [loud]}
"""


def cold(project: Path, store: Path, *options: str) -> Any:
    """The build of a new process and of a store that knows nothing."""
    words = ["--store", str(store), "-C", str(project), "build", "--no-package", "--json", *options]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    command = [sys.executable, "-m", "graphbuild", *words]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment).stdout)


def made(document: Any) -> dict[str, Any]:
    """What nodes made."""
    return {one["node"]: one["outputs"] for one in document["nodes"] if one["node"] != "package"}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_changed_code_is_what_runs(workspace: Workspace, tmp_path: Path, jobs: str) -> None:
    workspace.recipe(RECIPE)
    workspace.write("a.txt", "hello\n")
    workspace.write("component.py", COMPONENT)
    workspace.write("helper.py", HELPER.format(mark="!"))
    with Watcher(workspace.project, "--no-package", "--jobs", jobs) as watcher:
        first = watcher.next()
        for number, mark in enumerate("?."):
            workspace.write("helper.py", HELPER.format(mark=mark))
            found = watcher.next()
            assert ran(found) == ["loud:apply"]
            assert found["build"] == number + 2, "the new process goes on where the old one was"
            assert found["changed"] == ["helper.py"]
            assert made(found) == made(cold(workspace.project, tmp_path / mark))
            assert made(found) != made(first)
        workspace.write("component.py", "# what it does\n" + COMPONENT)
        assert watcher.next()["up_to_date"], "a comment"
        workspace.write("component.py", "class\n")
        assert "component.py" in str(watcher.next()["problems"])
        workspace.write("component.py", COMPONENT)
        assert watcher.next()["up_to_date"]
        assert watcher.end() == 130


WARNS = """
import warnings
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component

class Warns(Component):
    kind = "toy"

    def apply(self, text: JsonValue) -> JsonValue:
        warnings.warn("it is odd")
        return JsonValue(text.value.upper())
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_warnings_are_told_in_each_build(workspace: Workspace, jobs: str) -> None:
    workspace.recipe(RECIPE.replace("component:Shout", "odd:Warns"))
    workspace.write("a.txt", "hello\n")
    workspace.write("odd.py", WARNS)
    with Watcher(workspace.project, "--no-package", "--jobs", jobs) as watcher:
        watcher.next()
        for number in (2, 3):
            workspace.write("a.txt", f"hello {number}\n")
            assert ran(watcher.next()) == ["loud:apply", "text@a.txt"]
            assert watcher.errors().count("UserWarning: it is odd") == number
            said = build_named(workspace.request, "last").nodes[NodeId("loud:apply")].said
            assert said is not None
            assert "odd.py:10: UserWarning: it is odd" in said


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_networks_are_the_same_bytes(tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tmp_path / "project"
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (project / "graphbuild.yml").write_text("graphbuild: 1\nextends: default\nvars: {network_epochs: 2}\n")
    data = project / "data" / "nlu.yml"
    monkeypatch.setenv("KERAS_BACKEND", backend)
    with Watcher(project, "--no-package", "diet") as watcher:
        assert watcher.next()["code"] == 0
        data.write_text(data.read_text().replace("- hello\n", "- hello\n      - a word of mine\n"))
        found = watcher.next()
        assert "diet:train" in ran(found)
        assert made(found) == made(cold(project, tmp_path / "other", "diet"))
        assert watcher.end() == 130


def test_code_that_is_saved_as_a_build_begins_is_left_to_the_next_process(workspace: Workspace) -> None:
    workspace.recipe(RECIPE.replace("component:", "begun_component:"))
    workspace.write("a.txt", "hello\n")
    workspace.write("begun_component.py", COMPONENT.replace("helper", "begun_helper"))
    workspace.write("begun_helper.py", HELPER.format(mark="!"))
    with Watch(workspace.request) as watch:
        assert watch.build().code == 0
        workspace.write("begun_helper.py", HELPER.format(mark="?"))
        found = watch.build()
        assert (found.is_told, found.number, found.report) == (False, 1, None)
        assert watch.saved == [str(workspace.project.resolve() / "begun_helper.py")]
        assert watch.outdated() == ("begun_helper.py",)


def test_what_counts_is_named_where_its_notice_comes_after_that_of_another_file(workspace: Workspace) -> None:
    workspace.recipe(RECIPE.replace("component:Shout", "tests.toys:Upper"))
    workspace.write("a.txt", "hello\n")
    with Watch(workspace.request) as watch:
        while not watch.saved:
            assert watch.build().code == 0
            workspace.write("b.txt", "that nobody reads\n")
            watch.wait()
        workspace.write("a.txt", "goodbye\n")
        found = watch.build()
        assert found.report is not None
        assert (found.is_told, found.changed) == (True, ("a.txt",))
        workspace.write("b.txt", "nor this\n")
        watch.wait()
        assert not watch.build().is_told, "the notice of a.txt, which comes now, is of what was built from"
