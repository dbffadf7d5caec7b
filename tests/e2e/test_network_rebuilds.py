"""What edits train of a pipeline with networks: DIETClassifier and ResponseSelector, of Rasa's config.yml."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import BuildReport, build
from graphbuild.errors import ExitCode
from graphbuild.execution.result import Outcome
from graphbuild.session import BuildRequest
from tests.cli.command_line import run

pytestmark = pytest.mark.slow
CONFIG = """\
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: CountVectorsFeaturizer
- {name: DIETClassifier, epochs: 1, transformer_size: 16, tensorboard_log_directory: null}
- name: EntitySynonymMapper
- {name: ResponseSelector, epochs: 1}
- {name: ResponseSelector, epochs: 1, retrieval_intent: chitchat, use_text_as_label: true}
- name: FallbackClassifier
"""
NLU = """\
nlu:
- intent: greet
  examples: |
    - hello
    - hi [Ann](name)
- intent: faq/hours
  examples: |
    - when do you open
    - opening hours
- intent: faq/place
  examples: |
    - where are you
- intent: chitchat/age
  examples: |
    - how old are you
- intent: chitchat/joke
  examples: |
    - tell me a joke
- synonym: Anne
  examples: |
    - ann
"""
RESPONSES = """\
responses:
  utter_faq/hours: [{text: From nine to five.}]
  utter_faq/place: [{text: In Rome.}]
  utter_chitchat/age: [{text: Very old.}]
  utter_chitchat/joke: [{text: No.}]
"""
WORDS = "count_vectors_featurizer_2:train"
NETWORKS = {"diet_classifier_3:train", "response_selector_5:train", "response_selector_6:train"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("networks")
    for name, text in {"config.yml": CONFIG, "data/nlu.yml": NLU, "data/responses.yml": RESPONSES}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    assert trained(folder) == {"count_vectors_featurizer_2:train", "entity_synonym_mapper_4:train",
                               "regex_featurizer_1:train", *NETWORKS}  # fmt: skip
    return folder


def trained(folder: Path) -> set[str]:
    """What a build trains."""
    report: BuildReport = build(BuildRequest(folder, "config.yml", targets=("nlu",)))
    assert report.code is ExitCode.DONE
    ran = {str(name) for name, node in report.result.nodes.items() if node.outcome is Outcome.RUN}
    return {name for name in ran if name.endswith(":train")}


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        ("data/nlu.yml", "    - hello\n", "    - hello  \n", set()),
        ("data/responses.yml", "From nine to five.", "From ten to four.", set()),
        ("data/responses.yml", "Very old.", "Very young.", {"response_selector_6:train"}),
        ("data/nlu.yml", "    - ann\n", "    - ann\n    - anny\n", {"entity_synonym_mapper_4:train"}),
        ("data/nlu.yml", "- where are you\n", "- where are you\n    - where\n", {*NETWORKS, WORDS}),
        ("config.yml", "epochs: 1, transformer", "epochs: 2, transformer", {"diet_classifier_3:train"}),
        ("config.yml", "tensorboard_log_directory: null", "tensorboard_log_directory: logs", set()),
    ],
    ids=["spaces", "response", "label", "synonym", "example", "epochs", "logs"],
)  # fmt: skip
def test_an_edit_trains_what_reads_it(project: Path, file: str, before: str, after: str, expected: set[str]) -> None:
    text = (project / file).read_text()
    assert before in text
    (project / file).write_text(text.replace(before, after))
    try:
        assert trained(project) == expected
        assert trained(project) == set()
    finally:
        (project / file).write_text(text)
    assert trained(project) == set()


def test_an_edit_of_how_a_training_is_shown_alone_makes_no_package_and_says_so(project: Path) -> None:
    text = (project / "config.yml").read_text()
    arguments = ("-C", str(project), "train", "nlu")
    first = run(*arguments).out
    (project / "config.yml").write_text(text.replace("directory: null", "directory: logs"))
    try:
        second = run(*arguments).out
        said = "no logs in logs/: diet_classifier_3 did not train; --force runs everything again"
        assert said not in first
        assert said in second.splitlines()
        assert "up to date: 15 reused" in second  # the package, too
        assert said in run(*arguments).out.splitlines()
        assert said not in run(*arguments, "--force").out
        assert list((project / "logs").iterdir())
        assert said not in run(*arguments).out
    finally:
        (project / "config.yml").write_text(text)
