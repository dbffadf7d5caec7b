"""The DAG as a picture: SVG with its own layered layout, left to right. Pure; needs no other program.

Layers by the longest path, order within a layer by the barycentre of the neighbours (Sugiyama et al., 1981). Kinds
are told apart by a word and a bar of colour; what happened by the frame. Fan-outs of an importer over many files are
drawn as one stack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from graphbuild.graph.graph import Graph, GraphNode, NodeId

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 190, 46, 70, 18, 24
_STACK = 8
_SWEEPS = 6
_HUES = {
    "importer": 210,
    "tokenizer": 180,
    "featurizer": 150,
    "classifier": 280,
    "extractor": 320,
    "policy": 25,
    "trackers": 60,
}
_STYLE = """
  svg { font: 12px system-ui, sans-serif; background: #ffffff; }
  .box { fill: #fafafa; stroke: #9a9a9a; }
  .name { fill: #1a1a1a; font-weight: 600; }
  .more { fill: #666666; font-size: 10px; }
  .edge { fill: none; stroke: #b5b5b5; stroke-width: 1.2; }
  .run .box { stroke: #d9822b; stroke-width: 2.5; }
  .hit .box { stroke: #3d9a50; }
  .failed .box { stroke: #cc3333; stroke-width: 3; }
  .skipped .box { stroke-dasharray: 4 3; }
  .pending .box { stroke-dasharray: 2 2; }
  @media (prefers-color-scheme: dark) {
    svg { background: #16181c; }
    .box { fill: #22262c; stroke: #6a7078; }
    .name { fill: #eeeeee; }
    .more { fill: #a0a6ad; }
    .edge { stroke: #555b63; }
  }
"""


@dataclass
class _Box:
    """A node, or a stack of nodes, on the page."""

    node: GraphNode
    count: int
    layer: int = 0
    rank: float = 0.0


def as_svg(graph: Graph, paint: Mapping[NodeId, str] | None = None) -> str:
    """The picture."""
    boxes, home = _boxes(graph)
    edges = {
        (home[one.node], home[node.id])
        for node in graph.nodes.values()
        for one in node.inputs
        if home[one.node] != home[node.id]
    }
    layers = _layers(boxes, edges)
    _order(layers, edges, boxes)
    places = _places(layers)
    width = max((x for x, _ in places.values()), default=0) + _WIDTH + _MARGIN
    height = max((y for _, y in places.values()), default=0) + _HEIGHT + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label={quoteattr(f"DAG of {graph.label}")}>'
    )
    parts = [
        head,
        f"<style>{_STYLE}</style>",
        *(_edge(places[a], places[b]) for a, b in sorted(edges)),
        *(_drawn(boxes[name], places[name], (paint or {}).get(NodeId(name))) for name in sorted(places)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _boxes(graph: Graph) -> tuple[dict[str, _Box], dict[NodeId, str]]:
    fans: dict[str, list[GraphNode]] = {}
    for node in graph.nodes.values():
        fans.setdefault(f"{node.name}:{node.operation}", []).append(node)
    boxes: dict[str, _Box] = {}
    home: dict[NodeId, str] = {}
    for fan in fans.values():
        if len(fan) > _STACK:
            boxes[fan[0].id] = _Box(fan[0], len(fan))
            home.update((node.id, fan[0].id) for node in fan)
        else:
            boxes.update((node.id, _Box(node, 1)) for node in fan)
            home.update((node.id, node.id) for node in fan)
    return boxes, home


def _layers(boxes: dict[str, _Box], edges: set[tuple[str, str]]) -> list[list[str]]:
    before: dict[str, list[str]] = {name: [] for name in boxes}
    for a, b in edges:
        before[b].append(a)
    # The graph's own order is topological, and boxes keep it.
    for name, box in boxes.items():
        box.layer = max((boxes[a].layer + 1 for a in before[name]), default=0)
    layers: list[list[str]] = [[] for _ in range(max((box.layer for box in boxes.values()), default=-1) + 1)]
    for name, box in boxes.items():
        layers[box.layer].append(name)
    return layers


def _order(layers: list[list[str]], edges: set[tuple[str, str]], boxes: dict[str, _Box]) -> None:
    near: dict[str, list[str]] = {name: [] for name in boxes}
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    for layer in layers:
        for rank, name in enumerate(layer):
            boxes[name].rank = float(rank)
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            centre = {
                name: sum(boxes[other].rank for other in near[name]) / len(near[name])
                if near[name]
                else boxes[name].rank
                for name in layer
            }
            layer.sort(key=lambda name: (centre[name], name))
            for rank, name in enumerate(layer):
                boxes[name].rank = float(rank)


def _places(layers: list[list[str]]) -> dict[str, tuple[int, int]]:
    tallest = max((len(layer) for layer in layers), default=0)
    places = {}
    for column, layer in enumerate(layers):
        top = _MARGIN + (tallest - len(layer)) * (_HEIGHT + _GAP_Y) // 2
        for rank, name in enumerate(layer):
            places[name] = (_MARGIN + column * (_WIDTH + _GAP_X), top + rank * (_HEIGHT + _GAP_Y))
    return places


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x1, y1 = start[0] + _WIDTH, start[1] + _HEIGHT // 2
    x2, y2 = end[0], end[1] + _HEIGHT // 2
    bend = max(30, (x2 - x1) // 2)
    return f'<path class="edge" d="M{x1} {y1} C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"/>'


def _drawn(box: _Box, place: tuple[int, int], outcome: str | None) -> str:
    x, y = place
    node = box.node
    name = node.id if box.count == 1 else f"{node.name}: {box.count} files"
    options = "\n".join(f"{key}: {value}" for key, value in node.given.items())
    title = f"{node.id}\n{node.uses} ({node.kind})" + (f"\n{options}" if options else "")
    bar = f"hsl({_HUES.get(node.kind, 0)} {55 if node.kind in _HUES else 0}% 55%)"
    behind = f'<rect class="box" x="{x + 5}" y="{y + 5}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
    return (
        f"<g class={quoteattr(outcome or 'node')}><title>{escape(title)}</title>"
        f"{behind if box.count > 1 else ''}"
        f'<rect class="box" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6"/>'
        f'<rect x="{x}" y="{y + 6}" width="5" height="{_HEIGHT - 12}" rx="2" fill="{bar}"/>'
        f'<text class="name" x="{x + 14}" y="{y + 20}">{escape(_cut(name, 25))}</text>'
        f'<text class="more" x="{x + 14}" y="{y + 36}">{escape(_cut(f"{node.uses} - {node.kind}", 34))}</text></g>'
    )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}\u2026"
