"""Wiring: every input port of every operation gets its producers, and their types are checked.

A port is filled by what `needs` says; else by the component's own helper; else, unless it is optional, by the one other
node of the recipe that makes its type and does not itself need the port's node. Collects all problems.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphbuild.contract.artifact import Artifact
from graphbuild.contract.component import InputPort, Operation, Signature
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import Problem
from graphbuild.graph.resolve import ResolvedNode
from graphbuild.recipe.recipe import Need


@dataclass(frozen=True)
class Producer:
    """An output port of a recipe node's `apply`."""

    node: str
    port: str


@dataclass(frozen=True)
class Wiring:
    """Producers of every input port: (node, operation, port) -> producers in order."""

    inputs: Mapping[tuple[str, Operation, str], tuple[Producer, ...]]

    def of(self, node: str, operation: Operation) -> dict[str, tuple[Producer, ...]]:
        """The wired ports of one operation."""
        return {port: made for (name, op, port), made in self.inputs.items() if name == node and op is operation}


def wire(nodes: Mapping[str, ResolvedNode], unresolved: set[str]) -> tuple[Wiring, list[Problem]]:
    """The wiring of a recipe. Needs of nodes in `unresolved` have been reported already and are passed over."""
    inputs: dict[tuple[str, Operation, str], tuple[Producer, ...]] = {}
    problems: list[Problem] = []
    makers = _Makers(nodes)
    for node in nodes.values():
        problems.extend(_unknown_ports(node))
        for operation, port in _ports(node):
            wirer = _Wirer(nodes, makers, unresolved, node, port)
            inputs[node.name, operation, port.name] = wirer.producers()
            problems.extend(problem for problem in wirer.problems if problem not in problems)
    return Wiring(inputs), problems


def _ports(node: ResolvedNode) -> Iterator[tuple[Operation, InputPort]]:
    by_operation: list[tuple[Operation, Signature]] = [(Operation.APPLY, node.apply)]
    if node.train is not None:
        by_operation.insert(0, (Operation.TRAIN, node.train))
    for operation, signature in by_operation:
        for port in signature.inputs.values():
            if not port.is_source:
                yield operation, port


def _unknown_ports(node: ResolvedNode) -> list[Problem]:
    return [
        Problem(
            f"`{node.spec.uses}` has no input port `{port}`",
            node.spec.place("needs", port),
            (("node", node.name), ("ports", ", ".join(sorted(node.ports)) or "none")),
            did_you_mean(port, sorted(node.ports)),
        )
        for port in node.spec.needs
        if port not in node.ports
    ]


class _Makers:
    """Which output ports make a type: looked through once a type."""

    def __init__(self, nodes: Mapping[str, ResolvedNode]) -> None:
        self._nodes = nodes
        self._found: dict[type, list[Producer]] = {}

    def of(self, wanted: type) -> list[Producer]:
        if wanted not in self._found:
            self._found[wanted] = [
                Producer(name, port)
                for name, node in self._nodes.items()
                for port, made in node.apply.outputs.items()
                if issubclass(made, wanted)
            ]
        return self._found[wanted]


class _Wirer:
    """Finds the producers of one port."""

    def __init__(
        self,
        nodes: Mapping[str, ResolvedNode],
        makers: _Makers,
        unresolved: set[str],
        node: ResolvedNode,
        port: InputPort,
    ) -> None:
        self._nodes = nodes
        self._makers = makers
        self._unresolved = unresolved
        self._node = node
        self._port = port
        self.problems: list[Problem] = []

    def producers(self) -> tuple[Producer, ...]:
        if self._port.name in self._node.spec.needs:
            needs = self._node.spec.needs[self._port.name]
            found = [made for i, need in enumerate(needs) for made in self._named(need, i)]
            if len(needs) > 1 and not self._port.many:
                self._report(f"port `{self._port.name}` takes one producer, not {len(needs)}")
            return tuple(found)
        helper = f"{self._node.name}.{self._port.name}"
        if helper in self._nodes:
            return self._by_type([one for one in self._makers.of(self._port.type) if one.node == helper])
        if self._port.optional:
            return ()
        return self._by_type([one for one in self._makers.of(self._port.type) if one.node != self._node.name])

    def _named(self, need: Need, position: int) -> list[Producer]:
        place = ("needs", self._port.name, position)
        if need.node in self._unresolved:
            return []
        if need.node not in self._nodes:
            self._report(f"there is no node `{need.node}`", *place, hint=did_you_mean(need.node, sorted(self._nodes)))
            return []
        outputs = self._nodes[need.node].apply.outputs
        if need.port is not None:
            return self._checked(need, outputs, *place)
        fitting = [port for port, made in outputs.items() if issubclass(made, self._port.type)]
        if len(fitting) != 1:
            made = ", ".join(f"{port} ({one.type_name})" for port, one in outputs.items())
            self._report(
                f"port `{self._port.name}` wants {_type_name(self._port)}, and "
                + (f"`{need.node}` makes none" if not fitting else f"several ports of `{need.node}` make it"),
                *place,
                facts=((f"ports of {need.node}", made),),
                hint=f"name one: `{need.node}.{fitting[0]}`" if fitting else None,
            )
            return []
        return [Producer(need.node, fitting[0])]

    def _checked(self, need: Need, outputs: Mapping[str, type[Artifact]], *place: str | int) -> list[Producer]:
        assert need.port is not None
        if need.port not in outputs:
            self._report(
                f"node `{need.node}` has no output port `{need.port}`",
                *place,
                hint=did_you_mean(need.port, sorted(outputs)),
            )
            return []
        if not issubclass(outputs[need.port], self._port.type):
            self._report(
                f"port `{self._port.name}` wants {_type_name(self._port)}, but `{need}` makes "
                f"{outputs[need.port].type_name}",
                *place,
            )
            return []
        return [Producer(need.node, need.port)]

    def _by_type(self, found: list[Producer]) -> tuple[Producer, ...]:
        if len(found) == 1 and self._needs_this_node(found[0].node):
            # Nobody wrote that edge, and it would close a cycle.
            found = []
        if len(found) == 1:
            return tuple(found)
        if not self._unresolved:
            options = ", ".join(f"{one.node}.{one.port}" for one in found)
            self._report(
                f"input port `{self._port.name}` is not filled",
                facts=(("wants", _type_name(self._port)), ("made by", options or "no node of this recipe")),
                hint=f"add `needs: {{{self._port.name}: {f'{found[0].node}.{found[0].port}' if found else 'NODE'}}}`",
            )
        return ()

    def _needs_this_node(self, name: str) -> bool:
        """Whether a node needs this one, by what the recipe says, directly or through others."""
        queue = [name]
        for one in queue:
            spec = self._nodes[one].spec if one in self._nodes else None
            needed = {need.node for needs in spec.needs.values() for need in needs} if spec is not None else set()
            if self._node.name in needed:
                return True
            queue.extend(sorted(needed - set(queue)))
        return False

    def _report(
        self, what: str, *place: str | int, facts: tuple[tuple[str, str], ...] = (), hint: str | None = None
    ) -> None:
        location = self._node.spec.place(*place) if place else self._node.spec.location
        self.problems.append(Problem(what, location, (("node", self._node.name), *facts), hint))


def _type_name(port: InputPort) -> str:
    name = port.type.type_name if issubclass(port.type, Artifact) else port.type.__name__
    return f"{name}{' (any number)' if port.many else ''}"
