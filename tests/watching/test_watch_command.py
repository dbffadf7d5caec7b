"""`graphbuild watch`, in a process of its own: what is saved is built, once, and nothing else is."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.toys import tags
from tests.watching.watcher import Watcher, ran

RECIPE = """
nodes:
  text: {uses: "tests.toys:ReadText", reads: [data], with: {tag: text}}
  up:   {uses: "tests.toys:Concat", needs: {texts: text}, with: {tag: up}}
targets: {model: [up]}
"""


@pytest.fixture
def project(workspace: Workspace) -> Workspace:
    """Two texts, and a node that reads both."""
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "a\n")
    workspace.write("data/b.txt", "b\n")
    return workspace


def test_what_is_saved_is_built_and_nothing_else(project: Workspace) -> None:
    with Watcher(project.project) as watcher:
        first = watcher.next()
        assert (first["build"], first["changed"], first["code"]) == (1, [], 0)
        assert ran(first) == ["package", "text@data/a.txt", "text@data/b.txt", "up:apply"]
        project.write("data/a.txt", "other\n")
        second = watcher.next()
        assert second["changed"] == ["data/a.txt"]
        assert second["because"] == "data/a.txt changed"
        assert ran(second) == ["package", "text@data/a.txt", "up:apply"]
        project.write("data/a.txt", "# a comment\nother\n")
        assert ran(watcher.next()) == ["text@data/a.txt"], "cut off early"
        project.write("data/a.txt", "a\n")
        back = watcher.next()
        assert back["up_to_date"]
        assert back["model"] == first["model"], "the package of the earlier state is named"
        assert watcher.end() == 130


def test_files_that_come_and_go_are_built(project: Workspace) -> None:
    with Watcher(project.project) as watcher:
        watcher.next()
        project.write("data/more/c.txt", "c\n")
        assert "text@data/more/c.txt" in ran(watcher.next()), "in a folder that was not there"
        project.write("data/more/d.txt", "d\n")
        assert "text@data/more/d.txt" in ran(watcher.next())
        shutil.rmtree(project.project / "data" / "more")
        assert ran(watcher.next()) == [], "the state before, which is known"
        assert watcher.end() == 130


def test_errors_are_told_with_their_places_and_do_not_end_it(project: Workspace) -> None:
    with Watcher(project.project) as watcher:
        watcher.next()
        project.recipe(RECIPE.replace("Concat", "Konkat"))
        wrong = watcher.next()
        assert wrong["code"] == 2
        assert wrong["problems"][0]["path"] == "graphbuild.yml"
        assert wrong["problems"][0]["line"] == 5
        project.recipe(RECIPE.replace("Concat", "Fail").replace("texts", "text: one, texts"))
        assert watcher.next()["code"] == 2
        project.recipe(RECIPE)
        assert watcher.next()["up_to_date"]
        assert watcher.end() == 130


def test_a_project_that_begins_with_an_error_is_watched(project: Workspace) -> None:
    (project.project / "graphbuild.yml").write_text("nodes: [\n")
    with Watcher(project.project) as watcher:
        assert watcher.next()["code"] == 2
        project.recipe(RECIPE)
        assert watcher.next()["code"] == 0
        assert watcher.end() == 130


def test_what_editors_and_builds_write_beside_is_no_change(project: Workspace) -> None:
    with Watcher(project.project) as watcher:
        watcher.next()
        for name in ("data/.a.txt.swp", "data/a.txt~", "data/4913", "data/#a.txt#", "notes.md", "models/x.tar.gz"):
            project.write(name, "x")
            if name.startswith("data/"):
                (project.project / name).unlink()
        project.write("data/a.txt.tmp", "renamed\n").rename(project.project / "data" / "a.txt")
        found = watcher.next()
        assert found["changed"] == ["data/a.txt"]
        assert ran(found) == ["package", "text@data/a.txt", "up:apply"]
        assert watcher.end() == 130


def test_a_checkout_of_many_files_is_one_build(project: Workspace) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *words], cwd=project.project, check=True, capture_output=True)

    for number in range(500):
        project.write(f"data/{number}.txt", "one\n")
    project.write(".gitignore", ".graphbuild\nmodels\n")
    git("init", "-q", "-b", "one")
    git("add", ".")
    git("commit", "-qm", "one")
    git("checkout", "-qb", "two")
    for number in range(500):
        project.write(f"data/{number}.txt", f"two {number}\n")
    git("commit", "-qam", "two")
    git("checkout", "-q", "one")
    with Watcher(project.project) as watcher:
        watcher.next()
        # After the first build it looks once more, for what was saved before it listened; that is over with the second.
        project.write("data/more.txt", "more\n")
        assert watcher.next()["changed"] == ["data/more.txt"]
        git("checkout", "-q", "two")
        found = watcher.next()
        assert not found["superseded"]
        assert len(ran(found)) == 502
        assert len(found["changed"]) == 500
        assert watcher.end() == 130


def test_files_are_looked_at_where_nobody_tells(project: Workspace) -> None:
    with Watcher(project.project, WATCHFILES_FORCE_POLLING="1", WATCHFILES_POLL_DELAY_MS="20") as watcher:
        watcher.next()
        project.write("data/a.txt", "found by looking\n")
        assert "text@data/a.txt" in ran(watcher.next())
        assert watcher.end() == 130


def test_a_project_that_is_deleted_ends_it(project: Workspace) -> None:
    store = project.project.parent / "store"
    with Watcher(project.project, GRAPHBUILD_STORE=str(store)) as watcher:
        watcher.next()
        while project.project.exists():  # a package that is being written comes between
            shutil.rmtree(project.project, ignore_errors=True)
        while "no folder" not in (told := watcher.next())["problems"][0]["what"]:
            assert told["code"], "what is still there is no build"
        assert watcher.process.wait(60) == 2


def test_it_is_ended_by_sigterm_too(project: Workspace) -> None:
    with Watcher(project.project, "--jobs", "2", "up") as watcher:
        assert watcher.next()["model"] is None, "single nodes are built without a package"
        assert watcher.end(signal.SIGTERM) == 130


def test_forcing_makes_no_sense(project: Workspace) -> None:
    with Watcher(project.project, "--force") as watcher:
        assert "--force" in watcher.next()["problems"][0]["what"]
        assert watcher.process.wait(60) == 2
    assert not tags(project.log)


def test_bases_outside_the_project_are_watched(project: Workspace, tmp_path: Path) -> None:
    base = tmp_path / "bases" / "base.yml"
    base.parent.mkdir()
    base.write_text(f"graphbuild: 1\n{RECIPE}")
    project.recipe("extends: ../bases/base.yml\n")
    with Watcher(project.project) as watcher:
        assert watcher.next()["code"] == 0
        base.write_text(f"graphbuild: 1\n{RECIPE}".replace("tests.toys:Concat", "tests.toys:Nobody"))
        assert watcher.next()["code"] == 2
        assert watcher.end() == 130
