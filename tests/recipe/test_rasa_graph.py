"""`recipe: graph.v1`: what Rasa makes of a default.v1 config is the same recipe; what cannot be mapped is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from graphbuild.recipe.rasa_texts import TEXTS
from graphbuild.recipe.recipe import Recipe
from tests.recipe.projects import Project

FOLDER = Path(__file__).parent / "graph_v1"
BOTH, END_TO_END, DEFAULT = (
    (FOLDER / name).read_text("utf-8") for name in ("both.yml", "end_to_end.yml", "default.yml")
)


def told(recipe: Recipe, *, with_texts: bool = True) -> dict[str, Any]:
    """All of a recipe that a package depends on."""
    nodes = {
        name: (spec.uses, spec.options, dict(spec.needs), spec.reads, spec.only_for)
        for name, spec in recipe.nodes.items()
        if with_texts or spec.only_for != TEXTS
    }
    gone = set(recipe.nodes) - set(nodes)
    for _, _, needs, _, _ in nodes.values():
        for port in [port for port, made in needs.items() if any(need.node in gone for need in made)]:
            del needs[port]
    return {"nodes": nodes, "targets": recipe.targets, "language": recipe.language, "seed": recipe.seed}


def document(**changes: Any) -> Any:
    return {**yaml.safe_load(BOTH), **changes}


def without_assistant(recipe: dict[str, Any]) -> dict[str, Any]:
    """The id stands in one of the files alone; only the check of the config reads it."""
    recipe["nodes"]["check_config"][1]["config"].pop("assistant_id")
    return recipe


def test_rasas_own_graph_is_the_same_recipe(project: Project) -> None:
    first = told(project.read(DEFAULT, "config.yml"), with_texts=False)
    assert without_assistant(told(project.read(BOTH, "config.yml"))) == without_assistant(first)


def test_with_texts_of_stories_too(project: Project) -> None:
    first = told(project.read(DEFAULT, "config.yml"))
    assert any(only_for for _, _, _, _, only_for in first["nodes"].values())
    assert without_assistant(told(project.read(END_TO_END, "config.yml"))) == without_assistant(first)


@pytest.mark.parametrize("half", ["nlu", "core"])
def test_a_half_is_the_same_too(project: Project, half: str) -> None:
    first = told(project.read(DEFAULT, "config.yml", (half,)))
    again = told(project.read(END_TO_END, "config.yml", (half,)))
    assert (again["nodes"].keys(), again["targets"]) == (first["nodes"].keys(), first["targets"])


def test_neither_the_order_nor_the_names_of_nodes_matter(project: Project) -> None:
    text = yaml.safe_dump(document(), sort_keys=True)
    for old, new in (
        ("train_RegexFeaturizer1", "patterns"),
        ("run_TEDPolicy2", "ted"),
        ("domain_provider", "universe"),
    ):
        text = text.replace(old, new)
    first = told(project.read(BOTH, "config.yml"))
    assert told(project.read(text, "config.yml"))["nodes"] == first["nodes"]


def test_a_component_sees_what_reaches_it_alone(project: Project) -> None:
    given = document()
    for schema, method, needs in (
        ("train_schema", "train", "training_data"),
        ("predict_schema", "process", "messages"),
    ):
        prefix = "train" if method == "train" else "run"
        node = given[schema]["nodes"][f"{prefix}_LogisticRegressionClassifier4"]
        node["needs"] = {needs: "run_CountVectorsFeaturizer2"}
    given["predict_schema"]["nodes"]["run_RegexEntityExtractor5"]["needs"] = {"messages": "run_CountVectorsFeaturizer3"}
    fallback = given["predict_schema"]["nodes"]["run_FallbackClassifier7"]
    fallback["needs"] = {"messages": "run_EntitySynonymMapper6", "more": "run_LogisticRegressionClassifier4"}
    recipe = project.read(yaml.safe_dump(given, sort_keys=False), "config.yml")
    (classifier,) = [spec for spec in recipe.nodes.values() if spec.uses == "LogisticRegressionClassifier"]
    assert [need.node for need in classifier.needs["features"]] == ["regex_featurizer_1", "count_vectors_featurizer_2"]


def test_who_takes_no_features_may_be_trained_anywhere(project: Project) -> None:
    given = document()
    for name in ("train_EntitySynonymMapper6", "train_RegexFeaturizer1"):
        given["train_schema"]["nodes"][name]["needs"] = {"training_data": "nlu_training_data_provider"}
    assert told(project.read(yaml.safe_dump(given), "config.yml")) == told(project.read(BOTH, "config.yml"))


def test_what_its_providers_say_counts(project: Project) -> None:
    given = document()
    given["train_schema"]["nodes"]["training_tracker_provider"]["config"] = {
        "augmentation_factor": 5,
        "tracker_limit": 7,
    }
    recipe = project.read(yaml.safe_dump(given), "config.yml")
    assert recipe.nodes["augmented"].options == {"augmentation_factor": 5, "tracker_limit": 7}
    assert recipe.nodes["trackers"].options == {"tracker_limit": 7}


MISTAKES = [
    ("core_target: select_prediction", "core_target: selection", "`selection` is no node of `predict_schema`", ""),
    ("nlu_target: run_RegexMessageHandler\n", "", "there is no `nlu_target`", "recipe: "),
    ("fn: provide_train", "fn: provide_all", "`DomainProvider` has no `provide_all`", ""),
    ("name: train_TEDPolicy2", "name: train_TED", "`TEDPolicy` learns, and no node of `train_schema`", "resource:"),
    ("fn: predict_action_probabilities", "fn: guess", "`guess` of `MemoizationPolicy` has no counterpart", ""),
    ("fn: process_training_data", "fn: tokenize", "`tokenize` of `WhitespaceTokenizer` has no counterpart", ""),
    ("exclusion_percentage: null", "exclusion_percentage: 20", "`exclusion_percentage` leaves stories out", ""),
    ("constructor_name: load", "constructor_name: make", "`make` constructs nothing here", ""),
    ("eager: false", "eagre: false", "nodes of a schema have no key `eagre`", ""),
    (
        "training_data: run_WhitespaceTokenizer0",
        "training_data: run_Tokens",
        "needs `run_Tokens`, which is no",
        "needs:",
    ),
    ("messages: nlu_message_converter", "messages: run_RegexFeaturizer1", "each other in a cycle: ", "needs:"),
    ("extractors.entity_synonyms.EntitySynonymMapper", "mine.Mapper", "loads what `Mapper` learnt", "resource:"),
    (
        "training_data: run_CountVectorsFeaturizer3",
        "training_data: run_RegexFeaturizer1",
        "from other tokens",
        "needs:",
    ),
    ("        threshold: 0.4", "        treshold: 0.4", "there is no option `treshold`", ""),
]


@pytest.mark.parametrize(("old", "new", "what", "line"), MISTAKES, ids=[one[1] for one in MISTAKES])
def test_what_cannot_be_mapped_is_told_at_its_line(project: Project, old: str, new: str, what: str, line: str) -> None:
    assert old in BOTH
    text = BOTH.replace(old, new, 1)
    (told, *_) = [one for one in project.error(text, "config.yml").problems if what in one.what]
    assert told.location is not None
    assert told.location.path == "config.yml"
    assert (line or new) in text.splitlines()[told.location.line - 1]


def test_an_empty_one_says_all_that_it_lacks(project: Project) -> None:
    assert project.complaints("recipe: graph.v1\n", "config.yml") == [
        "config.yml:1:1: `train_schema` must have `nodes`",
        "config.yml:1:1: `predict_schema` must have `nodes`",
        "config.yml:1:1: there is no `nlu_target`",
    ]


OWN = """\
from graphbuild.rasa_style import Token, Tokenizer


class Blanks(Tokenizer):
    def tokenize(self, message, attribute):
        return self._convert_words_to_tokens(message.get(attribute).split(), message.get(attribute))
"""
OWN_GRAPH = """\
recipe: graph.v1
language: en
nlu_target: parse
train_schema:
  nodes:
    examples:
      uses: rasa.graph_components.providers.nlu_training_data_provider.NLUTrainingDataProvider
      fn: provide
      needs: {importer: __importer__}
    tokens: {uses: own_blanks.Blanks, fn: process_training_data, needs: {training_data: examples}}
    keywords:
      uses: rasa.nlu.classifiers.keyword_intent_classifier.KeywordIntentClassifier
      fn: train
      needs: {training_data: tokens}
    unused:
      uses: rasa.nlu.classifiers.keyword_intent_classifier.KeywordIntentClassifier
      fn: train
      needs: {training_data: tokens}
predict_schema:
  nodes:
    tokens: {uses: own_blanks.Blanks, fn: process, constructor_name: load, needs: {messages: __message__}}
    parse:
      uses: rasa.nlu.classifiers.keyword_intent_classifier.KeywordIntentClassifier
      fn: process
      constructor_name: load
      needs: {messages: tokens}
      resource: {name: keywords}
"""


def test_a_component_of_the_projects_own_is_a_node_like_any(project: Project) -> None:
    project.write(OWN, "own_blanks.py")
    recipe = project.read(OWN_GRAPH, "config.yml")
    plain = "recipe: default.v1\nlanguage: en\npipeline:\n- name: own_blanks.Blanks\n- name: KeywordIntentClassifier\n"
    assert told(recipe) == told(project.read(plain, "config.yml"))
    assert [one.what for one in recipe.notices] == [
        "`unused` trains what no node of `predict_schema` that is needed loads: it is left out",
        "messages such as `/greet` say their intent here, although `parse` is the `nlu_target`",
    ]
