"""`graphbuild test core` and `graphbuild test`: documents, files, exit codes, and options as Rasa's users type them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.nlu.extractors.duckling import URL_VARIABLE
from tests.cli.command_line import Ran, run
from tests.golden.golden import check

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CONFIG = """
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
- name: RegexEntityExtractor
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""
TESTS = """
version: "3.1"
stories:
- story: what goes right
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
- story: what goes wrong
  steps:
  - user: hello
    intent: goodbye
  - action: utter_greet
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An assistant whose store is shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("test-core") / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "tests" / "test_stories.yml").write_text(TESTS)
    (folder / "config.yml").write_text(CONFIG)
    (folder / "graphbuild.yml").unlink()
    return folder


def command(assistant: Path, *arguments: str) -> Ran:
    return run("-C", assistant, "--store", assistant / ".graphbuild", "test", *arguments)


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_the_document(assistant: Path) -> None:
    ran = command(assistant, "core", "--json", "--steps", "--out", "first")
    assert ran.code == 0
    document = ran.document
    assert document["conversations"] == {"accuracy": 0.5, "correct": 1, "with_warnings": 0, "total": 2}
    assert document["action"]["examples"] == 4
    assert set(document["action"]["labels"]) == {"utter_greet", "action_listen"}
    assert document["intent"]["errors"] == 1
    assert document["entity"] is None
    assert document["reasons"] == {"entity": "the stories have no annotated entities"}
    right, wrong = document["dialogues"]
    assert (right["dialogue"], wrong["dialogue"]) == ("what goes right", "what goes wrong")
    assert right["steps"][0]["predicted"] == right["steps"][0]["action"] == "utter_greet"
    assert wrong["steps"][0] == {
        "action": "utter_greet",
        "predicted": "utter_goodbye",
        "policy": "RulePolicy",
        "confidence": 1.0,
    }
    (failed,) = document["failed"]
    assert (failed["story"], failed["path"], failed["line"]) == ("what goes wrong", "tests/test_stories.yml", 9)
    assert [one["predicted"] for one in failed["mistakes"]][:2] == ["greet", "utter_goodbye"]
    assert sum(one["steps"] for one in document["policies"].values()) == 4
    assert document["in_training_data_fraction"] == 1.0, "both policies know by heart"
    again = command(assistant, "core", "--json", "--out", "first").document
    assert {one["decision"] for one in again["nodes"]} == {"hit"}
    assert "dialogues" not in again
    assert again["action"] == document["action"]


def test_files_have_the_names_of_rasa(assistant: Path) -> None:
    assert command(assistant, "core", "--successes").code == 0
    results = assistant / "results"
    stories = {"failed_test_stories.yml", "successful_test_stories.yml", "stories_with_warnings.yml"}
    reports = {f"{name}_{what}.json" for name in ("story", "story_intent") for what in ("report", "errors")}
    pictures = {f"{name}_confusion_matrix.png" for name in ("story", "story_intent")}
    pictures.add("story_histogram.png")
    pages = {"story_report.html", "story_report.txt"}
    assert {path.name for path in results.iterdir()} == stories | reports | pictures | pages
    report = read(results / "story_report.json")
    assert report["conversation_accuracy"] == {"accuracy": 0.5, "correct": 1, "with_warnings": 0, "total": 2}
    assert report["utter_greet"]["support"] == 2
    assert "1.000 of the steps are known from training" in (results / "story_report.txt").read_text()
    failed = (results / "failed_test_stories.yml").read_text()
    assert "- intent: goodbye  # predicted: greet\n" in failed
    assert "- action: utter_greet  # predicted: utter_goodbye\n" in failed
    assert "what goes right" not in failed
    assert "what goes right" in (results / "successful_test_stories.yml").read_text()
    assert (results / "story_confusion_matrix.png").read_bytes().startswith(b"\x89PNG")
    assert b"what goes wrong" in (results / "story_report.html").read_bytes()


def test_less_is_written_when_less_is_asked_for(assistant: Path) -> None:
    ran = command(assistant, "core", "--no-errors", "--no-warnings", "--no-plot", "--out", "few", "-q")
    assert (ran.code, ran.out) == (0, "")
    assert {path.name for path in (assistant / "few").iterdir()} == {
        *("story_report.json", "story_intent_report.json", "story_report.html", "story_report.txt")
    }


def test_the_screen(assistant: Path) -> None:
    (assistant / "odd.yml").write_text(TESTS.replace("- action: utter_greet", "- action: utter_gret", 1))
    command(assistant, "core", "-s", "odd.yml", "--out", "odd")
    ran = command(assistant, "core", "-s", "odd.yml", "--out", "odd")
    check("console/story-test.txt", re.sub(r"reused, .*", "reused, 0.0 s", ran.out))


def test_a_turn_of_several_lines_is_one_line_of_the_screen(assistant: Path) -> None:
    told = '- story: x\n  steps:\n  - user: "hello\\n[you](name)"\n    intent: greet\n  - action: utter_greet\n'
    (assistant / "lines.yml").write_text(f'version: "3.1"\nstories:\n{told}')
    ran = command(assistant, "core", "-s", "lines.yml", "--out", "lines")
    assert "intent: greet  # entities predicted: none; expected: hello [you](name)\n" in ran.out


def test_exit_codes(assistant: Path) -> None:
    assert command(assistant, "core", "--fail-on-prediction-errors").code == 1
    assert command(assistant, "core", "--fail-on-prediction-errors", "--max-stories", "1").code == 0
    refused = command(assistant, "core", "-m", "nowhere")
    assert refused.code == 2
    assert "there is no model" in refused.err
    assert command(assistant, "core", "--max-stories", "0").code == 2
    assert command(assistant, "nope").code == 2


def test_screens_of_errors(assistant: Path) -> None:
    (assistant / "broken.yml").write_text("stories:\n- story: x\n  steps:\n  - acton: utter_greet\n")
    (assistant / "empty.yml").write_text("stories: []\n")
    for name, arguments in {
        "broken": ("--stories", "broken.yml"),
        "missing": ("--stories", "gone.yml"),
        "empty": ("--stories", "empty.yml"),
        "no-policies": ("-c", "recipe:nlu-only"),
        "no-parser": ("-c", "recipe:core-only"),
    }.items():
        ran = command(assistant, "core", *arguments)
        assert ran.code == 2 or (name, ran.code) == ("broken", 1)
        check(f"story-tests/{name}.txt", ran.err.replace(str(assistant), "."))


def test_both_halves(assistant: Path) -> None:
    ran = command(assistant, "--json", "--out", "both")
    assert ran.code == 0
    assert ran.document["core"]["conversations"]["total"] == 2
    assert ran.document["nlu"]["intent"]["examples"] > 50
    assert ran.document["reasons"] == {}
    names = {path.name for path in (assistant / "both").iterdir()}
    assert {"story_report.json", "intent_report.json"} <= names
    shown = command(assistant, "--out", "both")
    assert "1 of 2 stories went right" in shown.out
    assert "not evaluated" in shown.out
    assert command(assistant, "all", "--fail-on-prediction-errors", "--out", "both").code == 1


def test_a_half_that_is_not_there_is_passed_over(assistant: Path) -> None:
    ran = command(assistant, "-c", "recipe:nlu-only", "--json", "--out", "half")
    assert ran.code == 0
    assert ran.document["core"] is None
    assert "this recipe has no policies" in ran.document["reasons"]["core"]
    shown = command(assistant, "-c", "recipe:nlu-only", "--out", "half")
    assert "core not tested: this recipe has no policies" in shown.out
    asked = command(assistant, "-c", "recipe:nlu-only", "--stories", "tests", "--out", "half")
    assert asked.code == 2, "what was asked for by name must be there"


def test_help_says_what_there_is(assistant: Path) -> None:
    assert "all   Both" in command(assistant, "--help").out
    assert "predicted instead behind each line" in command(assistant, "core", "--help").out


def test_a_comparison_with_values_after_one_another(assistant: Path) -> None:
    (assistant / "other.yml").write_text(CONFIG.replace("- name: MemoizationPolicy\n", ""))
    common = ("core", "-c", "config.yml", "other.yml", "-r", "1", "-p", "50", "0", "--out", "compared")
    ran = command(assistant, *common, "--json")
    assert ran.code == 0, ran.out
    assert ran.document["percentages"] == [0, 50]
    assert list(ran.document["configs"]) == ["config", "other"]
    assert ran.document["stories"][0] > ran.document["stories"][1]
    figures = ran.document["configs"]["config"]
    assert set(figures) == {"conversation_accuracy", "mean", "std", "action_accuracy", "intent", "entity", "reasons"}
    assert figures["intent"]["errors"] == 1
    folder = assistant / "compared"
    assert read(folder / "results.json")["config"] == figures["conversation_accuracy"]
    assert (folder / "core_model_comparison_graph.png").exists()
    assert b"<polyline" in (folder / "core_comparison.html").read_bytes()
    report = read(folder / "run_1" / "50%_exclusion" / "other_report" / "story_report.json")
    assert report["conversation_accuracy"]["total"] == 2
    shown = command(assistant, *common)
    assert "share of test stories that went right, trained on" in shown.out
    assert command(assistant, *common, "--fail-on-prediction-errors").code == 1


@pytest.mark.parametrize("evaluation", [("nlu",), ("nlu", "--cross-validation", "--folds", "2"), ("core",)])
def test_what_an_extractor_could_not_do_is_told_once(
    assistant: Path, evaluation: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    config = CONFIG.replace("- name: RegexEntityExtractor", "- name: DucklingEntityExtractor")
    (assistant / "dated.yml").write_text(config)
    asked = (*evaluation, "-c", "dated.yml", "--out", "dated")
    for _ in range(2):  # made, and taken from the store
        ran = command(assistant, *asked)
        assert ran.code == 0
        assert (
            ran.out.count("warning: Duckling has no address: it finds no entities\n  hint: set the option `url`") == 1
        )
    (found,) = command(assistant, *asked, "--json").document["findings"]
    assert (found["level"], found["what"]) == ("warning", "Duckling has no address: it finds no entities")
