from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from graphbuild.report.diagram import FORMATS, as_dot, as_json, as_mermaid, as_outline
from tests.golden import golden
from tests.report.toy_graphs import assistant, graph_of, node

PAINT = {"intent:train": "run", "memo:train": "failed", "words:apply": "pending", "domain": "hit"}
KINDS = graph_of(
    *(node(kind, kind, "Uses") for kind in ("importer", "classifier", "policy", "trackers", "check", "command"))
)
NASTY = graph_of(node('a"b\\n<c>&#x', "policy", "My`Uses", suffix=""), label='l"')


@pytest.mark.parametrize("form", ["text", "dot", "mermaid"])
def test_a_graph_painted_by_a_build(form: str) -> None:
    golden.check(f"console/graph.{form}.txt", FORMATS[form](assistant(), PAINT))  # type: ignore[arg-type]


def test_json_has_every_node_with_its_configuration_and_edges() -> None:
    document = json.loads(as_json(assistant(20), {"domain": "hit"}))  # type: ignore[dict-item]
    nodes = {one["node"]: one for one in document["nodes"]}
    assert len(nodes) == len(assistant(20).nodes)
    assert nodes["intent:train"]["config"] == {"epochs": 100, "dense_dimension": {"text": 64}}
    assert {"port": "features", "node": "words:apply", "output": "output"} in nodes["intent:train"]["inputs"]
    assert nodes["domain"]["decision"] == "hit"
    assert nodes["intent:train"]["decision"] is None
    assert document["targets"] == ["intent:train", "memo:train"]


@pytest.mark.parametrize("form", ["text", "dot", "mermaid"])
def test_many_files_of_an_importer_are_one_box(form: str) -> None:
    few, many = FORMATS[form](assistant(8), None), FORMATS[form](assistant(9), None)
    assert "data/nlu-7.yml" in few
    assert "nlu_file: 9 files" in many
    assert "data/nlu-7.yml" not in many


def test_a_stack_tells_how_many_of_it_ran() -> None:
    paint = dict.fromkeys(assistant(9).nodes, "hit") | {"nlu_file@data/nlu-3.yml": "run"}  # type: ignore[dict-item]
    assert as_outline(assistant(9), paint).splitlines()[1].startswith("1 run ")


@pytest.mark.parametrize("form", ["text", "dot", "mermaid", "json"])
def test_an_empty_graph_is_drawn(form: str) -> None:
    assert FORMATS[form](graph_of(), None)


def test_names_cannot_break_out_of_their_quotes() -> None:
    assert r'"a\"b\\n<c>&#x" [label="a\"b\\n<c>&#x\nMy`Uses"' in as_dot(NASTY)
    assert '{{"a#34;b\\n#60;c#62;#38;#35;x<br/>My#96;Uses"}}' in as_mermaid(NASTY)


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("graph", [assistant(), NASTY, KINDS], ids=["assistant", "nasty", "kinds"])
def test_graphviz_reads_it(graph: object) -> None:
    subprocess.run(["dot", "-Tsvg"], input=as_dot(graph), check=True, capture_output=True, text=True)  # type: ignore[arg-type]
