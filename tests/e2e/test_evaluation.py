"""Evaluation is part of the graph: nothing is trained twice, what is unchanged is a hit, configurations share nodes."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from graphbuild.assistant.evaluation.evaluation import ENTITY, INTENT, RESPONSE
from graphbuild.builder import BuildReport, build
from graphbuild.errors import UsageError
from graphbuild.execution.result import Outcome
from graphbuild.project.comparison_document import Comparing
from graphbuild.project.evaluation import compare, cross_validate, evaluate
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
TEST = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello you
    - hi friend
- intent: goodbye
  examples: |
    - bye now
- intent: pick_up_bike
  examples: |
    - can I pick my bike up on [friday](day)
"""
OTHER = """
graphbuild: 1
extends: light
nodes: {words: {with: {max_ngram: 2}}}
"""


@pytest.fixture
def assistant(tmp_path: Path) -> Path:
    folder = tmp_path / "assistant"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    (folder / "test.yml").write_text(TEST)
    (folder / "other.yml").write_text(OTHER)
    return folder


def request(folder: Path, recipe: str = "graphbuild.yml") -> BuildRequest:
    return BuildRequest(folder, recipe, store=folder / ".graphbuild")


def ran(report: BuildReport) -> set[str]:
    assert report.problems == ()
    return {str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN}


def trained(report: BuildReport) -> set[str]:
    return {node for node in ran(report) if node.endswith(":train")}


def test_a_held_out_file_is_evaluated_without_training_twice(assistant: Path) -> None:
    whole = build(BuildRequest(assistant, "graphbuild.yml", targets=("nlu",), store=assistant / ".graphbuild"))
    assert trained(whole)
    first = evaluate(request(assistant), ["test.yml"])
    assert trained(first.report) == set()
    assert {"evaluation/file@test.yml", "test/intent:apply", "evaluation/intents:apply"} <= ran(first.report)
    assert "training_file@data/nlu.yml" not in ran(first.report)
    again = evaluate(request(assistant), ["test.yml"])
    assert ran(again.report) == set()
    assert again.report.up_to_date
    assert again.page == first.page
    assert again.pictures == first.pictures
    # And training, after it, has nothing to do.
    assert (
        ran(build(BuildRequest(assistant, "graphbuild.yml", targets=("nlu",), store=assistant / ".graphbuild")))
        == set()
    )
    assert {name: part.reason is None for name, part in first.parts.items()} == {
        INTENT: True,
        ENTITY: True,
        "RegexEntityExtractor": True,
        RESPONSE: False,
    }
    assert first.parts[INTENT].examples == 4
    assert first.parts[ENTITY].confusion.targets() == ("day", "no_entity")


def test_without_training_before_it_trains_what_training_needs(assistant: Path) -> None:
    done = evaluate(request(assistant), ["test.yml"], plots=False)
    assert "intent:train" in trained(done.report)
    assert not [node for node in trained(done.report) if node.startswith("test/")]
    assert done.pictures == {}
    assert trained(build(request(assistant, "recipe:nlu-only"))) == set()


def test_a_damaged_result_is_made_again(assistant: Path) -> None:
    first = evaluate(request(assistant), ["test.yml"])
    page = first.report.result.nodes["evaluation/page:apply"].outputs["output"]  # type: ignore[index]
    figures = page.removeprefix("blake3:")
    blob = assistant / ".graphbuild" / "blobs.v1" / figures[:2] / figures
    blob.chmod(0o644)
    blob.write_bytes(b"x" * blob.stat().st_size)
    again = evaluate(request(assistant), ["test.yml"])
    assert again.page == first.page
    assert ran(again.report) == {"evaluation/page:apply"}


def test_an_edit_to_the_test_file_runs_the_evaluation_alone(assistant: Path) -> None:
    evaluate(request(assistant), ["test.yml"])
    (assistant / "test.yml").write_text(f"# A remark.\n{TEST}")
    assert ran(evaluate(request(assistant), ["test.yml"]).report) == {"evaluation/file@test.yml"}
    (assistant / "test.yml").write_text(TEST.replace("hi friend", "hi my friend"))
    after = ran(evaluate(request(assistant), ["test.yml"]).report)
    assert "test/intent:apply" in after
    assert all(node.startswith(("test/", "evaluation/")) for node in after)


def test_an_edit_to_the_training_data_is_told_from_the_last_evaluation(assistant: Path) -> None:
    evaluate(request(assistant), ["test.yml"])
    data = assistant / "data" / "nlu.yml"
    data.write_text(re.sub(r"(\n +)- (?=hello)", r"\1- a new wording\1- ", data.read_text(), count=1))
    report = evaluate(request(assistant), ["test.yml"]).report
    assert "intent:train" in trained(report)
    assert report.result.nodes["words:train"].reasons  # type: ignore[index]


def test_the_training_data_itself(assistant: Path) -> None:
    done = evaluate(request(assistant))
    assert done.parts[INTENT].report() is not None
    assert not [node for node in done.report.result.nodes if node.startswith("test/")]
    assert done.parts[INTENT].examples > 50


def test_the_same_figures_as_applying_by_hand(assistant: Path) -> None:
    """The training file as a held-out one gives what evaluating the training data gives."""
    own = evaluate(request(assistant))
    held = evaluate(request(assistant), ["data/nlu.yml"])
    assert {name: part.to_plain() for name, part in held.parts.items()} == {
        name: part.to_plain() for name, part in own.parts.items()
    }


def test_cross_validation_is_repeated_for_nothing(assistant: Path) -> None:
    first = cross_validate(request(assistant), 3)
    assert {f"fold_{turn}/intent:train" for turn in (1, 2, 3)} <= trained(first.report)
    # What learns from lookups and synonyms alone learns once.
    assert "entities:train" in trained(first.report)
    assert "fold_1/entities:train" not in first.report.result.nodes
    assert first.folds is not None
    figures = first.folds.figures[INTENT]
    assert len(figures["test"]["accuracy"]["folds"]) == 3
    assert figures["train"]["accuracy"]["mean"] > figures["test"]["accuracy"]["mean"] > 0.2
    own = evaluate(request(assistant))
    assert first.parts[INTENT].examples == own.parts[INTENT].examples
    assert ran(cross_validate(request(assistant), 3).report) == set()
    assert "fold_1/intent:train" in trained(cross_validate(request(assistant), 3, seed=1).report)


def test_configurations_share_what_they_share(assistant: Path) -> None:
    comparing = Comparing(("graphbuild.yml", "other.yml"), (0, 50), 2)
    first = compare(request(assistant), comparing)
    nodes = set(first.report.result.nodes)
    assert "graphbuild/run_1/50%/graphbuild/chars:train" in nodes
    assert "other/run_1/50%/other/words:train" in nodes
    assert not [node for node in nodes if node.startswith("other/") and "chars" in node]
    assert first.comparison.percentages == (0, 50)
    assert first.comparison.examples[0] > first.comparison.examples[1]
    assert [curve.config for curve in first.comparison.curves] == ["graphbuild", "other"]
    assert set(first.parts) == {(c, r, p) for c in ("graphbuild", "other") for r in (1, 2) for p in (0, 50)}
    assert ran(compare(request(assistant), comparing).report) == set()

    (assistant / "other.yml").write_text(OTHER.replace("max_ngram: 2", "max_ngram: 3"))
    after = ran(compare(request(assistant), comparing).report)
    assert not [node for node in after if node.startswith("graphbuild/")]
    assert {"other/run_1/0%/other/words:train", "evaluation/comparison:apply"} <= after


def test_a_recipe_that_understands_nothing(assistant: Path) -> None:
    with pytest.raises(UsageError, match="understands no messages"):
        evaluate(request(assistant, "recipe:core-only"), ["test.yml"])
    (assistant / "empty.yml").write_text('version: "3.1"\nnlu: []\n')
    with pytest.raises(UsageError, match="there are no examples in empty"):
        evaluate(request(assistant), ["empty.yml"])


def test_what_finds_no_entities_is_no_extractor(assistant: Path) -> None:
    (assistant / "config.yml").write_text(
        "language: en\npipeline:\n- name: WhitespaceTokenizer\n- name: KeywordIntentClassifier\n"
        "- name: EntitySynonymMapper\n"
    )
    done = evaluate(request(assistant, "config.yml"), ["test.yml"])
    assert done.parts[ENTITY].reason == "no component of the recipe extracts entities"


def test_nodes_may_have_any_name(assistant: Path) -> None:
    """Those of the evaluation do not get in their way."""
    text = "graphbuild: 1\nextends: nlu-only\nnodes:\n"
    for name in ("data", "file", "page", "examples"):
        text += f"  {name}: {{uses: KeywordIntentClassifier, needs: {{messages: nlu.messages}}}}\n"
    (assistant / "mine.yml").write_text(f"{text}targets: {{model: [data, file, page, examples, fallback]}}\n")
    assert evaluate(request(assistant, "mine.yml"), ["test.yml"]).report.problems == ()
    assert compare(request(assistant), Comparing(("mine.yml", "mine.yml"), (0,), 1), plots=False).report.problems == ()


def test_a_config_of_rasa(assistant: Path) -> None:
    (assistant / "config.yml").write_text(
        "language: en\npipeline:\n- name: WhitespaceTokenizer\n- name: KeywordIntentClassifier\n"
        "- name: RegexEntityExtractor\n- name: EntitySynonymMapper\n- name: FallbackClassifier\n"
    )
    done = evaluate(request(assistant, "config.yml"), ["test.yml"])
    assert done.report.problems == ()
    assert list(done.parts) == [INTENT, ENTITY, "RegexEntityExtractor", RESPONSE]
    said = {error["intent_prediction"]["name"] for error in done.parts[INTENT].errors}
    assert said <= {"nlu_fallback", "greet", "goodbye"}, "the keyword classifier has no second choice"


SELECTING = '''
"""A selector of responses that has a favourite."""
import numpy as np
from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import ResponsePredictions
from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component

class Favourite(Component):
    """Always gives the response that comes first."""
    kind = "selector"

    def train(self, messages: Messages) -> JsonValue:
        return JsonValue(sorted(messages.response_keys.names)[0])

    def apply(self, state: JsonValue, messages: Messages) -> ResponsePredictions:
        count = len(messages)
        return ResponsePredictions(
            (state.value,), np.zeros((count, 1), np.int32), np.full((count, 1), 0.5, np.float32), "faq"
        )
'''
FAQ = """
version: "3.1"
nlu:
- intent: faq/name
  examples: |
    - what are you called
    - who are you
- intent: faq/age
  examples: |
    - how old are you
    - your age
"""


def test_responses_of_a_component_of_ones_own(assistant: Path) -> None:
    (assistant / "selecting.py").write_text(SELECTING)
    (assistant / "data" / "faq.yml").write_text(FAQ)
    node = 'select: {uses: "selecting:Favourite", needs: {messages: nlu.messages}}'
    (assistant / "mine.yml").write_text(
        f"graphbuild: 1\nextends: nlu-only\nnodes: {{{node}}}\ntargets: {{model: [select], nlu: [select]}}\n"
    )
    done = evaluate(request(assistant, "mine.yml"), ["data/faq.yml"])
    part = done.parts[RESPONSE]
    assert part.examples == 4
    assert {error["intent_response_key_target"] for error in part.errors} == {"faq/name"}
    assert done.parts[INTENT].reason is not None  # `faq` is their only intent, and nothing predicts any
    assert "response_selection_confusion_matrix.png" in done.pictures
    assert done.parts[ENTITY].reason == "the examples have no annotated entities"


@pytest.mark.slow
@pytest.mark.corpora
@pytest.mark.skipif("GRAPHBUILD_CORPORA" not in os.environ, reason="needs GRAPHBUILD_CORPORA")
def test_a_set_of_the_corpora(tmp_path: Path) -> None:
    """700 examples of SNIPS, in two folds: nearly all intents are right, and reports hold every example."""
    shutil.copy(Path(os.environ["GRAPHBUILD_CORPORA"]) / "nlu" / "snips2017" / "test.yml", tmp_path / "data.yml")
    asked = BuildRequest(tmp_path, "recipe:nlu-only", {"data": "data.yml"}, store=tmp_path / ".graphbuild")
    done = cross_validate(asked, 2)
    part = done.parts[INTENT]
    assert part.examples == len(part.errors) + len(part.successes) >= 600
    report = part.report()
    assert report is not None
    assert report["accuracy"] > 0.9
    assert set(report["labels"]) == {error["intent"] for error in (*part.errors, *part.successes)}
    entities = done.parts[ENTITY].report()
    assert entities is not None
    assert len(entities["labels"]) > 20
