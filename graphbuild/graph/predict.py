"""The predict graph: what using the finished package computes, derived from the recipe that builds it.

Its nodes are the `apply` operations that the targets need. An input is either another such node's output, an artifact
made while building (bound, and kept in the package), or a value given at run time, such as the user's message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from graphbuild.contract.component import STATE, Operation
from graphbuild.contract.options import training_only_of
from graphbuild.graph.expand import Expander
from graphbuild.graph.graph import Binding, NodeId, PredictNode
from graphbuild.graph.resolve import ResolvedNode
from graphbuild.graph.wire import Producer, Wiring


@dataclass(frozen=True)
class Predict:
    """The predict graph in topological order, and what the package must hold for it."""

    nodes: Mapping[NodeId, PredictNode]
    kept: tuple[tuple[NodeId, str], ...]
    runtime: frozenset[str]
    """Recipe nodes that depend on a value given at run time."""


def derive_predict(
    order: Sequence[str], wanted: Iterable[str], nodes: Mapping[str, ResolvedNode], wiring: Wiring, expander: Expander
) -> Predict:
    """The predict graph of some recipe nodes. `order` has every node that they need, after what it needs itself."""
    deriver = _Deriver(nodes, wiring, expander)
    runtime = deriver.at_runtime(order)
    needed = deriver.needed(wanted, runtime)
    for name in order:
        if name in needed:
            deriver.add(name, runtime)
    return Predict(deriver.made, tuple(dict.fromkeys(deriver.kept)), frozenset(runtime))


@dataclass
class _Deriver:
    nodes: Mapping[str, ResolvedNode]
    wiring: Wiring
    expander: Expander
    made: dict[NodeId, PredictNode] = field(default_factory=dict)
    kept: list[tuple[NodeId, str]] = field(default_factory=list)
    _inputs: dict[str, dict[str, tuple[Producer, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for (name, operation, port), producers in self.wiring.inputs.items():
            if operation is Operation.APPLY:
                self._inputs.setdefault(name, {})[port] = producers

    def at_runtime(self, order: Sequence[str]) -> set[str]:
        """The nodes whose outputs depend on a value that is given at run time."""
        found: set[str] = set()
        for name in order:
            if any(self._is_given(one) or one.node in found for one in self._producers(name)):
                found.add(name)
        return found

    def needed(self, wanted: Iterable[str], runtime: set[str]) -> set[str]:
        """The run time nodes that some nodes need, themselves included."""
        found: set[str] = set()
        queue = [name for name in wanted if name in runtime]
        while queue:
            name = queue.pop()
            if name not in found:
                found.add(name)
                made = (one.node for one in self._producers(name) if not self._is_given(one))
                queue.extend(producer for producer in made if producer in runtime)
        return found

    def add(self, name: str, runtime: set[str]) -> None:
        """Adds the predict node of a recipe node."""
        node = self.nodes[name]
        inputs = []
        for port, producers in sorted(self._inputs.get(name, {}).items()):
            for producer in producers:
                inputs.extend(self._bind(port, producer, runtime))
        state = None
        if node.train is not None:
            state = self.expander.train(name).id
            self.kept.append((state, STATE))
        outputs = {port: made.type_name for port, made in node.apply.outputs.items()}
        node_id = NodeId(f"{name}:apply")
        passed = training_only_of(node.component.Config)
        options = {option: value for option, value in node.options.items() if option not in passed}
        self.made[node_id] = PredictNode(
            node_id,
            name,
            node.component.kind,
            node.spec.uses,
            options,
            state,
            tuple(inputs),
            outputs,
            self.expander.code_named(name),
        )

    def _producers(self, name: str) -> Iterator[Producer]:
        return (producer for producers in self._inputs.get(name, {}).values() for producer in producers)

    def _is_given(self, producer: Producer) -> bool:
        return producer.port in self.nodes[producer.node].apply.runtime

    def _bind(self, port: str, producer: Producer, runtime: set[str]) -> list[Binding]:
        given = self.nodes[producer.node].apply.runtime.get(producer.port)
        if given is not None:
            return [Binding(port, None, producer.port, given)]
        if producer.node in runtime:
            return [Binding(port, NodeId(f"{producer.node}:apply"), producer.port)]
        bound = [Binding(port, made.id, producer.port) for made in self.expander.applied(producer.node)]
        self.kept.extend((one.node, one.output) for one in bound if one.node is not None)
        return bound
