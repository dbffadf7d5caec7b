"""A Graph as plain JSON and back: how the compiled graph is kept in the store.

What many nodes share (component facts, options, output ports) is written once, in tables, so that 10,000 nodes load
in a fraction of the time that the recipe takes to compile.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import Level, Location, Problem
from graphbuild.graph.graph import Binding, Edge, Graph, GraphNode, NodeId, Origin, PredictNode, SourceSpec, Variant


def to_bytes(graph: Graph) -> bytes:
    """The graph as one line of JSON."""
    return json.dumps(to_plain(graph), ensure_ascii=False).encode("utf-8", "surrogatepass")


def from_bytes(data: bytes) -> Graph:
    """The graph of `to_bytes`. Raises KeyError, ValueError or TypeError for anything else."""
    return from_plain(json.loads(data))


def to_plain(graph: Graph) -> dict[str, Any]:
    """The graph as lists and dicts with string keys."""
    kinds = _Table()
    specs = _Table()
    nodes = []
    for node in graph.nodes.values():
        kind = kinds.add(
            (node.kind, node.uses, node.reference, node.remembers, id(node.facts)),
            [
                *(node.kind, node.uses, node.reference, node.version, node.facts),
                *(sorted(node.hidden), node.waits, node.mentions, node.remembers),
            ],
        )
        # What a fine-tuned node trains with need not be what it is applied with; variants of a node differ, too.
        spec = specs.add(
            (node.name, node.start is None, id(node.options)),
            [node.options, node.given, _place(node.location), _places(node.places)],
        )
        inputs = [[edge.port, edge.node, edge.output] for edge in node.inputs]
        source = [node.source.port, list(node.source.files), node.source.root] if node.source else None
        nodes.append([node.id, node.name, node.operation, kind, spec, inputs, source, dict(node.outputs), node.static])
    return {
        "label": graph.label,
        "kinds": kinds.rows,
        "specs": specs.rows,
        "nodes": nodes,
        "predict": predict_to_plain(graph),
        "targets": list(graph.targets),
        "kept": [list(one) for one in graph.kept],
        "code": {version: dict(modules) for version, modules in graph.code.items()},
        "language": graph.language,
        "is_package": graph.is_package,
        "refused": [[one.what, _place(one.location), one.hint] for one in graph.refused],
        "notices": [[one.what, _place(one.location), one.hint, one.level] for one in graph.notices],
        "starts": {node.id: node.start for node in graph.nodes.values() if node.start is not None},
        "parent": [graph.parent.digest, graph.parent.key, graph.parent.epoch_fraction] if graph.parent else None,
        "holds": list(graph.holds),
        "left_out": {group: list(words) for group, words in graph.left_out.items()},
        "part": graph.part,
        "axes": list(graph.axes),
        "variants": [[list(one.values), list(one.ends)] for one in graph.variants],
    }


def predict_to_plain(graph: Graph) -> list[Any]:
    """The predict graph alone, as the package manifest holds it."""
    return [
        [
            node.id,
            node.name,
            node.kind,
            node.uses,
            node.options,
            node.state,
            [[one.port, one.node, one.output, one.runtime] for one in node.inputs],
            dict(node.outputs),
            *([node.code] if node.code is not None else []),
        ]
        for node in graph.predict.values()
    ]


def predict_from_plain(rows: Sequence[Sequence[Any]]) -> list[PredictNode]:
    """The predict nodes of `predict_to_plain`, in order. Raises TypeError or ValueError for anything else."""
    return [_predict(*row) for row in rows]


def from_plain(plain: Mapping[str, Any]) -> Graph:
    """The graph of `to_plain`. Raises KeyError, ValueError or TypeError for anything else."""
    kinds = [(*row[:5], frozenset(row[5]), *row[6:]) for row in plain["kinds"]]
    specs = [
        (options, given, _location(place), {name: Location(*where) for name, where in places.items()})
        for options, given, place, places in plain["specs"]
    ]
    nodes = {}
    for node_id, name, operation, kind_row, spec_row, inputs, source, outputs, static in plain["nodes"]:
        kind, uses, reference, version, facts, hidden, waits, mentions, remembers = kinds[kind_row]
        options, given, location, places = specs[spec_row]
        nodes[node_id] = GraphNode(
            node_id,
            name,
            _OPERATIONS[operation],
            kind,
            uses,
            reference,
            version,
            options,
            given,
            tuple([Edge(*edge) for edge in inputs]),
            SourceSpec(source[0], tuple(source[1]), source[2]) if source else None,
            outputs,
            facts,
            static,
            hidden,
            waits,
            mentions,
            remembers,
            location,
            places,
        )
    for node_id, start in plain["starts"].items():
        nodes[node_id] = replace(nodes[node_id], start=start)
    predict = {node.id: node for node in predict_from_plain(plain["predict"])}
    return Graph(
        label=plain["label"],
        nodes=nodes,
        predict=predict,
        targets=tuple(plain["targets"]),
        kept=tuple((NodeId(node), port) for node, port in plain["kept"]),
        code={Digest(version): modules for version, modules in plain["code"].items()},
        language=plain["language"],
        is_package=plain["is_package"],
        refused=tuple(Problem(what, _location(place), hint=hint) for what, place, hint in plain["refused"]),
        notices=tuple(
            Problem(what, _location(place), hint=hint, level=Level(level))
            for what, place, hint, level in plain["notices"]
        ),
        parent=Origin(*plain["parent"]) if plain["parent"] is not None else None,
        holds=tuple(plain["holds"]),
        left_out={group: tuple(words) for group, words in plain["left_out"].items()},
        part=plain["part"],
        axes=tuple(plain.get("axes", ())),
        variants=tuple(Variant(tuple(values), tuple(ends)) for values, ends in plain.get("variants", ())),
    )


def _predict(
    node_id: NodeId,
    name: str,
    kind: str,
    uses: str,
    options: Any,
    state: NodeId | None,
    inputs: Any,
    outputs: Any,
    code: Digest | None = None,
) -> PredictNode:
    bindings = tuple(Binding(*one) for one in inputs)
    return PredictNode(node_id, name, kind, uses, options, state, bindings, outputs, code)


_OPERATIONS = {operation.value: operation for operation in Operation}


class _Table:
    """Rows kept once, by a key that says which nodes share one."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self._known: dict[tuple[Any, ...], int] = {}

    def add(self, key: tuple[Any, ...], row: list[Any]) -> int:
        if key not in self._known:
            self._known[key] = len(self.rows)
            self.rows.append(row)
        return self._known[key]


def _place(location: Location | None) -> list[Any] | None:
    return None if location is None else [location.path, location.line, location.column]


def _location(place: list[Any] | None) -> Location | None:
    return None if place is None else Location(*place)


def _places(places: Mapping[str, Location]) -> dict[str, Any]:
    return {name: _place(place) for name, place in places.items()}
