"""Completions and what is said of a word: of native recipes, of Rasa's configs, of texts that are neither yet."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.contract import registry
from graphbuild.editing.suggesting import Completions, Told, complete, hover
from graphbuild.recipe.packaged import packaged_recipes
from graphbuild.report.recipe_schema import recipe_schema
from tests.assistants import ASSISTANTS, CORPORA, assistants
from tests.editing.cursors import placed
from tests.editing.test_reading import WORDS

LIGHT = "graphbuild: 1\nextends: light\n"
CONFIG = "language: en\npipeline:\n- name: WhitespaceTokenizer\n- name: DIETClassifier\n  epochs: 5\n"
GRAPH = """recipe: graph.v1
train_schema:
  nodes:
    tokens: {uses: rasa.nlu.tokenizers.whitespace_tokenizer.WhitespaceTokenizer, fn: train}
    diet:
      uses: rasa.nlu.classifiers.diet_classifier.DIETClassifier
"""
EMPTY = Path("/nonexistent")


def offered(drawn: str, file: str = "graphbuild.yml", project: Path = EMPTY) -> Completions:
    return complete(*placed(drawn), project, project / file)


def labels(drawn: str, file: str = "graphbuild.yml") -> list[str]:
    return [one.label for one in offered(drawn, file).offers]


def told(drawn: str, file: str = "graphbuild.yml") -> Told | None:
    return hover(*placed(drawn), EMPTY, EMPTY / file)


@pytest.mark.parametrize(
    ("drawn", "among"),
    [
        ("^", ["graphbuild", "extends", "nodes", "targets"]),
        (f"{LIGHT}^", ["nodes", "vars", "targets", "matrix", "seed"]),
        ("graphbuild: 1\nextends: ^", ["light", "default", "nlu-only"]),
        (f"{LIGHT}nodes:\n  ^", ["words", "ted", "intent", "domain"]),
        (f"{LIGHT}nodes:\n  words:\n    ^", ["uses", "needs", "with", "reads", "only_for"]),
        (f"{LIGHT}nodes:\n  words: {{^}}", ["uses", "needs", "with"]),
        (f"{LIGHT}nodes:\n  x:\n    uses: ^", ["DIETClassifier", "TEDPolicy", "TextVectorizer"]),
        (f"{LIGHT}nodes:\n  words:\n    with: {{^}}", ["analyzer", "min_ngram"]),
        (f"{LIGHT}nodes:\n  words:\n    with:\n      analyzer: ^", ["word", "char", "char_wb", "${epochs}"]),
        (f"{LIGHT}nodes:\n  words:\n    with:\n      lowercase: ^", ["true", "false"]),
        (
            f"{LIGHT}nodes:\n  x:\n    uses: DIETClassifier\n    with:\n      hidden_layers_sizes: {{^}}",
            ["text", "label"],
        ),
        (f"{LIGHT}nodes:\n  words:\n    needs:\n      ^", ["messages"]),
        (
            f"{LIGHT}nodes:\n  intent:\n    needs: {{features: [words, ^]}}",
            ["chars", "lexical", "tokens", "nlu.messages"],
        ),
        (f"{LIGHT}nodes:\n  own:\n    uses: TextVectorizer\n  intent:\n    needs: {{features: [^]}}", ["own", "words"]),
        (f"{LIGHT}vars:\n  ^", ["epochs", "max_history", "data"]),
        (f"{LIGHT}vars:\n  rounds: 3\nnodes:\n  ted:\n    with:\n      epochs: ${{^", ["${rounds}", "${epochs}"]),
        (f"{LIGHT}targets:\n  ^", ["model", "nlu", "core"]),
        (f"{LIGHT}targets:\n  model: [^]", ["ted", "intent", "domain.document"]),
        (f"{LIGHT}only_for:\n  nlu: [^]", ["examples", "texts", "stories"]),
        (f"{LIGHT}matrix:\n  ^", ["words.max_ngram", "ted.epochs", "vars.epochs"]),
        (f"{LIGHT}matrix:\n  words.analyzer: [word, ^]", ["char", "char_wb"]),
        (f"{LIGHT}matrix:\n  words.lowercase: [^]", ["true", "false"]),
    ],
)
def test_what_a_native_recipe_may_say(drawn: str, among: list[str]) -> None:
    found = labels(drawn)
    assert set(among) <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("drawn", "among"),
    [
        ("^", ["recipe", "language", "pipeline", "policies", "assistant_id"]),
        ("recipe: ^", ["default.v1", "graph.v1"]),
        (f"{CONFIG}- ^", ["name", "CountVectorsFeaturizer", "ResponseSelector"]),
        (f"{CONFIG}- name: ^", ["CountVectorsFeaturizer", "RegexFeaturizer"]),
        (f"{CONFIG}  ^", ["constrain_similarities", "batch_size"]),
        (f"{CONFIG}  constrain_similarities: ^", ["true", "false"]),
        (f"{CONFIG}  hidden_layers_sizes:\n    ^", ["text", "label"]),
        (f"{CONFIG}policies:\n- name: ^", ["TEDPolicy", "RulePolicy", "MemoizationPolicy"]),
        (f"{CONFIG}policies:\n- name: TEDPolicy\n  ^", ["max_history", "epochs"]),
        (f"{CONFIG}policies:\n- name: TEDPolicy\n  featurizer:\n  - name: ^", ["MaxHistoryTrackerFeaturizer"]),
        (
            f"{CONFIG}policies:\n- name: TEDPolicy\n  featurizer:\n  - name: MaxHistoryTrackerFeaturizer\n    ^",
            ["max_history"],
        ),
        (f"{CONFIG}importers:\n- name: ^", ["RasaFileImporter", "MultiProjectImporter"]),
        (f"{GRAPH}      ^", ["fn", "config", "needs", "resource"]),
        (f"{GRAPH}      fn: ^", ["train", "process"]),
        (f"{GRAPH}      needs: {{messages: ^}}", ["tokens", "__importer__"]),
        (f"{GRAPH}      config: {{^}}", ["epochs", "batch_size"]),
        (f"{GRAPH}predict_schema:\n  nodes:\n    last: {{uses: a.B}}\nnlu_target: ^", ["last"]),
    ],
)
def test_what_a_config_of_rasa_may_say(drawn: str, among: list[str]) -> None:
    found = labels(drawn, "config.yml")
    assert set(among) <= set(found)
    assert len(found) == len(set(found))


@pytest.mark.parametrize(
    ("drawn", "file", "absent"),
    [
        (f"{LIGHT}^", "graphbuild.yml", ["graphbuild", "extends", "pipeline"]),
        (f"{LIGHT}nodes:\n  words:\n    uses: A\n    ^", "graphbuild.yml", ["uses"]),
        (f"{CONFIG}  ^", "config.yml", ["epochs", "name"]),
        (f"{CONFIG}- name: ^", "config.yml", ["TEDPolicy", "NaiveBayesClassifier", "DomainFile"]),
        (f"{CONFIG}policies:\n- name: ^", "config.yml", ["DIETClassifier"]),
        (f"{LIGHT}nodes:\n  intent:\n    needs: {{features: ^}}", "graphbuild.yml", ["intent"]),
    ],
)
def test_what_is_there_already_or_does_not_belong_there_is_not_offered(
    drawn: str, file: str, absent: list[str]
) -> None:
    found = labels(drawn, file)
    assert found
    assert set(absent).isdisjoint(found)


@pytest.mark.parametrize(
    "drawn", [f"{LIGHT}# a ^comment", "a: |\n  ^text", f"{LIGHT}nodes:\n  words:\n    uses: NoSuch\n    with: {{^}}"]
)
def test_where_nothing_is_known_nothing_is_offered(drawn: str) -> None:
    assert labels(drawn) == []


def test_nodes_that_make_what_a_port_takes_come_first() -> None:
    found = offered(f"{LIGHT}nodes:\n  intent:\n    needs: {{features: [^]}}").offers
    assert {one.label for one in found if one.is_first} == {"regex_features", "lexical", "words", "chars"}


def test_an_option_says_its_type_its_default_and_what_it_is_for() -> None:
    (found,) = [one for one in offered(f"{CONFIG}  ep^", "config.yml").offers if one.label == "batch_strategy"]
    assert "default:" in found.info
    assert "one of" in found.info
    (found,) = [
        one
        for one in offered("language: en\npipeline:\n- name: DIETClassifier\n  ep^", "config.yml").offers
        if one.label == "epochs"
    ]
    assert (found.detail, found.text) == ("int", "epochs: ")
    assert "Times to go through the messages." in found.info


@pytest.mark.parametrize(
    ("drawn", "replaced", "written"),
    [
        (f"{LIGHT}nodes:\n  words:\n    wi^", (5, 7), "with:"),
        (f"{LIGHT}nodes:\n  words:\n    wi^th: {{}}", (5, 9), "with"),
        (f"{LIGHT}nodes:\n  words:\n    with: {{max_n^}}", (12, 17), "max_ngram: "),
        (f"{LIGHT}nodes:\n  ted:\n    with: {{epochs: ^}}", (20, 20), '"${epochs}"'),
        (f"{LIGHT}nodes:\n  ted:\n    with: {{epochs: ${{ep^}}", (20, 25), '"${epochs}"'),
        (f'{LIGHT}nodes:\n  ted:\n    with: {{epochs: "${{^}}"}}', (21, 24), "${epochs}"),
        (f"{LIGHT}nodes:\n  ted:\n    with:\n      epochs: ${{e^", (15, 18), "${epochs}"),
    ],
)
def test_what_is_replaced_and_by_what(drawn: str, replaced: tuple[int, int], written: str) -> None:
    found = offered(drawn)
    assert (found.start, found.end) == replaced
    assert written in [one.text for one in found.offers]


def test_recipes_of_the_project_can_be_extended(tmp_path: Path) -> None:
    (tmp_path / "base.yml").write_text("# What ours share.\ngraphbuild: 1\nnodes: {own: {uses: LabelledLines}}\n")
    (tmp_path / "domain.yml").write_text("intents: []\n")
    found = {one.label: one.info for one in offered("graphbuild: 1\nextends: ^", project=tmp_path).offers}
    assert found["base.yml"] == "What ours share."
    assert "domain.yml" not in found
    assert "own" in [
        one.label for one in offered("graphbuild: 1\nextends: base.yml\nnodes: {^}", project=tmp_path).offers
    ]


@pytest.mark.parametrize(
    ("drawn", "file", "label", "words"),
    [
        (f"{LIGHT}no^des:\n", "graphbuild.yml", "nodes", ""),
        ("graphbuild: 1\nexte^nds: light", "graphbuild.yml", "extends", "nodes merge by name"),
        ("graphbuild: 1\nextends: li^ght", "graphbuild.yml", "light", "seconds on a laptop"),
        (
            f"{LIGHT}nodes:\n  words: {{uses: Count^VectorsFeaturizer}}",
            "graphbuild.yml",
            "CountVectorsFeaturizer",
            "n-grams",
        ),
        (f"{LIGHT}nodes:\n  words: {{with: {{max^_ngram: 2}}}}", "graphbuild.yml", "max_ngram", "default: 1"),
        (f"{LIGHT}nodes:\n  words: {{with: {{max_ngram: ^2}}}}", "graphbuild.yml", "max_ngram", "default: 1"),
        (
            f"{LIGHT}nodes:\n  intent: {{needs: {{features: [wor^ds]}}}}",
            "graphbuild.yml",
            "words",
            "CountVectorsFeaturizer",
        ),
        (f'{LIGHT}nodes:\n  ted: {{with: {{epochs: "${{ep^ochs}}"}}}}', "graphbuild.yml", "${epochs}", "variable"),
        (CONFIG.replace("DIET", "DI^ET"), "config.yml", "DIETClassifier", "intents and entities"),
        (CONFIG.replace("epochs", "epo^chs"), "config.yml", "epochs", "default: 300"),
        (GRAPH.replace("DIETClassifier", "DIET^Classifier"), "config.yml", "DIETClassifier", "intents and entities"),
    ],
)
def test_what_is_said_of_a_word(drawn: str, file: str, label: str, words: str) -> None:
    found = told(drawn, file)
    assert found is not None
    assert found.offer.label == label
    assert words in found.offer.info
    line = placed(drawn)[0].split("\n")[placed(drawn)[1] - 1]
    assert line[found.start - 1 : found.end - 1].strip("\"'")


def test_every_key_of_the_schema_is_offered_with_its_description() -> None:
    properties = recipe_schema({})["properties"]
    found = {one.label: one.info for one in offered("^").offers}
    assert found == {name: said["description"] for name, said in properties.items()}


def test_every_component_is_offered() -> None:
    assert set(registry.catalogue()) == set(labels(f"{LIGHT}nodes: {{x: {{uses: ^"))


def ends(text: str) -> list[tuple[int, int]]:
    """The end of every word, and of every line."""
    return [
        (number, found.end() + 1)
        for number, line in enumerate(text.split("\n"), 1)
        for found in re.finditer(r"\w+|$", line)
    ]


@pytest.mark.parametrize("name", packaged_recipes())
def test_every_word_of_our_recipes_is_known(name: str) -> None:
    """Components, options and references that stand there are among those that are offered there."""
    file = packaged_recipes()[name]
    text = file.read_text()
    for number, line in enumerate(text.split("\n"), 1):
        found = re.search(r"uses: (\w+)", line)
        if found and not line.lstrip().startswith("#"):
            known = hover(text, number, found.start(1) + 2, file.parent, file)
            assert known is not None, line
            assert known.offer.label == found[1]


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")
@pytest.mark.parametrize("name", assistants())
def test_at_every_word_of_a_real_config(name: str) -> None:
    """Nothing fails anywhere, and what is offered for a component's name has the one that stands there."""
    file = ASSISTANTS / name / "config.yml"
    text = file.read_text("utf-8-sig")
    for line, column in ends(text)[:120]:
        complete(text, line, column, file.parent, file)
        hover(text, line, column, file.parent, file)
    for number, line_text in enumerate(text.split("\n"), 1):
        found = re.match(r"\s*- name: (\w+)\s*$", line_text)
        if found and found[1] in registry.catalogue():
            known = hover(text, number, found.start(1) + 2, file.parent, file)
            assert known is not None, line_text
            assert known.offer.label == found[1]


@settings(max_examples=60)
@given(
    st.sampled_from(["", LIGHT, f"{LIGHT}nodes:\n  words:\n    ", CONFIG, GRAPH, "graphbuild: 1\nextends: "]),
    st.lists(WORDS, max_size=25).map("".join),
    st.integers(0, 12),
    st.integers(0, 40),
)
def test_no_text_is_too_odd_to_be_asked_about(begin: str, text: str, line: int, column: int) -> None:
    for file in ("graphbuild.yml", "config.yml"):
        found = complete(begin + text, line, column, EMPTY, EMPTY / file)
        assert found.start <= found.end
        hover(begin + text, line, column, EMPTY, EMPTY / file)
