"""The DAG as a picture: SVG with its own layout (drawing.layout), left to right. Pure; needs no other program.

Kinds are told apart by shape, by a bar of colour and by the component's name; what happened by a word in the corner
and the frame, so that it reads without colour too. Tooltips hold the configuration.
"""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape, quoteattr

from graphbuild.contract.operation import Operation
from graphbuild.drawing.layout import Layout, lay_out
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.report.boxes import Box, Paint, boxes_of, target_words
from graphbuild.report.kinds import Shape, look_of

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 220, 46, 56, 16, 24
_LANE, _FOOT = 14, 32
_NAME, _MORE = 26, 34
"""Letters that fit on a line of a box."""
_TITLE_LIMIT = 12
# Characters that XML 1.0 has no place for.
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLE = """
  svg { font: 12px system-ui, "Segoe UI", "DejaVu Sans", sans-serif; background: #ffffff; }
  .box { fill: #f8f9fa; stroke: #8a9097; }
  .name { fill: #16191d; font-weight: 600; }
  .more { fill: #5b6168; font-size: 10px; }
  .word { fill: #16191d; font-size: 10px; font-weight: 600; text-anchor: end; }
  .edge { fill: none; stroke: #a3a9b0; stroke-width: 1.2; }
  .tip { fill: #a3a9b0; }
  .target { fill: #16191d; stroke: #ffffff; }
  .run > .box { fill: #fff3e2; stroke: #c86f10; stroke-width: 2.5; }
  .hit > .box, .cutoff > .box { stroke: #2f8a43; }
  .cutoff > .box { stroke-width: 2.5; stroke-dasharray: 8 2; }
  .failed > .box { fill: #fdeaea; stroke: #c22727; stroke-width: 3; }
  .skipped > .box { stroke-dasharray: 5 3; }
  .pending > .box { stroke-dasharray: 2 2; }
  .added > .box { stroke: #2f8a43; stroke-width: 2.5; }
  .changed > .box { stroke: #c86f10; stroke-width: 2.5; }
  .removed > .box { stroke: #c22727; stroke-width: 2.5; stroke-dasharray: 5 3; }
  @media (prefers-color-scheme: dark) {
    svg { background: #15171b; }
    .box { fill: #22262c; stroke: #767d86; }
    .name, .word { fill: #eef0f2; }
    .more { fill: #a9afb7; }
    .edge { stroke: #5f666f; }
    .tip { fill: #5f666f; }
    .target { fill: #eef0f2; stroke: #15171b; }
    .run > .box { fill: #3a2c19; }
    .failed > .box { fill: #421f1f; }
  }
"""


def as_svg(graph: Graph, paint: Paint | None = None) -> str:
    """The picture, painted by what happened where that is given."""
    boxes, edges = boxes_of(graph)
    layout = lay_out(dict.fromkeys(boxes, _HEIGHT + _GAP_Y), edges, _LANE)
    columns = max(layout.layers.values(), default=0) + 1
    # A lane may lie below the last box.
    lowest = max([*layout.heights.values(), *(y for way in layout.routes.values() for _, y in way)], default=0.0)
    width = 2 * _MARGIN + columns * _WIDTH + (columns - 1) * _GAP_X
    height = round(lowest) + (_HEIGHT + _GAP_Y) // 2 + _MARGIN + _FOOT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label={quoteattr(_clean(f"DAG of {graph.label}"))}>'
    )
    parts = [
        head,
        f"<title>{escape(_clean(f'DAG of {graph.label}'))}</title>",
        f"<style>{_STYLE}</style>",
        *(_edge(layout, *edge) for edge in edges),
        *(_drawn(box, layout, paint) for box in boxes.values()),
        _foot(graph, boxes, paint, height),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _left(layer: int) -> int:
    return _MARGIN + layer * (_WIDTH + _GAP_X)


def _top(height: float) -> int:
    """Where the middle of a box is on the page."""
    return round(height) + _MARGIN - _GAP_Y // 2


def _edge(layout: Layout, start: NodeId, end: NodeId) -> str:
    """A curve from box to box, straight through the layers that it crosses."""
    bend = _GAP_X // 2 + 8
    at, y = _left(layout.layers[start]) + _WIDTH, _top(layout.heights[start])
    path = [f"M{at} {y}"]
    stops = [*layout.routes[start, end], (layout.layers[end], layout.heights[end])]
    for place, (layer, height) in enumerate(stops):
        x, below = _left(layer), _top(height)
        path.append(f"C{at + bend} {y} {x - bend} {below} {x} {below}")
        at, y = x + _WIDTH, below
        if place < len(stops) - 1:
            path.append(f"H{at}")
    x = _left(layout.layers[end])
    return f'<path class="edge" d="{"".join(path)}"/><path class="tip" d="M{x} {y}l-7 -3v6z"/>'


def _drawn(box: Box, layout: Layout, paint: Paint | None) -> str:
    x, y = _left(layout.layers[box.id]), _top(layout.heights[box.id]) - _HEIGHT // 2
    node = box.node
    look = look_of(node.kind)
    hue = f"hsl({look.hue} 55% 50%)" if look.hue is not None else "hsl(0 0% 55%)"
    word = box.told(paint)
    more = f"{node.uses} \u00b7 {node.kind}"
    return "".join(
        [
            f"<g class={quoteattr(box.outcome(paint) or 'node')}><title>{escape(_clean(_title(box, paint)))}</title>",
            *(_shape(look.shape, x + shift, y + shift) for shift in ((6, 3) if box.is_stack else ())),
            _shape(look.shape, x, y),
            f'<rect x="{x + 12}" y="{y + 11}" width="4" height="{_HEIGHT - 22}" rx="2" fill="{hue}"/>',
            _text("name", x + 23, y + 20, _cut(_name(box), _NAME - (len(word) + 3 if word else 0))),
            _text("more", x + 23, y + 35, more if len(more) <= _MORE else _cut(node.uses, _MORE)),
            _text("word", x + _WIDTH - 13, y + 19, word) if word else "",
            f'<circle class="target" cx="{x + _WIDTH}" cy="{y + _HEIGHT // 2}" r="4.5"/>' if box.is_target else "",
            "</g>",
        ]
    )


def _name(box: Box) -> str:
    """What is written: of an importer of one file its path, which tells more than the rest of its id."""
    is_file = box.node.operation is Operation.IMPORT and not box.is_stack
    return (is_file and box.label.partition("@")[2]) or box.label


def _shape(shape: Shape, x: int, y: int) -> str:
    match shape:
        case Shape.PAGE:
            fold = 11
            across, down = _WIDTH - fold, _HEIGHT - fold
            return f'<path class="box" d="M{x} {y}h{across}l{fold} {fold}v{down}h-{_WIDTH}z"/>'
        case Shape.HEXAGON:
            cut, half = 9, _HEIGHT // 2
            side = _WIDTH - 2 * cut
            corners = f"M{x + cut} {y}h{side}l{cut} {half}l-{cut} {half}h-{side}l-{cut} -{half}z"
            return f'<path class="box" d="{corners}"/>'
        case Shape.SLANTED:
            slant, side = 9, _WIDTH - 9
            return f'<path class="box" d="M{x + slant} {y}h{side}l-{slant} {_HEIGHT}h-{side}z"/>'
        case Shape.CUT:
            cut, down = 8, _HEIGHT - 16
            side = _WIDTH - 2 * cut
            upper = f"M{x + cut} {y}h{side}l{cut} {cut}v{down}"
            return f'<path class="box" d="{upper}l-{cut} {cut}h-{side}l-{cut} -{cut}v-{down}z"/>'
        case Shape.PILL:
            return f'<rect class="box" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="{_HEIGHT // 2}"/>'
        case _:
            return f'<rect class="box" x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="5"/>'


def _title(box: Box, paint: Paint | None) -> str:
    """The tooltip: what it is, what it is made of, what became of it."""
    node = box.node
    lines = [box.label, f"{node.uses}, {node.kind}, {node.operation}"]
    if told := box.told(paint):
        lines.append(told)
    if box.is_target:
        lines.append("kept in the package")
    options = [f"{name}: {json.dumps(value, ensure_ascii=False, default=str)}" for name, value in node.options.items()]
    members = [f"{member}" for member in box.members] if box.is_stack else []
    for rows in (options, members):
        lines.extend(rows[:_TITLE_LIMIT])
        lines.extend([f"and {len(rows) - _TITLE_LIMIT} more"] if len(rows) > _TITLE_LIMIT else [])
    return "\n".join(lines)


def _foot(graph: Graph, boxes: dict[NodeId, Box], paint: Paint | None, height: int) -> str:
    """What it is a picture of, and what the dot means."""
    words = [paint[node_id] for node_id in graph.nodes if node_id in paint] if paint else []
    counts = ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))
    parts = [graph.label, f"{len(graph.nodes)} nodes"]
    parts.extend([counts] if counts else [])
    text = _text("more", _MARGIN + 12, height - 12, " \u00b7 ".join(parts))
    if not any(box.is_target for box in boxes.values()):
        return text
    dot = f'<circle class="target" cx="{_MARGIN + 4}" cy="{height - 30}" r="4.5"/>'
    return f"{dot}{_text('more', _MARGIN + 12, height - 26, target_words(graph))}{text}"


def _text(style: str, x: int, y: int, text: str) -> str:
    return f'<text class="{style}" x="{x}" y="{y}">{escape(_clean(text))}</text>'


def _clean(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def _cut(text: str, length: int) -> str:
    """A text cut in its middle: ids tell at both ends."""
    if len(text) <= length:
        return text
    tail = (length - 1) * 2 // 3
    return f"{text[: length - 1 - tail]}\u2026{text[-tail:]}"
