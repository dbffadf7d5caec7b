"""A build runs what changed and what depends on it, and nothing else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from graphbuild.builder import plan
from graphbuild.errors import BuildFailed, UsageError
from graphbuild.execution.result import Outcome
from graphbuild.explaining import explain
from graphbuild.plan.decision import ReasonKind, Verdict
from tests.conftest import Workspace

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [data], with: {tag: read}}
  words: {uses: "tests.toys:Constant", with: {tag: words, value: "one two"}}
  loud:  {uses: "tests.toys:Upper", needs: {text: words}, with: {tag: loud}}
  all:   {uses: "tests.toys:Concat", needs: {texts: read}, with: {tag: all, separator: "+"}}
  know:  {uses: "tests.toys:LearnWords", needs: {examples: read, text: loud}, with: {tag: know}}
  told:  {uses: "tests.toys:CountCalls", needs: {values: [know, loud]}, with: {tag: told}}
targets: {model: [all, told], quiet: [words]}
"""


def test_edits_cost_what_depends_on_them(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.write("data/b.txt", "two")
    first = workspace.expect("read", "read", "words", "loud", "all", "know", "know", "told")
    assert workspace.value(first, "all") == "one+two"
    assert first.is_new
    again = workspace.expect()
    assert again.up_to_date
    assert again.model == first.model

    workspace.write("data/a.txt", "ONE")
    edited = workspace.expect("read", "all", "know", "know", "told")
    assert workspace.value(edited, "all") == "ONE+two"
    assert edited.model != first.model

    workspace.write("data/c.txt", "three")
    workspace.expect("read", "all", "know", "know")
    (workspace.project / "data/c.txt").unlink()
    back = workspace.expect()
    assert back.model == edited.model

    workspace.recipe(RECIPE.replace('"+"', '"-"'))
    workspace.expect("all")
    workspace.recipe(RECIPE)
    assert workspace.expect().model == edited.model


def test_a_touched_or_renamed_file_costs_nothing(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    file = workspace.write("data/a.txt", "one")
    workspace.expect("read", "words", "loud", "all", "know", "know", "told")
    os.utime(file)
    workspace.expect()
    file.rename(file.with_name("z.txt"))
    workspace.expect()


def test_an_edit_of_equal_size_with_its_mtime_put_back_is_seen(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    file = workspace.write("data/a.txt", "one")
    before = file.stat()
    workspace.expect("read", "words", "loud", "all", "know", "know", "told")
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    report = workspace.expect("read", "all", "know", "know")
    assert workspace.value(report, "all") == "two"


def test_comments_order_and_names_of_the_recipe_cost_nothing(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.expect("read", "words", "loud", "all", "know", "know", "told")
    lines = RECIPE.strip().splitlines()
    shuffled = "\n".join([lines[0], "  # a comment", *reversed(lines[1:-1]), lines[-1]])
    workspace.recipe(shuffled)
    workspace.expect()
    workspace.recipe(RECIPE.replace("loud:", "big:").replace(": loud}", ": big}").replace(", loud]", ", big]"))
    workspace.expect()


def test_two_equal_nodes_run_once(workspace: Workspace) -> None:
    workspace.recipe("""
nodes:
  one: {uses: "tests.toys:Constant", with: {tag: one, value: x}}
  two: {uses: "tests.toys:Constant", with: {tag: two, value: x}}
""")
    workspace.ran()
    report = workspace.build()
    assert len(workspace.ran()) == 1
    assert workspace.value(report, "one") == workspace.value(report, "two") == "x"


def test_the_plan_says_what_will_run_and_why(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    made = plan(workspace.request)
    assert made.decisions["read@data/a.txt"].reasons[0].kind is ReasonKind.NEW
    assert made.decisions["all:apply"].verdict is Verdict.PENDING
    assert not workspace.store.joinpath("blobs.v1").exists()
    workspace.expect("read", "words", "loud", "all", "know", "know", "told")
    workspace.recipe(RECIPE.replace('"+"', '"-"'))
    made = plan(workspace.request)
    assert {name for name, one in made.decisions.items() if one.verdict is Verdict.RUN} == {"all:apply"}
    (reason,) = made.decisions["all:apply"].reasons
    assert (reason.kind, reason.detail, reason.subject) == (ReasonKind.CONFIG, 'separator "+" -> "-"', "separator")
    assert (reason.path, reason.line) == ("graphbuild.yml", 7)
    workspace.write("data/a.txt", "ONE")
    assert plan(workspace.request).decisions["read@data/a.txt"].reasons[0].path == "data/a.txt"
    (explained,) = explain(workspace.request, "all")
    assert [(one.kind, one.subject) for one in explained.decision.reasons] == [
        (ReasonKind.CONFIG, "separator"),
        (ReasonKind.INPUT, "texts"),
    ]


def test_targets_build_only_what_they_need(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    report = workspace.build("quiet")
    assert workspace.ran() == ["words"]
    assert list(report.result.nodes) == ["words:apply"]
    workspace.build("loud")
    assert workspace.ran() == ["loud"]
    workspace.build("know:train", package=False)
    assert "all" not in workspace.ran()


def test_force_runs_everything_again(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    first = workspace.expect("read", "words", "loud", "all", "know", "know", "told")
    again = workspace.expect("read", "words", "loud", "all", "know", "know", "told", force=True)
    assert {node.reasons[0].kind for node in again.result.nodes.values()} == {ReasonKind.FORCED}
    assert {name: node.outputs for name, node in again.result.nodes.items()} == {
        name: node.outputs for name, node in first.result.nodes.items()
    }
    assert again.model == first.model


def test_where_no_package_can_be_written_nothing_runs(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.write("file", "")
    with pytest.raises(BuildFailed, match=r"cannot be written into .*file/models: Not a directory"):
        workspace.build(out=Path("file/models"))
    with pytest.raises(UsageError, match="the name of a package cannot be"):
        workspace.build(fixed_name="../mine")
    assert workspace.ran() == []
    workspace.expect("read", "words", "loud", "all", "know", "know", "told", out=Path("new/models"))


def test_a_forced_build_is_planned_as_it_will_run(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.build()
    decisions = plan(replace(workspace.request, force=True)).decisions.values()
    assert {(one.verdict, one.reasons[0].kind) for one in decisions} == {(Verdict.RUN, ReasonKind.FORCED)}


def test_another_project_reuses_a_shared_store(workspace: Workspace) -> None:
    workspace.recipe(RECIPE)
    workspace.write("data/a.txt", "one")
    workspace.expect("read", "words", "loud", "all", "know", "know", "told")
    other = workspace.project.parent / "other"
    (other / "data").mkdir(parents=True)
    for name in ("graphbuild.yml", "data/a.txt"):
        (other / name).write_text((workspace.project / name).read_text())
    workspace.request = replace(workspace.request, project=other)
    report = workspace.expect()
    assert report.is_new
    assert {node.outcome for node in report.result.nodes.values()} == {Outcome.HIT}


def test_a_display_only_option_and_a_partial_nested_one(workspace: Workspace) -> None:
    recipe = 'nodes: {one: {uses: "tests.toys:Optioned", with: %s}}'
    workspace.recipe(recipe % "{tag: one, sizes: {text: 64}}")
    first = workspace.expect("one")
    assert workspace.value(first, "one")[0][4] == {"text": 64, "label": 20}
    workspace.recipe(recipe % "{tag: one, sizes: {label: 20, text: 64}, verbose: false}")
    workspace.expect()
    workspace.recipe(recipe % "{tag: one, sizes: {text: 64}, rate: 1}")
    second = workspace.expect("one")
    assert workspace.value(second, "one")[0][1] == 1.0
    workspace.recipe(recipe % "{tag: one, sizes: {text: 64}, rate: 1.0}")
    workspace.expect()
