"""The page of a build in a browser: its size, when the first picture stands, and how fast it moves.

    python -m tests.benchmarks.page [--nodes 10 100 2000]

Layered graphs in which each node needs two of the row before; every ninth ran, and all have options and earlier times.
`drawn` is one picture from the first call to the last pixel, the median of 40 while it is moved; at several
scales, from the whole graph to legible cards. `frames` are those that the browser shows in a second of moving: no more
than 60, and less where the machine is shared. Needs chromium and the Python package playwright.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path

from graphbuild.history.record import Output
from graphbuild.plan.decision import Reason, ReasonKind
from graphbuild.report.page.document import page_document
from graphbuild.report.page.facts import BuildFacts, NodeFacts, Told
from graphbuild.report.page.page import as_page
from tests.browser.browser import Page, chromium
from tests.report.test_svg import layered
from tests.report.toy_graphs import KEY, graph_of

SCALES = (0, 0.2, 0.35, 0.7, 1.0)
"""The first is as small as it gets: the whole graph with a margin."""
KINDS = ("featurizer", "classifier", "policy", "tokenizer", "command")
_DRAWN = """scale => {
  const {view, lit} = graphbuild, pen = document.getElementById("canvas").getContext("2d"), times = [];
  view.zoom(scale / view.scale);
  for (let turn = 0; turn < 40; turn++) {
    view.move(turn % 2 ? 9 : -14, 3);
    const began = performance.now();
    lit();
    pen.getImageData(0, 0, 1, 1);
    times.push(performance.now() - began);
  }
  return times.sort((one, other) => one - other)[20];
}"""
_FRAMES = """async scale => {
  const {view} = graphbuild, began = performance.now();
  view.zoom(scale / view.scale);
  let frames = 0;
  while (performance.now() - began < 1000) {
    view.move(frames++ % 2 ? 9 : -14, 3);
    await new Promise(requestAnimationFrame);
  }
  return frames;
}"""


def made(count: int) -> bytes:
    """The page of so many nodes."""
    width = max(3, round(count**0.5))
    nodes = [
        replace(node, kind=KINDS[place % 5], options={"command": f"make part {place}", "epochs": place})
        for place, node in enumerate(layered(count, width))
    ]
    graph = graph_of(*nodes, label=f"{count} nodes")
    told = {
        node.id: NodeFacts(
            "hit" if place % 9 else "run",
            () if place % 9 else (Reason(ReasonKind.INPUT, "input `p0` changed", subject="p0"),),
            None if place % 9 else 0.01 * place,
            (("2026-01-02T03:04:05+0000", 0.02 * place),) * 4,
            KEY,
            {"output": Output(KEY, "Json.v1", 1000 + place)},
        )
        for place, node in enumerate(nodes)
    }
    facts = BuildFacts(Told.BUILD, "20260102-030405", told, "2026-01-02T03:04:05+0000", 12.5)
    return as_page(page_document(graph, facts))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", nargs="+", type=int, default=[10, 100, 2000])
    with tempfile.TemporaryDirectory() as folder, chromium(Path(folder) / "profile") as context:
        page = Page(context)
        for count in parser.parse_args().nodes:
            file = Path(folder) / f"{count}.html"
            file.write_bytes(made(count))
            page.open(file)
            first = page.tab.evaluate("performance.getEntriesByName('first picture')[0].startTime")
            print(f"{count} nodes: {file.stat().st_size / 1e6:.2f} MB, first picture after {first / 1000:.2f} s")
            for scale in SCALES:
                drawn, frames = page.tab.evaluate(_DRAWN, scale), page.tab.evaluate(_FRAMES, scale)
                shown = page.tab.evaluate("graphbuild.view.scale")
                print(f"  scale {shown:4.2f}: drawn in {drawn:5.1f} ms, {frames} frames")


if __name__ == "__main__":
    main()
