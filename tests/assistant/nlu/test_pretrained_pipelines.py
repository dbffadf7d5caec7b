"""Rasa's pipelines of pretrained components, built from config.yml: wiring, memory, and what is told when one lacks."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphbuild.builder import BuildReport, build, graph
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.execution.result import Outcome
from graphbuild.session import BuildRequest
from tests.assistant.nlu.optional import bert_folder, needs, sentence_encoder_folder, spacy_model

NLU = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hey there
    - %s
- intent: travel
  examples: |
    - fly to rome
    - fly apples to rome
"""
SPACY = """\
language: en
pipeline:
- name: SpacyNLP
  model: my-model
- name: SpacyTokenizer
- name: SpacyFeaturizer
  pooling: max
- name: LexicalSyntacticFeaturizer
  features: [[pos, pos2, low]]
- name: CountVectorsFeaturizer
- name: LogisticRegressionClassifier
"""
LANGUAGE_MODEL = """\
pipeline:
- name: WhitespaceTokenizer
- name: LanguageModelFeaturizer
  model_weights: my-model
- name: LogisticRegressionClassifier
"""
SENTENCES = LANGUAGE_MODEL.replace("Language", "SentenceEncoder").replace("Model", "").replace("model_weights", "model")


@dataclass
class Project:
    """A project folder that is built in this process."""

    folder: Path

    def examples(self, last: str) -> None:
        self.write("data/nlu.yml", NLU % last)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, "utf-8")

    @property
    def request(self) -> BuildRequest:
        return BuildRequest(self.folder, "config.yml", store=self.folder / ".graphbuild", targets=("nlu",))

    def build(self) -> BuildReport:
        report = build(self.request)
        assert report.code is ExitCode.DONE, report.problems
        return report

    def rows(self) -> dict[str, str]:
        """How many rows the nodes that ran had to compute."""
        return {node: str(one.rows) for node, one in self.build().result.nodes.items() if one.rows is not None}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.examples("good morning")
    made.write("domain.yml", 'version: "3.1"\nintents: [greet, travel]\n')
    return made


def test_a_spacy_pipeline_trains_and_reads_one_edited_example(project: Project) -> None:
    needs("spacy")
    shutil.copytree(spacy_model().name, project.folder / "my-model")
    project.write("config.yml", SPACY)
    assert project.rows() == {
        "spacy_tokenizer_1:apply": "5 of 5 messages",
        "spacy_featurizer_2:apply": "5 of 5 messages",
    }
    project.examples("good apples")
    assert project.rows() == {
        "spacy_tokenizer_1:apply": "1 of 5 messages",
        "spacy_featurizer_2:apply": "1 of 5 messages",
    }


def test_another_model_under_the_same_name_is_another_model(project: Project) -> None:
    needs("spacy")
    shutil.copytree(spacy_model().name, project.folder / "my-model")
    project.write("config.yml", SPACY)
    project.build()
    meta = project.folder / "my-model" / "meta.json"
    meta.write_text(meta.read_text("utf-8").replace('"description":""', '"description":"new"'), "utf-8")
    report = project.build()
    assert report.result.nodes["spacy_nlp_0:apply"].outcome is Outcome.RUN
    assert str(report.result.nodes["spacy_tokenizer_1:apply"].rows) == "5 of 5 messages"


@pytest.mark.parametrize(
    ("config", "model", "distributions", "node"),
    [
        (LANGUAGE_MODEL, bert_folder, ("transformers", "torch"), "language_model_featurizer_1"),
        (
            *(SENTENCES, sentence_encoder_folder),
            *(("sentence-transformers", "torch"), "sentence_encoder_featurizer_1"),
        ),
    ],
)
def test_pretrained_vectors_are_remembered_message_by_message(
    project: Project, config: str, model: Any, distributions: tuple[str, ...], node: str
) -> None:
    needs(*distributions)
    shutil.copytree(model(), project.folder / "my-model")
    project.write("config.yml", config)
    assert project.rows() == {f"{node}:apply": "5 of 5 messages"}
    project.examples("good apples")
    assert project.rows() == {f"{node}:apply": "1 of 5 messages"}


CHINESE = """\
language: zh
pipeline:
- name: %s
- name: CountVectorsFeaturizer
  analyzer: char
- name: LogisticRegressionClassifier
"""


def test_a_dictionary_of_the_project_is_read_and_an_edit_of_it_counts(project: Project) -> None:
    needs("jieba")
    project.write("config.yml", CHINESE % "JiebaTokenizer\n  dictionary_path: words")
    project.write("words/mine.txt", "聊天机 1000\n")
    project.examples("聊天机")
    project.build()
    project.write("words/mine.txt", "聊天 1000\n")
    result = project.build().result.nodes
    assert [result[f"jieba_tokenizer_0{step}"].outcome for step in (".words", ":apply")] == [Outcome.RUN] * 2
    shutil.rmtree(project.folder / "words")
    with pytest.raises(RecipeError, match="there is no file or folder `words`"):
        project.build()


def test_a_tokenizer_that_a_language_cannot_use_names_one_that_it_can(project: Project) -> None:
    project.write("config.yml", CHINESE % "WhitespaceTokenizer")
    with pytest.raises(RecipeError) as caught:
        project.build()
    assert [(str(one.location), one.hint) for one in caught.value.problems] == [
        ("config.yml:3:9", "`CharacterTokenizer` can")
    ]


def test_chinese_needs_no_library(project: Project) -> None:
    project.write("config.yml", CHINESE % "CharacterTokenizer")
    project.examples("你好")
    assert project.build().model is not None


def test_the_package_holds_which_model_and_not_the_model(project: Project) -> None:
    needs("transformers", "torch")
    shutil.copytree(bert_folder(), project.folder / "my-model")
    project.write("config.yml", LANGUAGE_MODEL)
    report = project.build()
    found = graph(project.request)
    (feature,) = (node for node in found.predict.values() if node.uses == "LanguageModelFeaturizer")
    (model,) = (binding for binding in feature.inputs if binding.port == "model")
    assert (model.node, model.output) in found.kept
    assert report.model is not None
    assert report.model.stat().st_size < 20_000


def test_a_model_that_appears_is_seen(project: Project) -> None:
    needs("spacy")
    project.write("config.yml", SPACY)
    with pytest.raises(RecipeError, match="there is no spaCy model `my-model`"):
        build(project.request)
    shutil.copytree(spacy_model().name, project.folder / "my-model")
    project.build()


def test_what_lacks_is_told_at_its_line(project: Project) -> None:
    project.write("config.yml", SPACY)
    with pytest.raises(RecipeError) as caught:
        build(project.request)
    told = {str(problem.location): problem.hint for problem in caught.value.problems}
    try:
        needs("spacy")
    except pytest.skip.Exception:
        assert told == {f"config.yml:{line}:9": "pip install 'graphbuild[spacy]'" for line in (3, 5, 6)}
    else:
        assert told == {"config.yml:4:3": "python -m spacy download my-model"}


def test_a_model_of_the_hub_is_looked_for_before_anything_trains(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    needs("transformers", "torch")
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    project.write("config.yml", LANGUAGE_MODEL.replace("my-model", f"nobody/none\n  cache_dir: {tmp_path}"))
    report = build(project.request)
    assert report.code is ExitCode.USAGE
    (problem,) = report.problems
    assert problem.what.startswith("the model `nobody/none` is no folder")
    assert str(problem.location) == "config.yml:3:9"
    assert not [
        node
        for node in report.result.nodes
        if node.endswith(":train") and report.result.nodes[node].outcome is Outcome.RUN
    ]
