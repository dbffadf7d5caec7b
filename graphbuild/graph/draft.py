"""Draft: the resolved and wired nodes of recipes, before they are expanded. Nodes can be added to it, and copied.

A copy is a part of the graph once more over other inputs: with the states that the originals learn, or learning its
own. Only what depends on the other inputs is copied; all else is shared. Knows nothing of what the nodes do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graphbuild.contract.component import OUTPUT, Operation
from graphbuild.errors import RecipeError
from graphbuild.graph.resolve import ResolvedNode, resolve_node
from graphbuild.graph.wire import Producer, Wiring
from graphbuild.recipe.recipe import NodeSpec


@dataclass
class Draft:
    """Nodes by name, and the producers of their input ports: (node, operation, port) -> producers in order."""

    project: Path
    nodes: dict[str, ResolvedNode]
    inputs: dict[tuple[str, Operation, str], tuple[Producer, ...]]

    @property
    def wiring(self) -> Wiring:
        """The producers, for the next stage."""
        return Wiring(self.inputs)

    def producers(self, name: str, *, learns: bool = True) -> list[Producer]:
        """What a node needs, to be applied alone or to learn, too."""
        return [
            producer
            for (one, operation, _), made in self.inputs_of(name).items()
            if learns or operation is Operation.APPLY
            for producer in made
        ]

    def needed(self, names: Iterable[str]) -> list[str]:
        """Some nodes and all that they need, in the order of the draft."""
        found = set(names)
        queue = list(found)
        for name in queue:
            learnt_by = self.nodes[name].learnt_by
            needs = {one.node for one in self.producers(name)} | ({learnt_by} if learnt_by is not None else set())
            queue.extend(needs - found)
            found |= needs
        return [name for name in self.nodes if name in found]

    def add(self, spec: NodeSpec) -> str:
        """Adds a node whose `needs` are complete; its name. Raises RecipeError for options that are wrong."""
        assert spec.name not in self.nodes, spec.name
        node, problems = resolve_node(spec, self.project)
        if node is None:
            raise RecipeError(problems)
        self.nodes[spec.name] = node
        for port in node.apply.inputs.values():
            needs = spec.needs.get(port.name, ())
            if not port.is_source:
                made = tuple(Producer(need.node, need.port or OUTPUT) for need in needs)
                self.inputs[spec.name, Operation.APPLY, port.name] = made
        return spec.name

    def copy(
        self, prefix: str, wanted: Sequence[Producer], instead: Mapping[Producer, Producer], *, learns: bool
    ) -> list[Producer]:
        """The wanted outputs with others in the place of some: of nodes named with a prefix, or as they were.

        `learns`: the copies learn anew from the other inputs; else they apply what the originals learn.
        """
        copier = _Copier(self, prefix, instead, learns)
        return [copier.producer(one) for one in wanted]

    def redirect(self, instead: Mapping[Producer, Producer]) -> None:
        """Has all that takes some outputs take others; the makers of these keep what they take."""
        makers = {one.node for one in instead.values()}
        for key, made in self.inputs.items():
            if key[0] not in makers:
                self.inputs[key] = tuple(instead.get(one, one) for one in made)

    def join(self, prefix: str, other: Draft) -> None:
        """Adds the nodes of another recipe, their names with a prefix."""

        def named(producer: Producer) -> Producer:
            return Producer(f"{prefix}{producer.node}", producer.port)

        for node in other.nodes.values():
            learnt_by = f"{prefix}{node.learnt_by}" if node.learnt_by is not None else None
            self.nodes[f"{prefix}{node.name}"] = replace(_renamed(node, f"{prefix}{node.name}"), learnt_by=learnt_by)
        for (name, operation, port), made in other.inputs.items():
            self.inputs[f"{prefix}{name}", operation, port] = tuple(named(one) for one in made)

    def inputs_of(self, name: str) -> dict[tuple[str, Operation, str], tuple[Producer, ...]]:
        """The wired ports of a node, of the operations that it has."""
        node = self.nodes[name]
        signatures = [(Operation.APPLY, node.apply), *([(Operation.TRAIN, node.train)] if node.train else [])]
        keys = [(name, operation, port) for operation, signature in signatures for port in signature.inputs]
        return {key: self.inputs[key] for key in keys if key in self.inputs}


class _Copier:
    """Copies nodes of a draft, each once."""

    def __init__(self, draft: Draft, prefix: str, instead: Mapping[Producer, Producer], learns: bool) -> None:
        self._draft = draft
        self._prefix = prefix
        self._instead = instead
        self._learns = learns
        self._names: dict[str, str] = {}

    def producer(self, producer: Producer) -> Producer:
        """What takes the place of an output."""
        return self._instead.get(producer) or Producer(self._name(producer.node), producer.port)

    def _name(self, name: str) -> str:
        if name not in self._names:
            self._names[name] = self._copied(name)
        return self._names[name]

    def _copied(self, name: str) -> str:
        """The name of a node's copy; its own where nothing that it needs is another."""
        draft, node = self._draft, self._draft.nodes[name]
        old = {key: made for key, made in draft.inputs_of(name).items() if self._learns or key[1] is Operation.APPLY}
        new = {key: tuple(self.producer(one) for one in made) for key, made in old.items()}
        if new == old:
            return name
        copy = _renamed(node, f"{self._prefix}{name}")
        if not self._learns or all(made == old[key] for key, made in new.items() if key[1] is Operation.TRAIN):
            # It would learn the same, or is not to learn.
            copy = replace(copy, train=None, learnt_by=name if node.train is not None else node.learnt_by)
            new = {key: made for key, made in new.items() if key[1] is Operation.APPLY}
        assert copy.name not in draft.nodes, copy.name
        draft.nodes[copy.name] = copy
        draft.inputs.update({(copy.name, operation, port): made for (_, operation, port), made in new.items()})
        return copy.name


def _renamed(node: ResolvedNode, name: str) -> ResolvedNode:
    return replace(node, spec=replace(node.spec, name=name))
