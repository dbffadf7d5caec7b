"""`graphbuild compare`, and `--matrix` of the commands that look: whole screens and documents."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.cli.command_line import Ran, run
from tests.golden.golden import check

RECIPE = ("-f", "recipe.yml")


@pytest.fixture
def news(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    assert run("init", tmp_path / "news", "--sample", "text-classifier").code == 0
    monkeypatch.chdir(tmp_path)
    return tmp_path / "news"


def compare(project: Path, *more: str) -> Ran:
    return run("-C", os.path.relpath(project), "compare", *more)


def steady(text: str) -> str:
    """A screen without durations."""
    text = re.sub(r"(reused|ran), [^,;\n]+$", r"\1, 0 ms", text, flags=re.MULTILINE)
    return re.sub(r" +took", "  took", re.sub(r" +(<?[\d.]+ m?s)$", "  0 ms", text, flags=re.MULTILINE))


def test_the_screen_of_what_is_there_already(news: Path) -> None:
    assert compare(news, *RECIPE, "-q").out == ""
    check("compare/screen.txt", steady(compare(news, *RECIPE).out))


def test_files_without_examples_test_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init", tmp_path / "workshop").code == 0
    (tmp_path / "workshop" / "graphbuild.yml").write_text(
        "graphbuild: 1\nextends: nlu-only\nmatrix: {words.min_df: [1, 2]}\n"
    )
    (tmp_path / "workshop" / "empty.yml").touch()
    ended = compare(tmp_path / "workshop", "--nlu", "empty.yml")
    assert (ended.code, ended.err) == (2, "error: there are no examples to test with in empty.yml\n")


def test_the_document_and_the_sheet(news: Path) -> None:
    document = compare(news, *RECIPE, "--json", "--sort", "accuracy", "--csv", "sheet.csv").document
    assert document["code"] == 0
    assert document["axes"] == ["words.min_count", "vars.smoothing"]
    assert document["scores"] == ["fit.accuracy", "fit.right", "fit.texts"]
    assert [one["values"]["words.min_count"] for one in document["variants"]] == [1, 1, 1, 3, 3, 3]
    assert {one["state"] for one in document["variants"]} == {"built"}
    assert document["best"]["fit.accuracy"] == 1.0
    assert len((news / "sheet.csv").read_text().splitlines()) == 7


def test_a_dry_run_says_what_would_run(news: Path) -> None:
    planned = compare(news, *RECIPE, "--dry-run")
    assert planned.code == 3
    assert planned.out.splitlines()[-1] == "6 variants, 23 nodes instead of 36: 1 shared by all, 4 by some"
    compare(news, *RECIPE, "-q")
    assert compare(news, *RECIPE, "--dry-run", "--json").code == 0
    assert run("-C", news, "plan", *RECIPE, "--matrix").code == 0
    assert run("-C", news, "plan", *RECIPE).code == 0  # the recipe itself is one of its variants


def test_targets(news: Path) -> None:
    document = compare(news, *RECIPE, "words", "--json").document
    assert {one["node"] for one in document["nodes"]} == {
        "samples@data/train.txt",
        "words:train@min_count=1",
        "words:train@min_count=3",
    }
    assert document["scores"] == []
    assert compare(news, *RECIPE, "report", "--json").document["scores"][0] == "fit.accuracy"
    assert "there is no target or node `wrods`" in compare(news, *RECIPE, "wrods").err


def test_the_graph_has_a_box_for_all_variants_of_a_node(news: Path) -> None:
    compare(news, *RECIPE, "-q")
    check("compare/graph.txt", run("-C", news, "graph", *RECIPE, "--matrix", "--last").out)
    svg = run("-C", news, "graph", *RECIPE, "--matrix", "--format", "svg").out
    assert "sections:train \u00d7 6" in svg
    document = json.loads(run("-C", news, "graph", *RECIPE, "--matrix", "--json").out)
    assert len(document["nodes"]) == 23
    page = run("-C", news, "graph", *RECIPE, "--matrix", "--last", "--format", "html").out
    assert "words:train@min_count=3" in page


def test_explain_says_why_of_a_variant(news: Path) -> None:
    compare(news, *RECIPE, "-q")
    one = run("-C", news, "explain", *RECIPE, "--matrix", "words:train@min_count=3", "--json").document
    assert [node["node"] for node in one["nodes"]] == ["words:train@min_count=3"]
    every = run("-C", news, "explain", *RECIPE, "--matrix", "words:train", "--json").document
    assert len(every["nodes"]) == 2
    assert run("-C", news, "explain", *RECIPE, "words:train@min_count=3").code == 2


def test_queries_name_nodes_of_variants(news: Path) -> None:
    query = ("-C", news, "query", *RECIPE, "--matrix")
    assert len(run(*query, "deps('fit:apply@min_count=1,smoothing=0.5')").out.splitlines()) == 6
    assert len(run(*query, "words:*@min_count=1").out.splitlines()) == 2
    found = run(*query, "kind(evaluation)").out.splitlines()
    assert len(found) == 6
    assert "fit:apply@min_count=1,smoothing=0.5" in found


def test_what_was_compared_is_among_the_builds(news: Path) -> None:
    compare(news, *RECIPE, "-q")
    assert " compare" in run("-C", news, "builds", *RECIPE, "--all").out


WRONG = """\
graphbuild: 1
extends: recipe.yml
matrix:
  %s
"""


@pytest.mark.parametrize(
    ("name", "matrix"),
    [
        ("shape", "wrods.max_ngram: [1, 2]\n  words.min_count: []\n  sections: [1]\n  vars.smoothing: [1, 1]"),
        ("options", "words.max_ngrm: [1, 2]\n  words.min_count: [0, 1]\n  vars.smoothing: [0.1, much]"),
        ("many", f"words.min_count: {list(range(1, 31))}\n  vars.smoothing: [1, 2, 3, 4, 5, 6, 7, 8, 9]"),
        ("none", "words.min_count: null\n  vars.smoothing: null"),
    ],
)
def test_screens_of_errors(news: Path, name: str, matrix: str) -> None:
    (news / "wrong.yml").write_text(WRONG % matrix)
    ran = compare(news, "-f", "wrong.yml")
    assert (ran.code, ran.out) == (2, "")
    check(f"compare/wrong-{name}.txt", ran.err)


def test_a_build_of_a_recipe_with_a_wrong_matrix_says_so_too(news: Path) -> None:
    (news / "wrong.yml").write_text(WRONG % "wrods.max_ngram: [1, 2]")
    assert "there is no node `wrods`" in run("-C", news, "build", "-f", "wrong.yml").err


def test_wrong_usage(news: Path) -> None:
    wrong = compare(news, *RECIPE, "--sort", "accurate")
    assert wrong.code == 2
    assert "there is no column `accurate`" in wrong.err
    assert compare(news, *RECIPE, "--csv", "no/folder/x.csv").code == 2
    (news / "config.yml").write_text("recipe: default.v1\npipeline: []\n")
    assert "a Rasa config has no `matrix`" in compare(news, "-f", "config.yml").err
