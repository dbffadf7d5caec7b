"""`graphbuild test nlu`: its document, its files, its exit codes, and options as Rasa's users type them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from graphbuild.cli.many_values import _repeated
from tests.cli.command_line import Ran, run

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
TEST = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello you
    - what does a new chain cost
- intent: goodbye
  examples: |
    - bye now
    - can I pick my bike up on [friday](day)
"""
AVERAGES = ("micro avg", "macro avg", "weighted avg")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant whose store is shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("test-nlu") / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "test.yml").write_text(TEST)
    return folder


def command(assistant: Path, *arguments: str) -> Ran:
    return run("-C", assistant, "--store", assistant / ".graphbuild", "test", "nlu", *arguments)


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_the_document(assistant: Path) -> None:
    assert run("-C", assistant, "--store", assistant / ".graphbuild", "train", "nlu", "-q").code == 0
    ran = command(assistant, "--nlu", "test.yml", "--json", "--out", "first")
    assert ran.code == 0
    document = ran.document
    assert not [one for one in document["nodes"] if one["operation"] == "train" and one["decision"] == "run"]
    for name, labels in (("intent", {"greet", "goodbye"}), ("entity", {"day"})):
        part = document[name]
        assert 0 <= part["accuracy"] <= 1
        assert all(set(part[one]) == {"precision", "recall", "f1-score", "support"} for one in AVERAGES)
        assert set(part["labels"]) == labels
        assert all("confused_with" in one for one in part["labels"].values())
        assert part["examples"] == 4
    assert document["intent"]["errors"] > 0
    assert document["entity"]["exact"]["support"] == 1
    assert set(document["entity"]["extractors"]) == {"RegexEntityExtractor"}
    assert document["response_selection"] is None
    assert document["reasons"] == {"response_selection": "no component of the recipe selects responses"}
    again = command(assistant, "--nlu", "test.yml", "--json", "--out", "first").document
    assert {one["decision"] for one in again["nodes"]} == {"hit"}
    assert again["up_to_date"]
    assert again["intent"] == document["intent"]


def test_a_config_of_an_older_rasa_whose_policies_are_not_there(assistant: Path) -> None:
    words = "language: en\npipeline: [tokenizer_whitespace, intent_classifier_keyword]\npolicies: [MappingPolicy]\n"
    (assistant / "old.yml").write_text(words)
    trained = run("-C", assistant, "--store", assistant / ".graphbuild", "train", "nlu", "--config", "old.yml", "-q")
    assert trained.code == 0, trained.err
    ran = command(assistant, "--config", "old.yml", "--nlu", "test.yml", "--json", "--out", "old")
    assert ran.code == 0
    assert ran.document["intent"]["examples"] == 4
    assert not [one for one in ran.document["nodes"] if one["operation"] == "train" and one["decision"] == "run"]


def test_files_have_the_names_of_rasa(assistant: Path) -> None:
    ran = command(assistant, "--nlu", "test.yml", "--successes")
    assert ran.code == 0
    results = assistant / "results"
    kinds = ("intent", "entity", "RegexEntityExtractor")
    names = {f"{kind}_{what}.json" for kind in kinds for what in ("report", "errors", "successes")}
    pictures = {*(f"{kind}_confusion_matrix.png" for kind in kinds), "intent_histogram.png"}
    assert {path.name for path in results.iterdir()} == names | pictures | {"nlu_report.html", "nlu_report.txt"}
    report = read(results / "intent_report.json")
    assert set(report) == {"greet", "goodbye", "accuracy", *AVERAGES}
    error = read(results / "intent_errors.json")[0]
    assert set(error) == {"text", "intent", "intent_prediction"}
    assert set(error["intent_prediction"]) == {"name", "confidence"}
    assert [one["text"] for one in read(results / "intent_successes.json")]
    assert (results / "intent_histogram.png").read_bytes().startswith(b"\x89PNG")
    assert b"</html>" in (results / "nlu_report.html").read_bytes()
    assert "weighted avg" in (results / "nlu_report.txt").read_text()
    assert "F1" in ran.out
    assert "not evaluated: no component of the recipe selects responses" in ran.out
    assert "reports in results/" in ran.out


def test_less_is_written_when_less_is_asked_for(assistant: Path) -> None:
    assert command(assistant, "--nlu", "test.yml", "--no-errors", "--no-plot", "--out", "few", "-q").out == ""
    names = {path.name for path in (assistant / "few").iterdir()}
    assert not [name for name in names if name.endswith(".png") or "errors" in name or "successes" in name]
    assert "nlu_report.html" in names


def test_cross_validation(assistant: Path) -> None:
    ran = command(assistant, "--cross-validation", "-f", "2", "--out", "folds", "--json")
    assert ran.code == 0
    figures = ran.document["cross_validation"]["intent"]
    assert set(figures) == {"train", "test"}
    assert len(figures["test"]["f1-score"]["folds"]) == 2
    assert read(assistant / "folds" / "cross_validation.json") == ran.document["cross_validation"]
    assert ran.document["intent"]["examples"] > 50
    shown = command(assistant, "--cross-validation", "-f", "2", "--out", "folds")
    assert "±" in shown.out
    assert "0 ran" not in shown.out


def test_a_comparison_with_values_after_one_another(assistant: Path) -> None:
    ran = command(
        assistant, "-c", "graphbuild.yml", "recipe:nlu-only", "-r", "1", "-p", "50", "0", "--out", "compared", "--json"
    )
    assert ran.code == 0
    assert ran.document["percentages"] == [0, 50]
    assert list(ran.document["configs"]) == ["graphbuild", "nlu-only"]
    folder = assistant / "compared"
    results = read(folder / "results.json")
    assert [len(run) for runs in results.values() for run in runs] == [2, 2]
    assert results["graphbuild"] == results["nlu-only"]
    assert (folder / "nlu_model_comparison_graph.png").exists()
    assert b"<polyline" in (folder / "nlu_comparison.html").read_bytes()
    assert read(folder / "run_1" / "50%_exclusion" / "nlu-only_report" / "intent_report.json")["accuracy"] > 0
    shown = command(
        assistant,
        "-c",
        "graphbuild.yml",
        "-c",
        "recipe:nlu-only",
        "-r",
        "1",
        "-p",
        "0",
        "-p",
        "50",
        "--out",
        "compared",
    )
    assert "weighted F1 of intents" in shown.out


def test_exit_codes(assistant: Path, tmp_path: Path) -> None:
    assert command(assistant, "--nlu", "test.yml", "--fail-on-prediction-errors").code == 1
    gone = command(assistant, "--nlu", "gone.yml")
    assert gone.code == 2
    assert "there is no file or folder `gone.yml`" in gone.err
    assert command(assistant, "-c", "nope.yml").code == 2
    assert command(assistant, "--folds", "1").code == 2
    refused = command(assistant, "-m", "nowhere")
    assert refused.code == 2
    assert "there is no model" in refused.err
    assert command(assistant, "--cross-validation", "-c", "graphbuild.yml", "recipe:nlu-only").code == 2
    assert command(assistant, "--cross-validation", "--nlu", "test.yml", "--data", "data").code == 2
    many = command(assistant, "--cross-validation", "--folds", "5", "--nlu", "test.yml", "--json")
    assert many.code == 2
    assert "folds of" in many.document["problems"][0]["what"]
    (assistant / "broken.yml").write_text("nlu: [")
    assert command(assistant, "--nlu", "broken.yml").code == 2
    (tmp_path / "file").write_text("")
    refused = command(assistant, "--nlu", "test.yml", "--out", str(tmp_path / "file"))
    assert refused.code == 2
    assert "cannot write" in refused.err


def test_the_data_that_is_split_can_be_named(assistant: Path) -> None:
    document = command(assistant, "--cross-validation", "-f", "2", "--nlu", "test.yml", "--out", "x", "--json").document
    assert document["intent"]["examples"] == 4


def test_values_after_one_another() -> None:
    names = {"-p", "--nlu"}
    assert _repeated(["-p", "0", "25", "--json", "-p", "1"], names) == ["-p", "0", "-p", "25", "--json", "-p", "1"]
    assert _repeated(["--nlu=a", "b", "-f", "3", "x"], names) == ["--nlu=a", "--nlu", "b", "-f", "3", "x"]
    assert _repeated(["--out", "d", "e"], names) == ["--out", "d", "e"]
