"""An assistant of Rasa's pipeline, fine-tuned: after an edit of its data, and where that is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.assistant.nlu.featurizers.count_vectors import Vocabulary
from graphbuild.builder import BuildReport, build, plan
from graphbuild.contract.artifact import Artifact
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.execution.result import Outcome
from graphbuild.finetuning import Finetuning
from graphbuild.package.package import read_package
from graphbuild.plan.decision import Verdict
from graphbuild.report.problems import render_problems, texts_of
from graphbuild.session import BuildRequest
from tests.golden.golden import check

pytestmark = pytest.mark.slow
CONFIG = """\
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 2
- name: DIETClassifier
  epochs: 3
  transformer_size: 16
  number_of_transformer_layers: 1
- name: LogisticRegressionClassifier
- name: EntitySynonymMapper
"""
NLU = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good morning
- intent: fly
  examples: |
    - fly to [rome](city)
    - i want to go to [oslo](city)
- regex: zip
  examples: |
    - \\d{5}
"""
MORE = "    - take me to [Paris](city) by train 12345\n- regex: age\n  examples: |\n    - \\b\\d\\d\\b\n"
FIRST = "models/first.tar.gz"
DIET = "diet_classifier_5"


@pytest.fixture
def assistant(tmp_path: Path) -> BuildRequest:
    """A project whose NLU was trained."""
    folder = tmp_path / "bot"
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text(CONFIG)
    (folder / "data" / "nlu.yml").write_text(NLU)
    asked = BuildRequest(folder, "config.yml", targets=("nlu",), store=folder / ".graphbuild")
    done(build(replace(asked, fixed_name="first")))
    (folder / "data" / "nlu.yml").write_text(NLU.replace("- regex: zip", f"{MORE}- regex: zip"))
    return replace(asked, finetuning=Finetuning(Path(FIRST), 0.5))


def done(report: BuildReport) -> Path:
    assert report.code is ExitCode.DONE, report.problems
    assert report.model is not None
    return report.model


def state(package: Path, node: str, kind: type[Artifact]) -> Any:
    made = read_package(package)
    (name,) = (one["digest"] for one in made.manifest["artifacts"] if one["node"] == f"{node}:train")
    return kind.decode(made.artifacts[name])


def refused(asked: BuildRequest, name: str) -> None:
    """Checks the screen of a refusal before anything runs."""
    with pytest.raises(RecipeError) as raised:
        build(asked)
    texts = {**texts_of(raised.value.problems, asked.project), **raised.value.texts}
    check(f"finetuning/{name}.txt", render_problems(raised.value.problems, texts))


def test_an_edit_is_learnt_on_top_of_what_was_known(assistant: BuildRequest, tmp_path: Path) -> None:
    first = assistant.project / FIRST
    report = build(replace(assistant, fixed_name="second"))
    second = done(report)
    ran = {str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN}
    assert f"{DIET}:train" in ran
    assert "entity_synonym_mapper_7:train" not in ran
    words, more = (state(one, "count_vectors_featurizer_3", Vocabulary).terms for one in (first, second))
    assert more[: len(words)] == words
    assert more[len(words) :] == ("__number__", "by", "me", "paris", "take", "train")
    then, now = (state(one, DIET, DietState) for one in (first, second))
    assert [len(level) for level in now.parts] == [4, 3]
    assert all(
        old <= new
        for level, other in zip(then.parts, now.parts, strict=True)
        for old, new in zip(level, other, strict=True)
    )
    assert now.labels == then.labels
    assert len(now.weights["words.sparse.kernel"]) > len(then.weights["words.sparse.kernel"])
    manifest = read_package(second).manifest["provenance"]["nodes"][f"{DIET}:train"]["manifest"]
    assert manifest["config"]["epochs"] == 2
    assert manifest["inputs"][-1][:3] == ["start", "the parent package", "state"]
    # Again, it is a hit; and in another store the same bytes.
    again = build(replace(assistant, fixed_name="second"))
    assert again.up_to_date
    made = plan(assistant)
    assert made.count(Verdict.HIT) == len(made.decisions)
    fresh = build(replace(assistant, fixed_name="fresh", store=tmp_path / "other"))
    assert done(fresh).read_bytes() == second.read_bytes()


def test_labels_that_come_or_go_are_refused(assistant: BuildRequest) -> None:
    changed = NLU.replace("intent: greet", "intent: welcome").replace("](city)", "](town)")
    (assistant.project / "data" / "nlu.yml").write_text(changed)
    report = build(assistant)
    assert report.code is ExitCode.USAGE
    failed = [str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.FAILED]
    assert failed == [f"{DIET}:fits"]
    ran = {str(node) for node, one in report.result.nodes.items() if one.outcome is Outcome.RUN}
    assert not [node for node in ran if node.endswith(":train")], "it is told before anything trains"
    check("finetuning/labels.txt", render_problems(report.problems, texts_of(report.problems, assistant.project)))


def test_what_else_is_refused_says_what_changed(assistant: BuildRequest) -> None:
    config = assistant.project / "config.yml"
    config.write_text(
        CONFIG.replace("transformer_size: 16", "transformer_size: 32").replace("max_ngram: 2", "max_ngram: 3")
    )
    refused(assistant, "options-of-a-config")
    config.write_text(CONFIG.replace("- name: LexicalSyntacticFeaturizer\n", ""))
    refused(assistant, "component-of-a-config-removed")
    config.write_text(CONFIG.replace("- name: RegexF", "- name: CountVectorsFeaturizer\n- name: RegexF"))
    refused(assistant, "component-of-a-config-added")
    config.write_text(CONFIG.replace("epochs: 3", "epochs: 1"))
    assert plan(assistant).count(Verdict.RUN) > 0
    shared = CONFIG.replace(
        "- name: CountVectorsFeaturizer\n- ", "- name: CountVectorsFeaturizer\n  use_shared_vocab: true\n- "
    )
    config.write_text(shared)
    done(build(replace(assistant, finetuning=None, fixed_name="shared")))
    (assistant.project / "data" / "nlu.yml").write_text(NLU)
    report = build(replace(assistant, finetuning=Finetuning(Path("models/shared.tar.gz"))))
    assert report.code is ExitCode.USAGE
    check("finetuning/shared.txt", render_problems(report.problems, texts_of(report.problems, assistant.project)))


def test_leaves_of_a_pipeline_may_come_and_go(assistant: BuildRequest) -> None:
    """Rasa's positions are in the names of the nodes, and do not matter."""
    config = CONFIG.replace("- name: RegexF", "- name: KeywordIntentClassifier\n- name: RegexF")
    (assistant.project / "config.yml").write_text(config)
    nodes = plan(assistant).graph.nodes
    assert {node.name for node in nodes.values() if node.start is not None} == {
        "regex_featurizer_2",
        "lexical_syntactic_featurizer_3",
        "count_vectors_featurizer_4",
        "count_vectors_featurizer_5",
        "diet_classifier_6",
    }
