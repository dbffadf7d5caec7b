"""`graphbuild check`: what differs by itself, what only follows, what is not touched."""

from __future__ import annotations

import json
import os
import re
import signal
from pathlib import Path
from typing import Any

import pytest

from graphbuild.errors import ExitCode
from tests.checking.own import begin
from tests.cli.command_line import run
from tests.conftest import Workspace

SOUND = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  know:  {uses: "tests.toys:LearnWords", needs: {examples: read, text: read}, with: {tag: know}}
  seed:  {uses: "tests.toys:Seeded", with: {tag: seed}}
targets: {model: [know, seed]}
"""


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder, but for what SQLite keeps beside a database that is open."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.endswith(("-shm", "-wal"))}


def checked(workspace: Workspace, *arguments: str) -> Any:
    """The document of a check."""
    ran = run("-C", workspace.project, "check", "--json", *arguments)
    assert ran.document["code"] == ran.code, ran.err
    return ran.document


def sound(workspace: Workspace) -> None:
    workspace.recipe(SOUND)
    workspace.write("data/a.txt", "one two")
    workspace.write("data/b.txt", "two")


def test_everything_runs_once_more_and_nothing_is_touched(workspace: Workspace) -> None:
    sound(workspace)
    assert workspace.build().code is ExitCode.DONE
    before = files(workspace.project)
    workspace.ran()
    document = checked(workspace)
    assert (document["code"], document["differs"], document["undeclared"], document["problems"]) == (0, [], [], [])
    assert document["built_first"] == []
    assert document["built_again"] == document["nodes"] == 4
    assert workspace.ran() == ["know", "read", "read", "seed"]
    assert files(workspace.project) == before
    workspace.expect()


def test_what_the_store_lacks_is_built_twice_beside_it(workspace: Workspace) -> None:
    sound(workspace)
    before = files(workspace.project)
    ran = workspace.run("check")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("4 nodes are not in the store: built first, beside it\n")
    assert ran.stdout.splitlines()[-1].startswith("reproducible: 4 nodes built again, 4 the same, ")
    assert files(workspace.project) == before
    assert not workspace.store.exists()


def test_what_the_store_has_is_built_once_more_and_the_rest_twice(workspace: Workspace) -> None:
    sound(workspace)
    workspace.build()
    workspace.write("data/b.txt", "three")
    workspace.ran()
    assert checked(workspace)["built_first"] == ["read@data/b.txt", "know:train"]
    assert workspace.ran() == ["know", "know", "read", "read", "read", "seed"]


def test_a_target_is_checked_with_what_it_needs(workspace: Workspace) -> None:
    sound(workspace)
    assert checked(workspace, "seed:train")["built_again"] == 1


@pytest.mark.slow
def test_jobs_are_checked_as_one_is(workspace: Workspace) -> None:
    begin(workspace, clock="Clock", at="At needs: {value: clock}", reads="Reads", tree="Tree reads: [data]")
    workspace.build()
    document = checked(workspace, "--jobs", "2")
    assert [one["node"] for one in document["differs"]] == ["clock:apply"]
    assert [(one["node"], one["what"]) for one in document["undeclared"]] == [("reads:apply", "data/secret.txt")]


def test_what_differs_by_itself_is_told_from_what_follows(workspace: Workspace) -> None:
    begin(
        workspace,
        at="At needs: {value: clock}",
        clock="Clock",
        same="Same needs: {value: clock}",
        weights="Chance",
    )
    assert workspace.build().code is ExitCode.DONE
    ran = run("-C", workspace.project, "check")
    assert ran.code == 1
    assert "error: `clock:apply` makes something else of the same inputs, the first of 2\n" in ran.err
    assert re.search(r"\n  follows from it: +at:apply\n", ran.err)
    assert re.search(r"\n +value\.at: [0-9]+ -> [0-9]+\n", ran.err)
    assert "array `weights`, float32[2, 3]: 6 of 6 differ, by " in ran.err
    summary = "failed: 4 nodes built again, 2 the same, 2 not, 1 only follows, "
    assert ran.out.splitlines()[-1].startswith(summary)
    document = checked(workspace)
    assert document["first"] == "clock:apply"
    assert [one["node"] for one in document["differs"]] == ["clock:apply", "weights:apply"]
    assert document["follows"] == [{"node": "at:apply", "because": ["clock:apply"]}]
    (outputs,) = (one["outputs"] for one in document["differs"] if one["node"] == "clock:apply")
    assert outputs["output"]["type"] == "JsonValue.v1"
    assert [place.partition(":")[0] for place in outputs["output"]["places"]] == ["value.at"]


def test_the_order_of_a_set_is_found_although_nothing_was_built_before(workspace: Workspace) -> None:
    begin(workspace, words="Words")
    ran = workspace.run("check", "--json", PYTHONHASHSEED="0")
    document = json.loads(ran.stdout)
    assert [one["node"] for one in document["differs"]] == ["words:apply"]


def test_a_node_that_fails_is_told_and_the_others_are_checked(workspace: Workspace) -> None:
    when = workspace.project.parent / "when"
    workspace.recipe(
        f'nodes:\n  bad: {{uses: "tests.toys:Fail", with: {{when: "{when}"}}}}\n  dice: {{uses: "tests.toys:Dice"}}\n'
    )
    assert workspace.build().code is ExitCode.DONE
    when.write_text("out of luck")
    document = checked(workspace)
    assert document["code"] == 1
    assert document["problems"][0]["what"] == "RuntimeError: out of luck"
    assert [one["node"] for one in document["differs"]] == ["dice:apply"]


def test_what_cannot_be_built_cannot_be_checked(workspace: Workspace) -> None:
    when = workspace.write("when", "out of luck")
    workspace.recipe(f'nodes:\n  bad: {{uses: "tests.toys:Fail", with: {{when: "{when}"}}}}\n')
    ran = workspace.run("check")
    assert ran.returncode == 1
    assert "RuntimeError: out of luck" in ran.stderr
    assert "what is to be compared with cannot be built: 1 nodes are not in the store" in ran.stderr
    assert not workspace.store.exists()


def test_one_that_is_stopped_leaves_nothing_behind(workspace: Workspace) -> None:
    gate, away = workspace.project.parent / "gate", workspace.project.parent / "away"
    workspace.recipe(f'nodes:\n  slow: {{uses: "tests.toys:Slow", with: {{tag: slow, gate: "{gate}"}}}}\n')
    assert workspace.build().code is ExitCode.DONE
    before = files(workspace.project)
    workspace.ran()
    os.mkfifo(gate)
    away.mkdir()
    running = workspace.start("check", TMPDIR=str(away))
    while not workspace.log.exists():
        os.sched_yield()
    assert [one.name.startswith("graphbuild-check-") for one in away.iterdir()] == [True]
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert out.splitlines()[-1] == "interrupted: 0 of 1 nodes were built again; nothing was changed"
    assert (list(away.iterdir()), files(workspace.project)) == ([], before)


def test_one_that_is_stopped_in_its_first_build_leaves_nothing_behind(workspace: Workspace) -> None:
    gate, away = workspace.project.parent / "gate", workspace.project.parent / "away"
    workspace.recipe(f'nodes:\n  slow: {{uses: "tests.toys:Slow", with: {{tag: slow, gate: "{gate}"}}}}\n')
    os.mkfifo(gate)
    away.mkdir()
    running = workspace.start("check", TMPDIR=str(away))
    while not workspace.log.exists():
        os.sched_yield()
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (130, "error: the check was interrupted; nothing was changed\n")
    assert (list(away.iterdir()), workspace.store.exists()) == ([], False)
