"""What is said of a text is what a build of it saved would say; its plan is that of the build; nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from graphbuild.builder import build, graph, plan
from graphbuild.editing.editor import RecipeEditor
from graphbuild.errors import GraphbuildError, Level, Problem
from graphbuild.inspecting import builds
from graphbuild.plan.decision import Verdict
from graphbuild.recipe.packaged import recipes_folder
from graphbuild.session import BuildRequest
from tests.assistants import ASSISTANTS, CORPORA, assistants

RECIPE = """graphbuild: 1
nodes:
  lines: {uses: LabelledLines, reads: data/*.tsv}
  words: {uses: TextVectorizer, needs: {texts: lines}, with: {max_ngram: 2}}
  sections: {uses: NaiveBayesClassifier, needs: {features: words, texts: lines}}
targets: {model: [sections]}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.tsv").write_text("sport\ta ball and a goal\nfood\tbread and butter\n")
    (folder / "graphbuild.yml").write_text(RECIPE)
    return folder


def request_of(project: Path, recipe: str = "graphbuild.yml") -> BuildRequest:
    return BuildRequest(project, recipe, store=project.parent / "store")


def told_by_a_build(request: BuildRequest) -> Sequence[Problem]:
    """What a build says before it runs anything."""
    try:
        return graph(request).notices
    except GraphbuildError as error:
        return error.problems


def files_of(project: Path) -> dict[str, bytes]:
    return {str(one.relative_to(project)): one.read_bytes() for one in project.rglob("*") if one.is_file()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("graphbuild: 1", "graphbuild: 2"),
        ("max_ngram: 2", "max_ngram: 0, nothing: 1, lowercase: 3"),
        ("TextVectorizer", "TextVectoriser"),
        ("texts: lines}, with", "texts: line}, with"),
        ("features: words", "features: lines"),
        ("texts: lines}, with", "texts: lines}, wth"),
        ("data/*.tsv", "${folder}"),
        ("[sections]", "[section, words.nothing]"),
        ("data/*.tsv", "nothing/*.tsv"),
        ("{uses: LabelledLines", "[uses: LabelledLines"),
        ("nodes:", "extends: nothing\nnodes:"),
        (RECIPE, ""),
        (RECIPE, "- a\n"),
        (RECIPE, "a: &b [*b]\n"),
        (RECIPE, "\t"),
        (RECIPE, "pipeline:\n- name: Nothing\n- name: DIETClassifier\n  epochs: x\n"),
    ],
)
def test_problems_are_those_of_a_build(project: Path, old: str, new: str) -> None:
    text = RECIPE.replace(old, new)
    editor = RecipeEditor(request_of(project))
    before = files_of(project)
    checked = editor.check(text)
    assert files_of(project) == before
    assert not (project.parent / "store").exists()
    assert not checked.is_buildable
    assert editor.preview(text).problems == checked.problems
    (project / "graphbuild.yml").write_text(text)
    assert checked.problems == told_by_a_build(request_of(project))


def test_several_problems_come_at_once_with_their_places(project: Path) -> None:
    text = RECIPE.replace("max_ngram: 2", "max_ngrm: 2").replace("LabelledLines", "LabeledLines")
    problems = RecipeEditor(request_of(project)).check(text).problems
    assert [(str(one.location), one.hint) for one in problems] == [
        ("graphbuild.yml:3:17", "did you mean `LabelledLines`?"),
        ("graphbuild.yml:4:63", "did you mean `max_ngram`?"),
    ]


def test_a_text_of_a_file_that_is_extended_is_checked_with_the_whole(project: Path) -> None:
    (project / "base.yml").write_text(RECIPE)
    (project / "graphbuild.yml").write_text(
        "graphbuild: 1\nextends: base.yml\nnodes: {words: {with: {max_ngram: 3}}}\n"
    )
    editor = RecipeEditor(request_of(project))
    assert editor.check(RECIPE, "base.yml").is_buildable
    problems = editor.check(RECIPE.replace("TextVectorizer", "LabelledLines"), "base.yml").problems
    assert "graphbuild.yml" in {one.location.path for one in problems if one.location is not None}


def test_warnings_and_notes_are_told_and_do_not_stop(project: Path) -> None:
    for name in ("domain.yml", "data"):
        source = recipes_folder() / "sample" / name
        shutil.rmtree(project / "data", ignore_errors=True) if name == "data" else None
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / name)
    (project / "config.yml").write_text("language: en\npolicies: []\n")
    checked = RecipeEditor(request_of(project, "config.yml")).check(
        "language: en\npipeline: []\npolicies:\n- name: MemoizationPolicy\n  unknown: 1\n"
    )
    assert checked.is_buildable
    assert {one.level for one in checked.problems} == {Level.NOTE, Level.WARNING}


def test_a_preview_is_the_plan_of_the_build(project: Path) -> None:
    request = request_of(project)
    assert build(request).problems == ()
    text = RECIPE.replace("max_ngram: 2", "max_ngram: 1")
    editor = RecipeEditor(request)
    before = files_of(project)
    preview = editor.preview(text)
    assert files_of(project) == before
    assert preview.summary is not None
    assert preview.summary.runs == ("words",)
    assert preview.summary.changed == ("words",)
    assert (preview.summary.added, preview.summary.removed) == ((), ())
    assert preview.is_compared
    assert preview.document is not None
    assert preview.document["comparison"] is not None
    (project / "graphbuild.yml").write_text(text)
    made = plan(request)
    assert preview.summary.n_runs == made.count(Verdict.RUN)
    assert preview.summary.n_pending == made.count(Verdict.PENDING)
    assert preview.summary.nodes == len(made.decisions)


def test_the_saved_text_changes_nothing(project: Path) -> None:
    request = request_of(project)
    build(request)
    summary = RecipeEditor(request).preview(RECIPE).summary
    assert summary is not None
    assert (summary.n_runs, summary.n_pending, summary.added, summary.removed, summary.changed) == (0, 0, (), (), ())


def test_nodes_that_come_and_go(project: Path) -> None:
    request = request_of(project)
    build(request)
    text = RECIPE.replace("  words:", "  pairs: {uses: TextVectorizer, needs: {texts: lines}}\n  words:")
    text = text.replace("features: words", "features: pairs")
    preview = RecipeEditor(request).preview(text)
    assert preview.summary is not None
    assert (preview.summary.added, preview.summary.removed) == (("pairs",), ("words",))
    assert preview.document is not None
    assert {one["name"] for one in preview.document["nodes"]} >= {"pairs", "words"}


def test_what_only_the_package_has_otherwise(tmp_path: Path) -> None:
    project = tmp_path / "sample"
    shutil.copytree(recipes_folder() / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    text = (project / "graphbuild.yml").read_text() + "nodes: {fallback: {with: {threshold: 0.4}}}\n"
    summary = RecipeEditor(request_of(project)).preview(text).summary
    assert summary is not None
    assert (summary.added, summary.removed, summary.changed) == ((), (), ())
    assert summary.packaged == ("fallback",)


def test_where_what_is_saved_is_wrong_there_is_nothing_to_compare_with(project: Path) -> None:
    (project / "graphbuild.yml").write_text("graphbuild: [")
    preview = RecipeEditor(request_of(project)).preview(RECIPE)
    assert preview.problems == ()
    assert not preview.is_compared
    assert preview.document is not None
    assert preview.document["comparison"] is None


def test_a_preview_leaves_no_build_behind(project: Path) -> None:
    request = request_of(project)
    build(request)
    before = builds(request)
    RecipeEditor(request).preview(RECIPE.replace("max_ngram: 2", "max_ngram: 3"))
    assert builds(request) == before


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")
@pytest.mark.parametrize("name", assistants())
def test_a_real_config_has_the_problems_that_a_build_tells(name: str, tmp_path: Path) -> None:
    project = tmp_path / name
    shutil.copytree(ASSISTANTS / name, project)
    request = request_of(project, "config.yml")
    editor = RecipeEditor(request)
    text = editor.read().text
    assert editor.check(text).problems == tuple(told_by_a_build(request))
    broken = f"{text.rstrip()}\npolicie: []\n"
    checked = editor.check(broken)
    assert not checked.is_buildable
    (project / "config.yml").write_text(broken)
    assert checked.problems == tuple(told_by_a_build(request))
    line = broken.count("\n")
    assert line in [one.location.line for one in checked.problems if one.location is not None]
