"""The DAG as text for other programs: dot, mermaid, json, and an outline for the terminal. Pure; no drawing library."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from graphbuild.graph.graph import Graph, GraphNode, NodeId

Paint = Mapping[NodeId, str]
"""Node -> a word such as hit, run, failed."""
_SHAPES = {"importer": "folder", "tokenizer": "box", "featurizer": "parallelogram", "policy": "hexagon"}
_COLOURS = {"hit": "#d9ead3", "run": "#fce5cd", "pending": "#fff2cc", "failed": "#f4cccc", "skipped": "#eeeeee"}


def as_dot(graph: Graph, paint: Paint | None = None) -> str:
    """Graphviz."""
    lines = ["digraph graphbuild {", "  rankdir=LR;", '  node [fontname="sans-serif", shape=ellipse, style=filled];']
    for node in graph.nodes.values():
        colour = _COLOURS.get((paint or {}).get(node.id, ""), "#ffffff")
        label = f"{node.id}\\n{node.uses}"
        shape = _SHAPES.get(node.kind, "ellipse")
        lines.append(f"  {_quoted(node.id)} [label={_quoted(label)}, shape={shape}, fillcolor={_quoted(colour)}];")
    for node in graph.nodes.values():
        lines.extend(
            f"  {_quoted(one.node)} -> {_quoted(node.id)} [tooltip={_quoted(one.port)}];" for one in node.inputs
        )
    return "\n".join([*lines, "}"]) + "\n"


def as_mermaid(graph: Graph, paint: Paint | None = None) -> str:
    """Mermaid's flowchart."""
    names = {node_id: f"n{position}" for position, node_id in enumerate(graph.nodes)}
    lines = ["flowchart LR"]
    for node in graph.nodes.values():
        text = f"{node.id}<br/>{node.uses}".replace('"', "#quot;")
        word = (paint or {}).get(node.id)
        lines.append(f'  {names[node.id]}["{text}"]' + (f":::{word}" if word else ""))
    lines.extend(f"  {names[one.node]} --> {names[node.id]}" for node in graph.nodes.values() for one in _once(node))
    lines.extend(f"  classDef {word} fill:{colour}" for word, colour in _COLOURS.items() if paint)
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
    """Every node with what it needs, in the order of a build."""
    width = max((len(node_id) for node_id in graph.nodes), default=0)
    lines = []
    for node in graph.nodes.values():
        word = f"{paint[node.id]:<8}" if paint and node.id in paint else ""
        needs = ", ".join(one.node for one in _once(node))
        arrow = f"<- {needs}" if needs else ""
        lines.append(f"{word}{node.id:<{width}}  {node.uses:<28} {arrow}".rstrip())
    return "\n".join(lines) + "\n"


def _once(node: GraphNode) -> list[Any]:
    return list({one.node: one for one in node.inputs}.values())


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\\\\n", "\\n")


FORMATS: Mapping[str, Callable[[Graph, Paint | None], str]] = {
    "text": as_outline,
    "dot": as_dot,
    "mermaid": as_mermaid,
    "json": as_json,
}
