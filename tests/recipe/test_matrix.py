"""The matrix of a recipe: what its keys name, how it merges, what is wrong with one, and the variants that it makes."""

from __future__ import annotations

import pytest

from graphbuild.errors import RecipeError
from graphbuild.recipe.matrix import MOST
from graphbuild.recipe.read import Matrix, read_matrix
from tests.recipe.projects import Project

BASE = """\
graphbuild: 1
vars: {epochs: 10, classifier: Net}
nodes:
  words: {uses: Words, with: {low: 1, sizes: {text: 128, label: 20}}}
  words.v1: {uses: Words}
  net: {uses: "${classifier}", needs: {features: words}, with: {epochs: "${epochs}"}}
targets: {model: [net]}
"""


@pytest.fixture
def based(project: Project) -> Project:
    project.write(BASE, "base.yml")
    return project


def matrix(project: Project, text: str, **variables: object) -> Matrix:
    project.write(f"graphbuild: 1\nextends: base.yml\n{text}")
    return read_matrix("graphbuild.yml", project.folder, variables)


def complaints(project: Project, text: str, **variables: object) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        matrix(project, text, **variables)
    return [f"{problem.location}: {problem.what}" for problem in caught.value.problems]


def options(found: Matrix, node: str) -> list[dict[str, object]]:
    return [dict(found.variant(choice).nodes[node].options) for choice in found.choices]


def test_the_product_the_first_axis_the_slowest(based: Project) -> None:
    found = matrix(based, "matrix: {words.low: [1, 2], net.epochs: [5, 6, 7]}")
    pairs = [
        (words["low"], net["epochs"]) for words, net in zip(options(found, "words"), options(found, "net"), strict=True)
    ]
    assert pairs == [(low, epochs) for low in (1, 2) for epochs in (5, 6, 7)]
    assert found.recipe.nodes["words"].options["low"] == 1  # the recipe itself is without it
    assert [axis.name for axis in found.recipe.axes] == ["words.low", "net.epochs"]


def test_an_option_that_the_node_does_not_give(based: Project) -> None:
    found = matrix(based, "matrix: {words.v1.high: [3]}")
    assert options(found, "words.v1") == [{"high": 3}]
    assert options(found, "words") == [{"low": 1, "sizes": {"text": 128, "label": 20}}]


def test_a_nested_option_keeps_what_is_beside_it(based: Project) -> None:
    found = matrix(based, "matrix: {words.sizes.text: [1, 2], words.v1.sizes.label: [3]}")
    assert [one["sizes"] for one in options(found, "words")] == [{"text": size, "label": 20} for size in (1, 2)]
    assert options(found, "words.v1")[0] == {"sizes": {"label": 3}}


def test_null_is_the_default_of_the_component(based: Project) -> None:
    assert options(matrix(based, "matrix: {words.low: [null, 2]}"), "words")[0] == {"sizes": {"text": 128, "label": 20}}

    # Also where no node gives the option, so that there is nothing to take back.
    assert options(matrix(based, "matrix: {words.high: [null, 2]}"), "words")[0] == {
        "low": 1,
        "sizes": {"text": 128, "label": 20},
    }


def test_variables_also_choose_components(based: Project) -> None:
    found = matrix(based, "matrix: {vars.classifier: [Net, Tree], vars.epochs: [1, 2]}")
    variants = [found.variant(choice).nodes["net"] for choice in found.choices]
    assert [(one.uses, one.options["epochs"]) for one in variants] == [("Net", 1), ("Net", 2), ("Tree", 1), ("Tree", 2)]


def test_values_may_name_variables(based: Project) -> None:
    assert [one["low"] for one in options(matrix(based, 'matrix: {words.low: ["${epochs}", 2]}'), "words")] == [10, 2]


def test_a_matrix_merges_key_by_key(based: Project) -> None:
    based.write(f"{BASE}matrix: {{words.low: [1, 2], net.epochs: [5, 6], words.v1.low: [1]}}", "base.yml")
    found = matrix(based, "matrix: {words.low: [3], net.epochs: null, words.high: [4]}")
    assert {axis.name: axis.plain for axis in found.recipe.axes} == {
        "words.v1.low": (1,),
        "words.low": (3,),
        "words.high": (4,),
    }


def test_an_axis_goes_with_the_node_that_is_removed(based: Project) -> None:
    based.write(f"{BASE}matrix: {{words.v1.low: [1, 2], net.epochs: [5, 6]}}", "base.yml")
    assert [axis.name for axis in matrix(based, "nodes: {words.v1: null}").recipe.axes] == ["net.epochs"]
    found = matrix(based, "nodes: {words: null, net: {needs: {features: words.v1}}}")
    assert [axis.name for axis in found.recipe.axes] == ["words.v1.low", "net.epochs"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("matrix: {words.low: 3}", "3:21: `matrix` has a list of values for `words.low`, not a number"),
        ("matrix: {words.low: []}", "3:21: `matrix` has no value for `words.low`"),
        ("matrix: {words.low: [1, 2, 1]}", "3:28: `matrix` has the value 1 twice for `words.low`"),
        ("matrix: {wrods.low: [1]}", "3:10: `matrix` varies `wrods.low`, and there is no node `wrods`"),
        ("matrix: {words: [1]}", "3:10: `matrix` names what of `words` varies"),
        ("matrix: {words.: [1]}", "3:10: `matrix` names what of `words` varies"),
        ("matrix: {vars: [1]}", "3:10: `matrix` names which of `vars` varies"),
        ("matrix: {vars.epoch: [1]}", "3:10: `matrix` varies `vars.epoch`, and there is no variable `epoch`"),
        (
            "matrix: {words.sizes.text: [1], words.sizes: [{text: 2}]}",
            "3:10: `matrix` varies `words.sizes.text`, and `words.sizes`, which it is a part of, too",
        ),
        ("matrix: [a]", "3:9: `matrix` must be a mapping, not a list"),
        ("matrix: {}", "1:1: the recipe has no `matrix`, so there are no variants"),
        ("", "1:1: the recipe has no `matrix`, so there are no variants"),
    ],
)
def test_a_wrong_part_is_a_problem_at_its_place(based: Project, text: str, complaint: str) -> None:
    assert complaints(based, text) == [f"graphbuild.yml:{complaint}"]


def test_values_that_only_look_alike_are_two(based: Project) -> None:
    assert len(matrix(based, 'matrix: {words.low: [1, 1.0, "1", true]}').choices) == 4


def test_too_many_variants(based: Project) -> None:
    many = f"matrix: {{words.low: {list(range(MOST // 2))}, net.epochs: [1, 2%s]}}"
    assert len(matrix(based, many % "").choices) == MOST
    assert complaints(based, many % ", 3") == [
        "graphbuild.yml:3:1: `matrix` makes 384 variants (128 x 3), and 256 are the most that are compared"
    ]
    assert complaints(based, f"matrix: {{words.low: {list(range(MOST + 1))}}}") == [
        "graphbuild.yml:3:1: `matrix` makes 257 variants, and 256 are the most that are compared"
    ]


def test_what_is_given_from_outside_does_not_vary(based: Project) -> None:
    assert complaints(based, "matrix: {vars.epochs: [1, 2]}", epochs=3) == [
        "graphbuild.yml:3:10: `matrix` varies `vars.epochs`, and it is given from outside, too"
    ]


def test_a_config_of_rasa_has_none(project: Project) -> None:
    project.write("recipe: default.v1\npipeline: []\n", "config.yml")
    with pytest.raises(RecipeError, match="a Rasa config has no `matrix`"):
        read_matrix("config.yml", project.folder)
