"""A package of NLU alone has the texts of the responses that it selects; stories do not touch it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graphbuild.agent import Agent
from graphbuild.builder import BuildReport, build
from graphbuild.execution.result import Outcome
from graphbuild.graph.graph import Operation
from graphbuild.session import BuildRequest

pytestmark = pytest.mark.slow
CONFIG = """
recipe: default.v1
language: en
pipeline:
- {name: WhitespaceTokenizer}
- {name: CountVectorsFeaturizer}
- {name: KeywordIntentClassifier}
- {name: ResponseSelector, epochs: 1}
policies: [{name: RulePolicy}]
"""
DOMAIN = """
intents: [faq, greet]
responses:
  utter_greet: [{text: Hello.}]
  utter_faq/name: [{text: I am Velo.}, {text: Call me Velo.}]
"""
NLU = """
nlu:
- intent: faq/name
  examples: |
    - what is your name
    - who are you called
- intent: faq/age
  examples: |
    - how old are you
    - your age please
- intent: greet
  examples: |
    - hello
responses:
  utter_faq/age: [{text: Two years old.}]
"""
STORIES = """
stories:
- story: greets
  steps:
  - intent: greet
  - action: utter_greet
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    texts = {"config.yml": CONFIG, "domain.yml": DOMAIN, "data/nlu.yml": NLU, "data/stories.yml": STORIES}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def trained(project: Path, *targets: str) -> BuildReport:
    report = build(BuildRequest(project, "config.yml", targets=targets))
    assert report.problems == ()
    return report


def ran(report: BuildReport) -> set[str]:
    """What was trained."""
    nodes = report.result.plan.graph.nodes
    done = [one for one, result in report.result.nodes.items() if result.outcome is Outcome.RUN]
    return {nodes[one].uses for one in done if nodes[one].operation is Operation.TRAIN}


def texts_of(report: BuildReport) -> dict[str, list[Any]]:
    """The texts that come with each response, whichever is selected."""
    assert report.model is not None
    agent = Agent.load(report.model)
    found = {}
    for text in ("what is your name", "how old are you", "your age please"):
        selected = agent.parse(text)["response_selector"]
        assert selected["all_retrieval_intents"] == ["faq"]
        response = selected["default"]["response"]
        found[response["intent_response_key"]] = [one["text"] for one in response["responses"]]
    return found


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def known(report: BuildReport, **texts: list[str]) -> None:
    found = texts_of(report)
    assert found
    assert found == {key: texts[key.removeprefix("faq/")] for key in found}


def test_texts_of_the_domain_and_of_the_training_data_go_with_keys(project: Path) -> None:
    first = trained(project, "nlu")
    known(first, name=["I am Velo.", "Call me Velo."], age=["Two years old."])

    edit(project / "data/stories.yml", "story: greets", "story: greets twice")
    edit(project / "data/stories.yml", "- action: utter_greet", "- action: utter_greet\n  - action: utter_greet")
    edit(project / "domain.yml", "text: Hello.", "text: Good morning.")
    again = trained(project, "nlu")
    assert (ran(again), again.model) == (set(), first.model)

    edit(project / "domain.yml", "Call me Velo.", "Velo it is.")
    edited = trained(project, "nlu")
    assert (ran(edited), edited.model == first.model) == (set(), False)
    known(edited, name=["I am Velo.", "Velo it is."], age=["Two years old."])


def test_without_a_domain_there_are_those_of_the_training_data(project: Path) -> None:
    (project / "domain.yml").unlink()
    known(trained(project, "nlu"), name=["faq/name"], age=["Two years old."])


def test_where_dialogue_is_left_out_they_are_there_too(project: Path) -> None:
    (project / "data/stories.yml").unlink()
    known(trained(project), name=["I am Velo.", "Call me Velo."], age=["Two years old."])
