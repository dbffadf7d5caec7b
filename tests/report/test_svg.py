from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.drawing.layout import lay_out
from graphbuild.graph.graph import Graph, GraphNode
from graphbuild.report.svg import as_svg
from tests.report.toy_graphs import assistant, graph_of, node

SVG = "{http://www.w3.org/2000/svg}"
PAINT = {"intent:train": "run", "memo:train": "failed", "words:apply": "pending"}


def groups(graph: Graph, paint: dict[str, str] | None = None) -> list[ET.Element]:
    return ET.fromstring(as_svg(graph, paint)).findall(f"{SVG}g")  # type: ignore[arg-type]


def texts(element: ET.Element) -> list[str]:
    return [one.text or "" for one in element.iter(f"{SVG}text")]


def test_a_box_has_name_component_and_a_tooltip_with_the_configuration() -> None:
    (intent,) = (one for one in groups(assistant()) if "intent:train" in texts(one))
    assert texts(intent) == ["intent:train", "DIETClassifier \u00b7 classifier"]
    tooltip = intent.find(f"{SVG}title")
    assert tooltip is not None
    assert tooltip.text == (
        "intent:train\nDIETClassifier, classifier, train\nkept in the package\nepochs: 100\n"
        'dense_dimension: {"text": 64}'
    )


def test_what_happened_is_a_word_and_a_class() -> None:
    told = {texts(one)[0]: (one.get("class"), texts(one)[2:]) for one in groups(assistant(), PAINT)}
    assert told["intent:train"] == ("run", ["run"])
    assert told["memo:train"] == ("failed", ["failed"])
    assert told["domain"] == ("node", [])


def test_kinds_have_shapes_of_their_own() -> None:
    shapes = {}
    for one in groups(assistant()):
        (box,) = (child for child in one if child.get("class") == "box")
        shapes[texts(one)[0]] = (box.tag, box.get("rx"), re.sub(r"[\d.-]+", "", box.get("d", "")))
    assert len({shapes[name] for name in ("domain", "tokens:apply", "intent:train", "memo:train")}) == 4


def test_more_than_eight_files_are_a_stack() -> None:
    assert len(groups(assistant(8))) == len(assistant(8).nodes)
    names = [texts(one)[0] for one in groups(assistant(40))]
    assert "nlu_file: 40 files" in names
    assert len(names) == len(assistant(40).nodes) - 39


def test_the_dark_scheme_is_there() -> None:
    assert "prefers-color-scheme: dark" in as_svg(assistant())


def test_an_empty_graph_is_a_picture_too() -> None:
    assert groups(graph_of()) == []


def test_any_text_is_valid_xml() -> None:
    odd = '<&>"\x00\x1b\ud800\U0001f600]]>'
    graph = graph_of(node(odd, odd, odd, options={odd: odd}), label=odd)
    assert len(groups(graph)) == 1


def layered(count: int, width: int) -> list[GraphNode]:
    """`count` nodes; each needs two of the row before."""
    nodes: list[GraphNode] = []
    for number in range(count):
        above = [number - width - number % width + (number * step) % width for step in (3, 7)]
        needs = {f"p{place}": f"n{one}" for place, one in enumerate(above) if one >= 0}
        nodes.append(node(f"n{number}", "toy", "Toy", needs, suffix=""))
    return nodes


def test_a_thousand_nodes_are_valid_xml() -> None:
    assert len(groups(graph_of(*layered(1000, 25)))) == 1000


def test_boxes_of_a_layer_do_not_overlap_and_edges_go_right() -> None:
    nodes = layered(120, 12)
    edges = [(one.node, each.id) for each in nodes for one in each.inputs]
    layout = lay_out({one.id: 60 for one in nodes}, edges, 10)
    assert all(layout.layers[start] < layout.layers[end] for start, end in edges)
    for layer in set(layout.layers.values()):
        heights = sorted(layout.heights[one] for one in layout.layers if layout.layers[one] == layer)
        assert all(b - a >= 60 - 1e-6 for a, b in pairwise(heights))


@st.composite
def dags(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, str]]]:
    names = [f"n{number}" for number in range(draw(st.integers(0, 12)))]
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    return names, draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []


@settings(max_examples=50)
@given(dags())
def test_every_edge_has_a_lane_in_each_layer_that_it_crosses(dag: tuple[list[str], list[tuple[str, str]]]) -> None:
    names, edges = dag
    layout = lay_out(dict.fromkeys(names, 60), edges, 10)
    for start, end in edges:
        crossed = [layer for layer, _ in layout.routes[start, end]]
        assert crossed == list(range(layout.layers[start] + 1, layout.layers[end]))
    assert all(height >= 30 - 1e-6 for height in layout.heights.values())


@pytest.mark.parametrize("files", [1, 9])
def test_the_picture_is_the_same_every_time(files: int) -> None:
    assert as_svg(assistant(files), PAINT) == as_svg(assistant(files), PAINT)  # type: ignore[arg-type]
