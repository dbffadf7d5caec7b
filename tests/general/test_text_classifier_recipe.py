"""The packaged text classifier: its recipe names what there is, and what it learns from its data holds on new texts.

Runs the components by hand, in the recipe's order; the engine's own tests build the recipe.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from graphbuild.contract.component import Component, Operation, is_trainable, signature
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import read_options
from graphbuild.contract.source import SourceFile
from graphbuild.general.accuracy import Accuracy
from graphbuild.general.catalog import COMPONENTS
from graphbuild.general.labelled_lines import LabelledLines
from graphbuild.general.naive_bayes_classifier import NaiveBayesClassifier
from graphbuild.general.text_vectorizer import TextVectorizer
from graphbuild.general.texts import LabelledTexts

FOLDER = Path(__file__).parents[2] / "recipes" / "text-classifier"
RECIPE = yaml.safe_load((FOLDER / "recipe.yml").read_text())


def component_of(node: dict[str, Any]) -> type[Component]:
    component: type[Component] = load_class(COMPONENTS[node["uses"]])
    return component


def configured(name: str) -> Component:
    node = RECIPE["nodes"][name]
    given = {option: RECIPE["vars"][value.strip("${}")] for option, value in node.get("with", {}).items()}
    component = component_of(node)
    config, problems = read_options(component.Config, given)
    assert not problems
    return component(config)


def read(name: str) -> LabelledTexts:
    return LabelledLines().apply(SourceFile(FOLDER / "data" / name, name)).output


def test_every_port_of_the_recipe_exists_and_is_filled() -> None:
    for node in RECIPE["nodes"].values():
        component = component_of(node)
        ports = dict(signature(component, Operation.APPLY).inputs)
        if is_trainable(component):
            ports |= signature(component, Operation.TRAIN).inputs
        fed = {name for name, port in ports.items() if not port.is_source}
        assert set(node.get("needs", {})) == fed
        assert ("reads" in node) == (len(fed) < len(ports))


def test_every_producer_is_a_node_of_the_recipe() -> None:
    nodes = RECIPE["nodes"]
    wanted = [producer for node in nodes.values() for producer in node.get("needs", {}).values()]
    wanted += [name for group in RECIPE["targets"].values() for name in group]
    assert set(wanted) <= set(nodes)


def test_files_that_it_reads_are_shipped() -> None:
    assert all((FOLDER / path).is_file() for path in RECIPE["nodes"]["samples"]["reads"])


def test_what_it_learns_holds_on_headlines_that_it_has_not_seen() -> None:
    samples, unseen = read("train.txt"), read("test.txt")
    vectorizer, classifier = configured("words"), configured("sections")
    assert isinstance(vectorizer, TextVectorizer)
    assert isinstance(classifier, NaiveBayesClassifier)
    vocabulary = vectorizer.train(samples)
    state = classifier.train(vectorizer.apply(vocabulary, samples), samples)
    said = classifier.apply(state, vectorizer.apply(vocabulary, unseen))
    assert Accuracy().apply(said, unseen).value["accuracy"] >= 0.85
    assert not set(samples.texts) & set(unseen.texts)


def test_training_twice_gives_the_same_bytes() -> None:
    samples = read("train.txt")
    vectorizer, classifier = TextVectorizer(), NaiveBayesClassifier()
    states = [classifier.train(vectorizer.apply(vectorizer.train(samples), samples), samples) for _ in range(2)]
    assert states[0].encode() == states[1].encode()
