"""TrainedModel: what was trained answers in any process, one message as many; halves say what they cannot do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbuild.agent import load_model
from graphbuild.assistant.data.domain_document import read_document
from graphbuild.assistant.data.domain_merge import space_of
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.histories import Moment
from graphbuild.assistant.dialogue.story_steps import told_moments
from graphbuild.assistant.dialogue.telling import Limits
from graphbuild.assistant.importers.story_graph_merge import StoryGraphMerge
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.runtime.trained import TrainedModel
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.digest import of_bytes
from graphbuild.contract.source import SourceFile
from graphbuild.errors import GraphbuildError, PackageError
from graphbuild.package.archive import read_archive, write_archive
from tests.conftest import ROOT
from tests.trained import SAMPLE, Trained

TEXTS = (
    "hello",
    "when do you open on saturday?",
    "",
    "how much is a new chain",
    "/greet",
    "zzz",
    "no \U0001f6b2",
    "  ",
)
IN_A_PROCESS = """
import json, sys
from graphbuild import Agent
agent = Agent.load(sys.argv[1])
print(json.dumps([agent.parse(text) for text in json.loads(sys.argv[2])]))
heavy = {"tensorflow", "keras", "jax", "sklearn", "torch"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.fixture
def light(trained: Trained) -> TrainedModel:
    return load_model(trained.package())


def told(model: TrainedModel, file: str) -> list[Moment]:
    """All actions of some stories of the sample, each about to be decided."""
    part = TrainingDataFile().apply(SourceFile(SAMPLE / file, file)).stories
    graph: StoryGraph = StoryGraphMerge().apply([part]).graph
    space = space_of(read_document(model.domain))
    stories = told_moments(graph, space, Limits(remove_duplicates=False))
    return [Moment(one) for story in stories for one in story if one.now.previous is not None]


@pytest.mark.parametrize("recipe", ["recipe:light", pytest.param("recipe:default", marks=pytest.mark.slow)])
def test_another_process_answers_the_same_without_libraries_of_training(trained: Trained, recipe: str) -> None:
    package = trained.package(recipe, retrieval=recipe == "recipe:default")
    here = load_model(package).parse(TEXTS)
    command = [sys.executable, "-c", IN_A_PROCESS, str(package), json.dumps(TEXTS)]
    ran = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == json.loads(json.dumps(here))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.one_of(st.sampled_from(TEXTS), st.text(max_size=30)), max_size=6))
def test_what_is_said_of_a_message_does_not_depend_on_the_others(light: TrainedModel, texts: list[str]) -> None:
    assert light.parse(texts) == [light.parse([text])[0] for text in texts]


@pytest.mark.slow
def test_a_network_says_the_same_of_one_message_as_of_many(trained: Trained) -> None:
    model = load_model(trained.package("recipe:default", retrieval=True))
    texts = [*TEXTS, *(f"{one} and {other}" for one in TEXTS for other in TEXTS)]
    assert model.parse(texts) == [model.parse([text])[0] for text in texts]


def test_an_intent_of_the_domain_may_be_named(light: TrainedModel) -> None:
    (found,) = light.parse(['/inform@0.5{"day": "monday", "no_such_entity": "x", "part": ["chain", 3]}'])
    assert found["intent"] == {"name": "inform", "confidence": 0.5}
    assert [(one["entity"], one["value"]) for one in found["entities"]] == [
        ("day", "monday"),
        ("part", "chain"),
        ("part", 3),
    ]
    named = light.parse(["/no_such_intent"])[0]
    assert named["intent"]["name"] != "no_such_intent"
    assert named["intent_ranking"]


@pytest.mark.slow
def test_responses_come_with_the_texts_of_the_domain(trained: Trained) -> None:
    model = load_model(trained.package("recipe:default", retrieval=True))
    (found,) = model.parse(["what is your name"])
    selector = found["response_selector"]
    assert selector["all_retrieval_intents"] == ["faq"]
    response = selector["default"]["response"]
    assert response["intent_response_key"] == "faq/ask_name"
    assert response["utter_action"] == "utter_faq/ask_name"
    assert response["responses"] == [{"text": "I am Velo."}]
    ranking = selector["default"]["ranking"]
    assert {one["intent_response_key"] for one in ranking} == {"faq/ask_name", "faq/ask_age"}
    assert response["confidence"] == ranking[0]["confidence"]


def test_it_decides_what_the_stories_tell_one_moment_as_many(light: TrainedModel) -> None:
    moments = told(light, "data/stories.yml")
    assert len(moments) > 10
    decided = light.decide(moments)
    chosen = decided.chosen
    names = [one.history.event.name for one in moments]
    assert list(chosen.actions) == names
    for place, one in enumerate(moments):
        alone = light.decide([one]).chosen
        assert alone.actions[0] == chosen.actions[place]
        assert alone.policies[0] == chosen.policies[place]
        np.testing.assert_array_equal(alone.confidences[0], chosen.confidences[place])
        assert max(decided.scores(place).items(), key=lambda one: one[1]) == (names[place], decided.confidence(place))
    assert light.decide([]).chosen.actions == ()


def test_a_model_of_nlu_alone_decides_nothing_and_says_so(trained: Trained) -> None:
    model = load_model(trained.package("recipe:light", "nlu"))
    assert (model.understands, model.decides, model.domain) == (True, False, {})
    assert model.parse(["hello"])[0]["intent"]["name"] is not None
    assert model.parse(["/anything"])[0]["intent"] == {"name": "anything", "confidence": 1.0}
    with pytest.raises(PackageError, match="of NLU alone"):
        model.decide([])


def test_a_model_of_dialogue_alone_understands_what_names_its_intent(trained: Trained) -> None:
    model = load_model(trained.package("recipe:light", "core"))
    assert (model.understands, model.decides) == (False, True)
    found, free = model.parse(["/greet", "hello"])
    assert found["intent"] == {"name": "greet", "confidence": 1.0}
    assert (free["intent"], free["entities"]) == ({"name": None, "confidence": 0.0}, [])
    moments = told(model, "data/stories.yml")
    assert list(model.decide(moments).chosen.actions) == [one.history.event.name for one in moments]


def test_the_language_and_the_domain_are_those_of_the_recipe(light: TrainedModel) -> None:
    assert light.language == "en"
    assert "greet" in light.domain["intents"]
    assert light.domain["responses"]


def test_a_package_that_is_cut_off_is_refused(trained: Trained, tmp_path: Path) -> None:
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(trained.package().read_bytes()[:1000])
    with pytest.raises(GraphbuildError, match="cannot be read"):
        load_model(path)


def test_a_state_that_is_cut_off_is_no_state(trained: Trained, tmp_path: Path) -> None:
    members = dict(read_archive(trained.package()))
    manifest = json.loads(members["manifest.json"])
    state = next(one for one in manifest["artifacts"] if one["type"] == "TedState.v1")
    data = members[f"artifacts/{state['digest'][7:]}"][:-8]
    state["digest"] = of_bytes(data)
    members |= {"manifest.json": encode_json(manifest), f"artifacts/{of_bytes(data)[7:]}": data}
    write_archive(tmp_path / "cut.tar.gz", members.items())
    with pytest.raises(PackageError, match=r"no TedState\.v1"):
        load_model(tmp_path / "cut.tar.gz")
