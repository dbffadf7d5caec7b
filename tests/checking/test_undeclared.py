"""Files that a node reads and did not declare are found, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from graphbuild.errors import ExitCode
from tests.checking.own import begin
from tests.cli.command_line import run
from tests.conftest import Workspace


def undeclared(workspace: Workspace, *arguments: str) -> list[tuple[Any, ...]]:
    """(node, use, what, level) of all that a check finds."""
    assert workspace.build().code is ExitCode.DONE
    ran = run("-C", workspace.project, "check", "--json", *arguments)
    found = ran.document["undeclared"]
    assert ran.code == any(one["level"] == "error" for one in found), ran.out + ran.err
    assert all(one["place"] is None or one["place"].startswith("own.py:") for one in found)
    return [(one["node"], one["use"], one["what"], one["level"]) for one in found]


def test_files_that_were_not_declared_are_found(workspace: Workspace) -> None:
    nodes = {"reads": "Reads", "lists": "Lists", "thread": "InThread", "gives": "Gives", "imports": "Imports"}
    begin(workspace, **nodes, base="Database")
    workspace.build()
    ran = workspace.run("check", "--json")
    found = json.loads(ran.stdout)["undeclared"]
    assert (ran.returncode, {one["level"] for one in found}) == (1, {"error"})
    assert all(one["place"].startswith("own.py:") for one in found)
    assert sorted((one["node"], one["use"], one["what"]) for one in found) == [
        ("base:apply", "read", "data/base.sqlite"),
        ("gives:apply", "give", "data/secret.txt"),
        ("imports:apply", "read", "veiled.py"),
        ("lists:apply", "list", "data"),
        ("reads:apply", "read", "data/secret.txt"),
        ("thread:apply", "read", "data/secret.txt"),
    ]


def test_it_is_told_with_line_and_remedy(workspace: Workspace) -> None:
    begin(workspace, node="Reads", beside="Beside reads: [data/a.txt]")
    workspace.build()
    ran = run("-C", workspace.project, "check")
    assert ran.code == 1
    assert "error: `node:apply` reads `data/secret.txt`, which it did not declare: an edit to it would run" in ran.err
    assert "error: `beside:apply@data/a.txt` reads `data/secret.txt`, which it did not declare" in ran.err
    assert 'return JsonValue((HERE / "data/secret.txt").read_text())' in ran.err
    assert "hint: let an importer read it (`words: {uses: TextFile, reads: [data/secret.txt]}`), and give" in ran.err
    assert "hint: name it in the recipe: `beside: {reads: [..., data/secret.txt]}`, and read it" in ran.err
    assert ran.out.splitlines()[-1].startswith("failed: 2 nodes built again, 2 the same, 2 inputs not declared, ")


def test_what_a_module_reads_when_it_is_imported_is_found(workspace: Workspace) -> None:
    begin(workspace, node="ImportsPlainly")
    workspace.write("hidden.py", "from pathlib import Path\nVALUE = Path(__file__).with_name('own.txt').read_text()\n")
    workspace.write("own.txt", "7")
    with (workspace.project / "own.py").open("a") as file:
        file.write("\nimport hidden\n")
    ran = workspace.run("check", "--json")
    (found,) = json.loads(ran.stdout)["undeclared"]
    assert (ran.returncode, found["node"], found["what"], found["place"]) == (1, None, "own.txt", "hidden.py:2")


def test_what_is_declared_made_or_of_the_toolchain_is_not_told(workspace: Workspace) -> None:
    begin(workspace, tree="Tree reads: [data]", scratch="Scratch", plainly="ImportsPlainly")
    assert undeclared(workspace) == []
    # A folder for temporary files in the project is one too.
    (workspace.project / "tmp").mkdir()
    ran = workspace.run("check", "--json", TMPDIR=str(workspace.project / "tmp"))
    assert json.loads(ran.stdout)["undeclared"] == []


def test_connections_are_noted_of_what_does_not_say_that_it_waits(workspace: Workspace) -> None:
    begin(workspace, calls="Calls", says="CallsAndSaysSo")
    assert undeclared(workspace) == [("calls:apply", "connect", "127.0.0.1:9", "note")]


def test_files_elsewhere_are_noted(workspace: Workspace) -> None:
    begin(workspace, node="Elsewhere")
    elsewhere = workspace.project.parent / "elsewhere.txt"
    elsewhere.write_text("e")
    away = workspace.project.parent / "away"
    away.mkdir()
    # This project lies in the folder for temporary files; a program elsewhere is told that another folder is it.
    ran = workspace.run("check", TMPDIR=str(away))
    assert ran.returncode == 0
    assert f"note: `node:apply` reads `{elsewhere.resolve()}`, outside of the project" in ran.stderr


def test_links_are_the_project_s_at_either_end(workspace: Workspace) -> None:
    begin(workspace, many="ReadsMany")
    away = workspace.project.parent / "away"
    away.mkdir()
    for number in range(30):
        (away / f"{number}.txt").write_text("x")
    (workspace.project / "many").symlink_to(away)
    found = undeclared(workspace)
    assert found == [("many:apply", "read", f"many/{number}.txt", "error") for number in range(30)]
    told = run("-C", workspace.project, "check").err
    assert told.count("which it did not declare") == 8
    assert "error: `many:apply` uses 22 more files that are not declared" in told


def test_commands_are_no_matter_but_for_files_that_they_name_elsewhere(workspace: Workspace) -> None:
    workspace.write("data/a.txt", "b\na\n")
    secret = workspace.write("data/secret.txt", "secret")
    workspace.recipe(
        "nodes:\n  good: {uses: Command, reads: [data/a.txt], with: {command: 'sort $in > $out'}}\n"
        f"  bad: {{uses: Command, with: {{command: 'cat {secret} > $out'}}}}\n"
    )
    assert undeclared(workspace) == [("bad:apply", "give", "data/secret.txt", "error")]
