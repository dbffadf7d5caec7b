"""Mermaid's own parser reads what is written for it. It needs a document to work in, so it is asked in a browser."""

from __future__ import annotations

import pytest

from graphbuild.graph.graph import Graph
from graphbuild.report.boxes import Paint
from graphbuild.report.diagram import as_mermaid
from tests.browser.browser import Page, npm_package
from tests.report.test_diagram import KINDS, NASTY, PAINT
from tests.report.toy_graphs import assistant, graph_of, node

CASES: dict[str, tuple[Graph, Paint | None]] = {
    "assistant": (assistant(), PAINT),  # type: ignore[dict-item]
    "stack": (assistant(9), None),
    "kinds": (KINDS, None),
    "nasty": (NASTY, None),
    "words of mermaid": (graph_of(node("end", "toy", "graph"), node("x", "toy", "subgraph", {"p": "end:apply"})), None),
    "empty": (graph_of(), None),
}


@pytest.mark.parametrize("case", CASES)
def test_mermaid_reads_it(page: Page, case: str) -> None:
    library = npm_package("mermaid", "11.12.0") / "dist" / "mermaid.min.js"
    page.tab.goto("about:blank")
    page.tab.add_script_tag(path=library)
    found = page.tab.evaluate("text => mermaid.parse(text).then(one => one.diagramType)", as_mermaid(*CASES[case]))
    assert found == "flowchart-v2"
