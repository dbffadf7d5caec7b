"""Variants of an assistant, each tested on examples that it was not trained on: as `test nlu` says of it alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import Ran, run
from tests.conftest import ROOT

MATRIX = "\nmatrix:\n  chars.max_ngram: [2, 4]\n  words.analyzer: [word, char]\n"
SPLIT = ("--data", "train_test_split/training_data.yml", "--nlu", "train_test_split/test_data.yml")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("variants") / "assistant"
    ignored = shutil.ignore_patterns(".graphbuild", "models")
    shutil.copytree(ROOT / "recipes" / "sample", folder, ignore=ignored)
    file = folder / "graphbuild.yml"
    file.write_text(file.read_text() + MATRIX)
    assert run("-C", folder, "data", "split", "nlu").code == 0
    return folder


def command(assistant: Path, *arguments: str) -> Ran:
    return run("-C", assistant, "--store", assistant / ".graphbuild", *arguments)


def test_scores_are_those_of_test_nlu(assistant: Path) -> None:
    ran = command(assistant, "compare", "nlu", *SPLIT, "--json")
    assert ran.code == 0, ran.out
    document = ran.document
    assert document["scores"] == [
        "intent.f1",
        "intent.accuracy",
        "entity.f1",
        "entity.exact_f1",
        "response_selection.f1",
        "response_selection.accuracy",
    ]
    assert len({one["scores"]["intent.f1"] for one in document["variants"]}) > 1
    for number in (0, 3):
        variant = document["variants"][number]
        size, analyzer = variant["values"].values()
        (assistant / "alone.yml").write_text(
            "graphbuild: 1\nextends: light\nnodes:\n"
            f"  chars: {{with: {{max_ngram: {size}}}}}\n  words: {{with: {{analyzer: {analyzer}}}}}\n"
        )
        alone = command(assistant, "test", "nlu", "-c", "alone.yml", *SPLIT, "--no-plot", "--json").document
        trained = [one["node"] for one in alone["nodes"] if one["operation"] == "train" and one["decision"] == "run"]
        assert trained == []
        assert variant["scores"]["intent.f1"] == alone["intent"]["weighted avg"]["f1-score"]
        assert variant["scores"]["intent.accuracy"] == alone["intent"]["accuracy"]
        assert variant["scores"]["entity.f1"] == alone["entity"]["micro avg"]["f1-score"]
        assert variant["scores"]["response_selection.f1"] is None


def test_again_runs_nothing_and_says_so_before(assistant: Path) -> None:
    assert command(assistant, "compare", "nlu", *SPLIT, "-q").code == 0
    assert command(assistant, "compare", "nlu", *SPLIT, "--dry-run").code == 0
    screen = command(assistant, "compare", "nlu", *SPLIT, "--sort", "intent.f1").out.splitlines()
    assert screen[0].startswith("done: ")
    assert " ran" not in screen[0]
    assert "response_selection" not in screen[2]
    best = [line for line in screen if line.split()[:2] in (["2", "char"], ["4", "char"], ["2", "word"], ["4", "word"])]
    assert "*" in best[0]


def test_checks_and_tests_of_the_whole(assistant: Path) -> None:
    document = command(assistant, "compare", *SPLIT[2:], "--dry-run", "--json").document
    names = {one["node"] for one in document["nodes"]}
    assert {"check_stories:apply", "rules:train", "ted:train"} <= names  # there once: nothing that varies reaches them
    assert len([one for one in names if one.startswith("evaluation/intents")]) == 4


def test_a_file_that_is_not_there(assistant: Path) -> None:
    ran = command(assistant, "compare", "--nlu", "nowhere.yml")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "error: there is no file or folder `nowhere.yml`")


def test_a_recipe_that_understands_nothing(tmp_path: Path) -> None:
    assert run("init", tmp_path / "news", "--sample", "text-classifier").code == 0
    ran = run("-C", tmp_path / "news", "compare", "-f", "recipe.yml", "--nlu", "data/test.txt")
    assert (ran.code, "this recipe understands no messages" in ran.err) == (2, True)
