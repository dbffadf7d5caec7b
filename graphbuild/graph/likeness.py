"""Likeness: which nodes of two graphs do the same with the same, whatever they are called.

The same component with the same options over the same inputs, all the way up to the data, which may be another; options
that say how often a training goes through its data do not count. Knows the nodes of a graph, and those that a package
tells of, as steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.component import Component, Operation, Signature, has_fits, signature
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import rounds_of, to_plain
from graphbuild.graph.graph import Graph


@dataclass(frozen=True)
class Step:
    """A node as far as likeness goes."""

    component: str
    operation: str
    config: Mapping[str, Any]
    inputs: tuple[tuple[str, str, str], ...]
    """(port, node, output)."""


class Described:
    """The nodes of a graph or of a package, in words that both have."""

    def __init__(self, steps: Mapping[str, Step], classes: Mapping[str, type[Component]]) -> None:
        self.steps = steps
        self._classes = classes
        """By the name that manifests have."""
        self._likeness: dict[str, str] = {}

    @classmethod
    def of_graph(cls, graph: Graph, project: Path) -> Described:
        steps = {}
        classes = {}
        for node in graph.nodes.values():
            component = node.facts["component"]
            if component not in classes:
                classes[component] = load_class(node.reference, project)
            config = {name: value for name, value in node.options.items() if name not in node.hidden}
            inputs = tuple((edge.port, str(edge.node), edge.output) for edge in node.inputs)
            steps[str(node.id)] = Step(component, node.operation.value, config, inputs)
        return cls(steps, classes)

    def others(self, steps: Mapping[str, Step]) -> Described:
        """Those of a package, in the words of these. An option that is new since then was at its default."""
        filled = {}
        for name, step in steps.items():
            known = self._classes.get(step.component)
            defaults = to_plain(known.Config(), with_display_only=False) if known is not None else {}
            filled[name] = replace(step, config={**defaults, **step.config})
        return Described(filled, self._classes)

    @property
    def starting(self) -> list[str]:
        """The nodes that can go on from an earlier training."""
        trained = [(name, step) for name, step in self.steps.items() if step.operation == Operation.TRAIN.value]
        return [
            name
            for name, step in trained
            if step.component in self._classes
            and signature(self._classes[step.component], Operation.TRAIN).start is not None
        ]

    def fits(self, name: str) -> Signature | None:
        """Of the operation that tells whether a training can go on, where its component has one."""
        known = self._classes[self.steps[name].component]
        return signature(known, Operation.FITS) if has_fits(known) else None

    def rounds(self, name: str) -> frozenset[str]:
        """The options of a node that say how often its training goes through the data."""
        return self._rounds(self.steps[name])

    def config(self, name: str) -> dict[str, Any]:
        """The options that have to be the same."""
        return self._config(self.steps[name])

    def likeness(self, name: str) -> str:
        """Equal for nodes that do the same with the same, up to the data, which may be another."""
        path = {name: None} if name in self.steps else {}
        while path:
            last = next(reversed(path))
            # A package that is not ours may have a circle: what is on the path already is not looked into again.
            needs = [node for _, node, _ in self.steps[last].inputs if node in self.steps and node not in path]
            new = [node for node in needs if node not in self._likeness]
            if new:
                path[new[0]] = None
            else:
                self._likeness[last] = self._likeness_of(self.steps[last])
                del path[last]
        return self._likeness.get(name, name)

    def _likeness_of(self, step: Step) -> str:
        """From that of its inputs."""
        if step.operation == Operation.IMPORT.value:
            return digest.of_value(["import", step.component])
        inputs = dict.fromkeys((port, self._likeness.get(node, node), output) for port, node, output in step.inputs)
        return digest.of_value([step.operation, step.component, self._config(step), list(inputs)])

    def above(self, names: Iterable[str]) -> list[str]:
        """Some nodes and all that they need, without what reads files."""
        found = dict.fromkeys(name for name in names if name in self.steps)
        queue = list(found)
        for name in queue:
            needs = [node for _, node, _ in self.steps[name].inputs]
            new = [node for node in dict.fromkeys(needs) if node not in found and self._acts(node)]
            found.update(dict.fromkeys(new))
            queue.extend(new)
        return list(found)

    def components(self, names: Iterable[str]) -> Counter[str]:
        """How often each component is there, by recipe node."""
        nodes = {(name.rpartition(":")[0], self.steps[name].component) for name in names}
        return Counter(component for _, component in nodes)

    def _config(self, step: Step) -> dict[str, Any]:
        return {one: value for one, value in step.config.items() if one not in self._rounds(step)}

    def _rounds(self, step: Step) -> frozenset[str]:
        component = self._classes.get(step.component)
        return rounds_of(component.Config) if component is not None else frozenset()

    def _acts(self, name: str) -> bool:
        return name in self.steps and self.steps[name].operation != Operation.IMPORT.value
