"""Variants in one graph: the nodes of each are those that it has alone, and what is equal is there once."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.builder import build, graph
from graphbuild.contract.digest import Digest
from graphbuild.errors import ExitCode, RecipeError
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.graph.plain import from_bytes, to_bytes
from graphbuild.session import BuildRequest
from tests.conftest import Workspace

Recipe = dict[str, Any]
TEXTS: Recipe = {
    "one": {"uses": "tests.toys:Constant", "with": {"value": "a b c"}},
    "two": {"uses": "tests.toys:Split", "needs": {"text": "one"}, "with": {"at": 1}},
    "loud": {"uses": "tests.toys:Upper", "needs": {"text": "two.head"}},
    "known": {"uses": "tests.toys:LearnWords", "needs": {"examples": ["one", "loud"], "text": "loud"}},
    "sorts": {"uses": "tests.toys:Optioned", "needs": {"values": ["known", "two.tail"]}},
    "alone": {"uses": "tests.toys:Seeded"},
}
VALUES: dict[str, list[Any]] = {
    "one.value": ["a b c", "a a", "", 'x "y" / z@1'],
    "two.at": [0, 1, 2],
    "known.min_count": [1, 2],
    "sorts.sizes.text": [1, 128],
    "sorts.layers": [[1, 2], [3], []],
    "sorts.verbose": [True, False],
    "sorts.name": [None, "n", "1"],
}


def recipe(nodes: Recipe, **more: Any) -> str:
    document = {"graphbuild": 1, "nodes": nodes, "targets": {"model": ["sorts", "alone"]}, **more}
    return json.dumps(document)


def set_option(nodes: Recipe, name: str, value: Any) -> Recipe:
    """The nodes with one option: written anew, and not by what is tested."""
    node, *path = name.split(".")
    made = json.loads(json.dumps(nodes))
    held = made[node].setdefault("with", {})
    for step in path[:-1]:
        held = held.setdefault(step, {})
    held[path[-1]] = value
    return dict(made)


def base_id(node: NodeId) -> str:
    return node.partition("@")[0]


def keys(request: BuildRequest, wanted: Iterable[NodeId] | None = None) -> tuple[Graph, dict[NodeId, Digest | None]]:
    report = build(request)
    assert report.code is ExitCode.DONE, report.problems
    return report.result.plan.graph, {node: result.key for node, result in report.result.nodes.items()}


@given(st.data())
@settings(max_examples=12)
def test_each_variant_has_the_nodes_and_keys_that_it_has_alone(data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True))
    matrix = {
        name: data.draw(st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=2, unique_by=json.dumps))
        for name in names
    }
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "graphbuild.yml").write_text(recipe(TEXTS, matrix=matrix))
        request = BuildRequest(folder, "graphbuild.yml", store=folder / "all", package=False, matrix=True)
        whole, found = keys(request)
        distinct = set()
        for number, values in enumerate(itertools.product(*matrix.values())):
            nodes = TEXTS
            for name, value in zip(matrix, values, strict=True):
                nodes = set_option(nodes, name, value)
            (folder / "alone.yml").write_text(recipe(nodes))
            own = BuildRequest(folder, "alone.yml", store=folder / str(number), package=False)
            _, expected = keys(own)
            variant = whole.variants[number]
            assert list(variant.values) == list(values)
            assert {base_id(one): found[one] for one in whole.needed(variant.ends)} == expected
            distinct |= set(expected.items())
        # Nodes whose inputs turn out equal have equal keys, and are still nodes of their own.
        assert {(base_id(one), key) for one, key in found.items()} == distinct
        assert from_bytes(to_bytes(whole)) == whole


def matrix_graph(workspace: Workspace, matrix: Recipe, nodes: Recipe = TEXTS, **more: Any) -> Graph:
    workspace.write("graphbuild.yml", recipe(nodes, matrix=matrix, **more))
    return graph(BuildRequest(workspace.project, "graphbuild.yml", store=workspace.store, matrix=True))


def test_ids_have_the_values_that_reach_a_node(workspace: Workspace) -> None:
    made = matrix_graph(workspace, {"known.min_count": [1, 2], "sorts.count": [3, 4]})
    assert list(made.nodes) == [
        "alone:train",
        "one:apply",
        "two:apply",
        "loud:apply",
        "known:train@min_count=1",
        "known:apply@min_count=1",
        "sorts:apply@min_count=1,count=3",
        "sorts:apply@min_count=1,count=4",
        "known:train@min_count=2",
        "known:apply@min_count=2",
        "sorts:apply@min_count=2,count=3",
        "sorts:apply@min_count=2,count=4",
    ]
    assert made.axes == ("known.min_count", "sorts.count")
    assert not made.is_package


def test_values_that_are_no_words_are_numbered_in_ids(workspace: Workspace) -> None:
    made = matrix_graph(workspace, {"one.value": ["a b", "a/b"], "sorts.layers": [[1], [2]]})
    assert {one for one in made.nodes if one.startswith("sorts")} == {
        f"sorts:apply@value=#{value},layers=#{layers}" for value in (1, 2) for layers in (1, 2)
    }


def test_axes_that_end_alike_have_their_whole_names(workspace: Workspace) -> None:
    nodes = {
        **TEXTS,
        "three": TEXTS["two"],
        "sorts": {"uses": "tests.toys:CountCalls", "needs": {"values": ["two.head", "three.head"]}},
    }
    made = matrix_graph(workspace, {"two.at": [1, 2], "three.at": [1, 2]}, nodes)
    assert "sorts:apply@two.at=1,three.at=2" in made.nodes
    assert "two:apply@two.at=2" in made.nodes


def test_an_option_that_is_only_shown_makes_no_other_nodes(workspace: Workspace) -> None:
    made = matrix_graph(workspace, {"sorts.verbose": [True, False]})
    assert not [one for one in made.nodes if "@" in one]
    assert len({variant.ends for variant in made.variants}) == 1
    assert len(made.variants) == 2


def test_a_variable_chooses_components(workspace: Workspace) -> None:
    nodes = {**TEXTS, "loud": {**TEXTS["loud"], "uses": "${toy}"}}
    made = matrix_graph(
        workspace, {"vars.toy": ["tests.toys:Upper", "tests.toys:FirstLine"]}, nodes, vars={"toy": "tests.toys:Upper"}
    )
    assert {made.nodes[one].reference for one in made.nodes if one.startswith("loud")} == {
        "tests.toys:Upper",
        "tests.toys:FirstLine",
    }
    assert [one for one in made.nodes if one.startswith("loud")] == ["loud:apply@toy=#1", "loud:apply@toy=#2"]


def test_a_variable_that_is_read_by_other_files(workspace: Workspace) -> None:
    workspace.write("a.txt", "a")
    workspace.write("b.txt", "b")
    nodes = {"sorts": {"uses": "tests.toys:ReadText", "reads": "${file}"}, "alone": {"uses": "tests.toys:Seeded"}}
    made = matrix_graph(workspace, {"vars.file": ["a.txt", "b.txt"]}, nodes, vars={"file": "none.txt"})
    assert list(made.nodes) == ["alone:train", "sorts@a.txt", "sorts@b.txt"]


def complaints(workspace: Workspace, matrix: str) -> list[str]:
    text = f"graphbuild: 1\nnodes: {json.dumps(TEXTS)}\ntargets: {{model: [sorts]}}\nvars: {{x: 1}}\nmatrix:\n{matrix}"
    workspace.write("graphbuild.yml", text)
    with pytest.raises(RecipeError) as caught:
        graph(BuildRequest(workspace.project, "graphbuild.yml", store=workspace.store, matrix=True))
    return [
        f"{one.location}: {one.what} {dict(one.facts).get('variants', '')}".strip() for one in caught.value.problems
    ]


def test_every_problem_of_every_variant_once(workspace: Workspace) -> None:
    found = complaints(workspace, "  known.min_cont: [1, 2]\n  two.at: [1, x, y, 2]\n  sorts.rate: [0.5, a]\n")
    assert found == [
        "graphbuild.yml:6:3: there is no option `min_cont`",
        "graphbuild.yml:7:15: option `at`: expected `int`, got `str`",
        "graphbuild.yml:7:18: option `at`: expected `int`, got `str`",
        "graphbuild.yml:8:21: option `rate`: expected `float`, got `str`",
    ]


def test_a_problem_elsewhere_says_in_which_variants(workspace: Workspace) -> None:
    nodes = {**TEXTS, "two": {**TEXTS["two"], "with": {"at": "${at}"}}}
    workspace.write(
        "graphbuild.yml", recipe(nodes, vars={"at": 1}, matrix={"sorts.count": [1, 2], "vars.at": [1, "x"]})
    )
    with pytest.raises(RecipeError) as caught:
        graph(BuildRequest(workspace.project, "graphbuild.yml", store=workspace.store, matrix=True))
    (problem,) = caught.value.problems
    assert problem.what == "option `at`: expected `int`, got `str`"
    assert problem.facts == (("node", "two"), ("variants", 'vars.at="x"'))


def test_a_graph_of_variants_is_kept_until_something_changes(workspace: Workspace) -> None:
    first = matrix_graph(workspace, {"two.at": [1, 2]})
    assert matrix_graph(workspace, {"two.at": [1, 2]}) == first
    assert len(matrix_graph(workspace, {"two.at": [1, 2, 3]}).variants) == 3
    alone = graph(BuildRequest(workspace.project, "graphbuild.yml", store=workspace.store))
    assert not alone.variants
    assert set(alone.nodes) == {base_id(one) for one in first.nodes}


EVALUATED = """\
graphbuild: 1
nodes:
  texts: {uses: LabelledLines, reads: data.tsv}
  words: {uses: TextVectorizer, needs: {texts: texts}}
  sections: {uses: NaiveBayesClassifier, needs: {features: words, texts: texts}}
  fit: {uses: Accuracy, needs: {predictions: sections, texts: texts}}
  never: {uses: Accuracy, needs: {predictions: sections, texts: texts}, only_for: stories}
targets: {model: [sections], report: [fit], other: [never], more: [words]}
matrix: {words.min_count: [1, 2]}
"""


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ((), {"words:train", "words:apply", "sections:train", "sections:apply", "fit:apply"}),
        (("model",), {"words:train", "words:apply", "sections:train"}),
        (("report",), {"words:train", "words:apply", "sections:train", "sections:apply", "fit:apply"}),
        (("more",), {"words:train"}),
        (("words:apply",), {"words:train", "words:apply"}),
    ],
)
def test_what_is_compared(workspace: Workspace, asked: tuple[str, ...], names: set[str]) -> None:
    workspace.write("data.tsv", "a\tone two\nb\tthree two\n")
    workspace.write("graphbuild.yml", EVALUATED)
    request = BuildRequest(workspace.project, "graphbuild.yml", store=workspace.store, matrix=True, targets=asked)
    assert {base_id(one) for one in graph(request).nodes} - {"texts"} == names
