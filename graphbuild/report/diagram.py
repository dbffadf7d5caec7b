"""The DAG as text for other programs: dot, mermaid, json, and an outline for the terminal. Pure; no drawing library.

Fans of importers over many files are one box, except in json, which has every node.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from graphbuild.graph.graph import Graph, NodeId
from graphbuild.report.boxes import Paint, boxes_of, target_words
from graphbuild.report.kinds import Shape, look_of

_DOT = {
    Shape.PAGE: "note",
    Shape.PILL: "oval",
    Shape.HEXAGON: "hexagon",
    Shape.SLANTED: "parallelogram",
    Shape.CUT: "octagon",
}
_MERMAID = {
    Shape.PAGE: ('>"', '"]'),
    Shape.PILL: ('(["', '"])'),
    Shape.HEXAGON: ('{{"', '"}}'),
    Shape.SLANTED: ('[/"', '"/]'),
    Shape.CUT: ('[["', '"]]'),
}
_COLOURS = {
    "hit": "#d9ead3",
    "cutoff": "#d0e0e3",
    "run": "#fce5cd",
    "pending": "#fff2cc",
    "failed": "#f4cccc",
    "skipped": "#eeeeee",
    "added": "#d9ead3",
    "removed": "#f4cccc",
    "changed": "#fce5cd",
}


def as_dot(graph: Graph, paint: Paint | None = None) -> str:
    """Graphviz."""
    boxes, edges = boxes_of(graph)
    lines = [
        "digraph graphbuild {",
        f"  label={_quoted(graph.label)}; rankdir=LR;",
        '  node [fontname="sans-serif", shape=box, style=filled, fillcolor="#ffffff"];',
    ]
    for box in boxes.values():
        word = box.told(paint)
        label = "\n".join([box.label, box.node.uses, *([word] if word else [])])
        facts = [f"label={_quoted(label)}", f"shape={_DOT.get(look_of(box.node.kind).shape, 'box')}"]
        if (outcome := box.outcome(paint)) in _COLOURS:
            facts.append(f"fillcolor={_quoted(_COLOURS[outcome])}")
        facts.extend(["peripheries=2"] if box.is_target else [])
        facts.append(f"tooltip={_quoted(f'{box.node.uses}, {box.node.kind}')}")
        lines.append(f"  {_quoted(box.id)} [{', '.join(facts)}];")
    lines.extend(f"  {_quoted(start)} -> {_quoted(end)};" for start, end in edges)
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(graph: Graph, paint: Paint | None = None) -> str:
    """Mermaid's flowchart."""
    boxes, edges = boxes_of(graph)
    names = {box_id: f"n{position}" for position, box_id in enumerate(boxes)}
    lines = ["flowchart LR"]
    for box in boxes.values():
        opening, closing = _MERMAID.get(look_of(box.node.kind).shape, ('["', '"]'))
        word = box.told(paint)
        text = "<br/>".join(_entities(part) for part in (box.label, box.node.uses, word) if part)
        outcome = box.outcome(paint)
        painted = f":::{outcome}" if outcome in _COLOURS else ""
        lines.append(f"  {names[box.id]}{opening}{text}{closing}{painted}")
    lines.extend(f"  {names[start]} --> {names[end]}" for start, end in edges)
    lines.extend(f"  classDef {word} fill:{colour},color:#000" for word, colour in _COLOURS.items() if paint)
    return "\n".join(lines) + "\n"


def as_json(graph: Graph, paint: Paint | None = None) -> str:
    """Nodes and edges as one document."""
    nodes: list[dict[str, Any]] = [
        {
            "node": node.id,
            "name": node.name,
            "operation": node.operation.value,
            "kind": node.kind,
            "component": node.uses,
            "config": dict(node.options),
            "inputs": [{"port": one.port, "node": one.node, "output": one.output} for one in node.inputs],
            "files": list(node.source.files) if node.source else [],
            "outputs": dict(node.outputs),
            "decision": (paint or {}).get(node.id),
        }
        for node in graph.nodes.values()
    ]
    predict = [
        {
            "node": node.id,
            "component": node.uses,
            "state": node.state,
            "inputs": [
                {"port": one.port, "node": one.node, "output": one.output, "runtime": one.runtime}
                for one in node.inputs
            ],
        }
        for node in graph.predict.values()
    ]
    document = {"nodes": nodes, "predict": predict, "targets": list(graph.targets)}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_outline(graph: Graph, paint: Paint | None = None) -> str:
    """Every node with its component and what it needs, in the order of a build."""
    boxes, edges = boxes_of(graph)
    needs: dict[NodeId, list[str]] = {box_id: [] for box_id in boxes}
    for start, end in edges:
        needs[end].append(boxes[start].label)
    width = max((len(box.label) for box in boxes.values()), default=0)
    used = max((len(box.node.uses) for box in boxes.values()), default=0)
    lines = []
    for box in boxes.values():
        word = f"{box.told(paint):<11}" if paint else ""
        star = "* " if box.is_target else "  "
        arrow = f"<- {', '.join(needs[box.id])}" if needs[box.id] else ""
        lines.append(f"{word}{star}{box.label:<{width}}  {box.node.uses:<{used}}  {arrow}".rstrip())
    if any(box.is_target for box in boxes.values()):
        lines.extend(["", f"* {target_words(graph)}"])
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A string of dot: quotes, backslashes and line breaks escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _entities(text: str) -> str:
    """Text of mermaid: what would end it or mean something, as an entity."""
    return "".join(f"#{ord(letter)};" if letter in '"<>&#`' else letter for letter in text)


FORMATS: Mapping[str, Callable[[Graph, Paint | None], str]] = {
    "text": as_outline,
    "dot": as_dot,
    "mermaid": as_mermaid,
    "json": as_json,
}
