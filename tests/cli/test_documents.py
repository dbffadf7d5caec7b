"""With `--json` standard output is one document, however much a component of the project prints."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.command_line import run
from tests.conftest import Workspace

RECIPE = """
nodes:
  one: {uses: "loud:Loud", with: {tag: one}}
  two: {uses: "loud:Loud", with: {tag: two}}
  end: {uses: "tests.toys:CountCalls", needs: {values: [one, two]}, with: {tag: end}}
"""
LOUD = r'''
"""A component that prints in every way there is."""

import atexit
import ctypes
import os
import subprocess
import sys
import threading

from tests.toys import JsonValue, Seeded, WordCounts

print("printed at import")


def shout(when: str) -> None:
    print("printed in", when)
    sys.stdout.write(f"written in {when}\n")
    os.write(1, b"by descriptor\n")
    ctypes.CDLL(None).puts(b"by the C library")
    subprocess.run(["echo", "by another process"], check=True)
    thread = threading.Thread(target=print, args=("by a thread",))
    thread.start()
    thread.join()
    atexit.register(print, "printed at exit")


class Loud(Seeded):
    def train(self) -> WordCounts:
        shout("train")
        return super().train()

    def apply(self, state: WordCounts) -> JsonValue:
        shout("apply")
        return super().apply(state)
'''
SAID = (
    "printed at import",
    "printed in train",
    "written in apply",
    "by descriptor",
    "by the C library",
    "by another process",
    "by a thread",
)


@pytest.fixture
def loud(workspace: Workspace) -> Workspace:
    workspace.recipe(RECIPE)
    workspace.write("loud.py", LOUD)
    return workspace


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_components_print_goes_to_standard_error(loud: Workspace, jobs: int) -> None:
    ran = loud.run("build", "--json", "--jobs", str(jobs))
    assert ran.returncode == 0, ran.stderr
    assert len(json.loads(ran.stdout)["nodes"]) == 6
    assert [said for said in SAID if said not in ran.stderr] == []


def test_so_it_is_where_the_build_fails(loud: Workspace) -> None:
    loud.write("loud.py", LOUD.replace("return super().apply", 'raise RuntimeError("too loud")  #'))
    ran = loud.run("build", "--json")
    assert ran.returncode == 1
    assert json.loads(ran.stdout)["problems"][0]["what"] == "RuntimeError: too loud"


def test_and_where_there_is_no_standard_error(loud: Workspace) -> None:
    command = [*loud.command("build", "--json")]
    ran = subprocess.run(
        ["sh", "-c", '"$@" 2>&-', "sh", *command], env=loud.environment({}), stdout=subprocess.PIPE, check=True
    )
    assert json.loads(ran.stdout)["code"] == 0


def test_without_json_it_is_seen_where_it_is_printed(loud: Workspace) -> None:
    assert "printed in train" in loud.run("build").stdout


def test_help_is_no_document(tmp_path: Path) -> None:
    assert run("-C", tmp_path, "build", "--json", "--help").out.startswith("Usage:")


def test_a_recipe_is_a_document_too() -> None:
    assert run("recipes", "light", "--json").document["text"] == run("recipes", "light").out
