"""`graphbuild builds` and `graphbuild diff`: what was built earlier, and in what builds differ."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import build_opened
from graphbuild.history.record import BuildRecord
from graphbuild.inspecting import build_named, builds
from graphbuild.report.builds import build_lines
from graphbuild.session import open_session
from tests.cli.command_line import run
from tests.conftest import Workspace
from tests.golden import golden

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data]}
  first: {uses: "tests.toys:FirstLine", needs: {text: read}}
  loud:  {uses: "tests.toys:Upper", needs: {text: first}}
  weak:  {uses: "tests.toys:Fail", needs: {text: read}, with: {when: "WHEN", at: "data/b.txt:1"}}
  end:   {uses: "tests.toys:Concat", needs: {texts: [loud, weak]}, with: {separator: "+"}}
targets: {model: [end]}
"""
READING = ("-f", "recipe:light")


def stable(text: str, *, timed: bool = False) -> str:
    """A screen without what is of the moment: ids, times, digests; durations too where they are not `timed`."""
    text = re.sub(r"\d{8}-\d{6}-[0-9a-f]{6}", "20260102-030405-678abc", text)
    text = re.sub(r"\d{8}-\d{6}-[0-9a-f]{8}", "20260102-030405-abcdef01", text)
    text = re.sub(r"\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d([+-]\d{4})?", r"2026-01-02\g<1>03:04:05", text)
    if not timed:
        text = re.sub(r" *(<?[\d.]+ ms|(?<![\w~])[\d.]+ s(?=\W|$))", " N s", text)
        text = re.sub(r"(?<=\S) {2,}", "  ", text)  # columns are as wide as durations are long
    return re.sub(r"\b[0-9a-f]{8} -> [0-9a-f]{8}\b", "aaaaaaaa -> bbbbbbbb", text)


def timed(record: BuildRecord) -> BuildRecord:
    """A build whose nodes took a second, two, and so on."""
    nodes = {
        node_id: replace(node, seconds=float(place + 1) if node.seconds else 0.0)
        for place, (node_id, node) in enumerate(record.nodes.items())
    }
    return replace(record, nodes=nodes, wall_s=20.0)


@pytest.fixture
def toys(workspace: Workspace) -> Workspace:
    """Three builds: the first, one that early cutoff ends, one that fails."""
    recipe = RECIPE.replace("WHEN", str(workspace.project / "told"))
    workspace.recipe(recipe)
    workspace.write("data/a.txt", "one\ntwo")
    workspace.build()
    workspace.write("data/a.txt", "one\nTWO")
    workspace.recipe(recipe.replace('"+"', '"-"'))
    workspace.build()
    workspace.write("data/a.txt", "one\n2")
    workspace.write("data/b.txt", "more")
    workspace.write("told", "it broke")
    workspace.build(keep_going=True)
    return workspace


@pytest.fixture
def reading(tmp_path: Path) -> Path:
    """The sample's data, read before and after an edit."""
    shutil.copytree(SAMPLE, tmp_path / "project", ignore=shutil.ignore_patterns("models", ".graphbuild"))
    project = tmp_path / "project"
    run("-C", project, "build", *READING, "tokens", "-q")
    text = (project / "data/nlu.yml").read_text("utf-8")
    changed = text.replace("      - good morning\n", "      - a very good morning\n", 1).replace("      - hi\n", "", 1)
    assert changed != text
    (project / "data/nlu.yml").write_text(changed, "utf-8")
    run("-C", project, "build", *READING, "tokens", "-q")
    return project


class TestBuilds:
    def test_the_list(self, toys: Workspace) -> None:
        golden.check("console/builds.txt", stable(run("-C", toys.project, "builds").out))
        document = run("-C", toys.project, "builds", "--json").document
        assert [one["code"] for one in document["builds"]] == [2, 0, 0]
        assert [one["counts"]["cutoff"] for one in document["builds"]] == [1, 1, 0]
        assert document["damaged"] == []

    def test_one_build(self, toys: Workspace) -> None:
        for name, screen in {"last": "builds-show-failed", "last~1": "builds-show"}.items():
            record = timed(build_named(toys.request, name))
            golden.check(
                f"console/{screen}.txt", stable("\n".join(build_lines(record, toys.project)), timed=True) + "\n"
            )
        assert "critical path" in run("-C", toys.project, "builds", "show").out
        document = run("-C", toys.project, "builds", "show", "last~1", "--json").document
        assert (document["code"], document["exit_code"]) == (0, 0)
        assert document["critical_path"][0] == "read@data/a.txt"
        assert {one["node"]: one["ending"] for one in document["nodes"]}["loud:apply"] == "cutoff"
        assert document["nodes_s"] >= document["critical_s"] > 0

    def test_none_is_remembered_before_the_first(self, workspace: Workspace) -> None:
        workspace.recipe(RECIPE)
        ran = run("-C", workspace.project, "builds")
        assert (ran.code, ran.out) == (0, "no build of this recipe is remembered\n")
        assert run("-C", workspace.project, "builds", "show").code == 2
        assert not workspace.store.exists()

    def test_targets_and_variables_are_told(self, toys: Workspace) -> None:
        toys.build("loud", force=True, variables={})
        listed = run("-C", toys.project, "builds", "-f", "graphbuild.yml").out.splitlines()
        assert listed[1].split()[-2:] == ["done", "loud"]


@pytest.fixture
def evaluated(toys: Workspace) -> Workspace:
    """The same with a build for another purpose before the last, and one of another recipe after it."""
    with open_session(toys.request) as opened:
        graph = opened.graph
    (toys.project / "told").unlink()
    with open_session(toys.request, graph, purpose="test nlu") as opened:
        build_opened(opened)
    toys.write("told", "it broke")
    toys.write("other.yml", (toys.project / "graphbuild.yml").read_text("utf-8"))
    toys.request = replace(toys.request, recipe="other.yml")
    toys.build(keep_going=True)
    toys.request = replace(toys.request, recipe="graphbuild.yml")
    return toys


class TestAll:
    """Evaluations and other recipes have lists of their own; all are one list where that is asked for."""

    def test_they_are_listed_when_they_are_asked_for(self, evaluated: Workspace) -> None:
        ran = run("-C", evaluated.project, "builds").out.splitlines()
        assert ran[-1] == "2 more of evaluations, comparisons, drawings and other recipes: --all lists them"
        assert len(ran) == 1 + 3 + 1
        ran = run("-C", evaluated.project, "builds", "--all").out.splitlines()
        assert [" test nlu " in line for line in ran] == [False, False, True, False, False, False]
        assert [" -f other.yml" in line for line in ran] == [False, True, False, False, False, False]
        document = run("-C", evaluated.project, "builds", "--all", "--json").document
        assert [one["purpose"] for one in document["builds"]] == ["", "test nlu", "", "", ""]
        assert document["builds"][0]["recipe"] == "other.yml"

    def test_each_of_them_can_be_looked_at(self, evaluated: Workspace) -> None:
        document = run("-C", evaluated.project, "builds", "--all", "--json").document
        other, tested, last = (one["id"] for one in document["builds"][:3])
        for build in (other, tested, tested[-6:]):
            assert run("-C", evaluated.project, "builds", "show", build, "--json").document["id"] in (other, tested)
            assert run("-C", evaluated.project, "graph", "--build", build, "--format", "text").code == 0
        assert run("-C", evaluated.project, "builds", "show", "--json").document["id"] == last
        assert run("-C", evaluated.project, "diff", last, tested, "--json").document["new"] == tested
        assert "no build before" in run("-C", evaluated.project, "diff", tested).err

    def test_other_projects_of_a_store_are_not_among_them(self, evaluated: Workspace, tmp_path: Path) -> None:
        shutil.copytree(evaluated.project, tmp_path / "copy", ignore=shutil.ignore_patterns("models", ".graphbuild"))
        store = ("--store", str(evaluated.store))
        assert run(*store, "-C", tmp_path / "copy", "builds", "--all", "--json").document["builds"] == []


class TestDiff:
    def test_what_changed_and_what_only_followed(self, toys: Workspace) -> None:
        golden.check("console/diff.txt", stable(run("-C", toys.project, "diff", "last~2", "last~1").out))
        golden.check("console/diff-failed.txt", stable(run("-C", toys.project, "diff").out))
        document = run("-C", toys.project, "diff", "last~1", "--json").document
        newest, middle, oldest = (head.id for head in builds(toys.request).heads)
        assert (document["old"], document["new"], document["same"]) == (oldest, middle, False)
        changed = {one["node"]: one for one in document["changed"]}
        assert changed["end:apply"]["reasons"][0]["detail"] == 'separator "+" -> "-"'
        assert changed["end:apply"]["reasons"][0]["line"] == 8
        assert changed["first:apply"]["outputs"] == {}
        assert document["equal"] == 1
        failed = run("-C", toys.project, "diff", newest, "--json").document
        assert [one["node"] for one in failed["added"]] == ["read@data/b.txt"]

    def test_records_of_data_have_their_lines(self, reading: Path) -> None:
        golden.check("console/diff-data.txt", stable(run("-C", reading, "diff", *READING).out))
        document = run("-C", reading, "diff", *READING, "--json").document
        assert {(one["path"], one["line"], one["change"]) for one in document["records"]} == {
            ("data/nlu.yml", 7, "removed"),
            ("data/nlu.yml", 9, "removed"),
            ("data/nlu.yml", 8, "added"),
        }

    def test_a_build_is_equal_to_itself(self, toys: Workspace) -> None:
        assert "no difference: 5 nodes" in run("-C", toys.project, "diff", "last~1", "last~1").out

    def test_there_is_none_before_the_first(self, toys: Workspace) -> None:
        assert "no build before" in run("-C", toys.project, "diff", "last~2").err

    def test_packages_are_compared_as_packages(self, toys: Workspace) -> None:
        old, new = sorted((toys.project / "models").glob("*.tar.gz"), key=lambda one: one.stat().st_mtime_ns)
        ran = run("-C", toys.project, "diff", old, new)
        assert (ran.code, ran.out) == (0, run("-C", toys.project, "model", "diff", old, new).out)
        document = run("-C", toys.project, "diff", old, new, "--json").document
        assert document["same_key"] is False
        assert run("-C", toys.project, "diff", old).code == 2
