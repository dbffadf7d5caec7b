"""GraphSchema and SchemaNode: views of a Graph as Rasa writes graphs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from graphbuild.contract.operation import Operation
from graphbuild.graph.graph import Graph


@dataclass(frozen=True)
class SchemaNode:
    """One node of a graph."""

    needs: Mapping[str, tuple[str, ...]]
    """Input port -> the outputs that fill it, as `node.port`; at run time `message` and `tracker` come from outside."""
    uses: str
    """The component."""
    constructor_name: str
    """`load` where a state is bound to it, else `create`."""
    fn: str
    """The operation: train, apply, import."""
    config: Mapping[str, Any] = field(default_factory=dict)
    """With defaults filled in."""
    eager: bool = False
    is_target: bool = False
    is_input: bool = False
    """Whether it reads files."""
    resource: str | None = None
    """Of a node that uses a state: the node that made it."""


@dataclass(frozen=True)
class GraphSchema:
    """The nodes of a graph by name, each after what it needs."""

    nodes: Mapping[str, SchemaNode]

    @property
    def target_names(self) -> list[str]:
        """Nodes whose results are kept."""
        return [name for name, node in self.nodes.items() if node.is_target]

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {"nodes": {name: asdict(node) for name, node in self.nodes.items()}}

    @classmethod
    def of_training(cls, graph: Graph) -> Self:
        """What a training runs."""
        return cls(
            {
                str(node.id): SchemaNode(
                    needs=_grouped((edge.port, f"{edge.node}.{edge.output}") for edge in node.inputs),
                    uses=node.uses,
                    constructor_name="create" if node.start is None else "load",
                    fn=node.operation.value,
                    config=dict(node.options),
                    is_target=node.id in graph.targets,
                    is_input=node.operation is Operation.IMPORT,
                )
                for node in graph.nodes.values()
            }
        )

    @classmethod
    def of_predicting(cls, graph: Graph) -> Self:
        """What using the package runs."""
        return cls(
            {
                str(node.id): SchemaNode(
                    needs=_grouped((one.port, one.runtime or f"{one.node}.{one.output}") for one in node.inputs),
                    uses=node.uses,
                    constructor_name="load" if node.state is not None else "create",
                    fn=Operation.APPLY.value,
                    config=dict(node.options),
                    eager=True,
                    resource=str(node.state) if node.state is not None else None,
                )
                for node in graph.predict.values()
            }
        )


def _grouped(pairs: Any) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for port, producer in pairs:
        found[port] = (*found.get(port, ()), producer)
    return found
