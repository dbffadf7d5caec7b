"""Action manifests and the keys made of them: one manifest, two writers, so that `explain` is the hash in words.

The static part (component, code, configuration, toolchain, seed) was digested when the graph was compiled; a key is
the digest of that and of what the input ports get. docs/hashing.md tells the whole story.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.artifact import PRIVATE, PRIVATE_PORTS
from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import PARENT, START, STATE
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.plan.sources import SourceState

Outputs = Mapping[NodeId, Mapping[str, Digest]]
"""Known outputs: node -> output port -> artifact digest."""


def action_key(node: GraphNode, outputs: Outputs, source: SourceState | None) -> Digest:
    """The action key of a node whose inputs are all known. Raises KeyError when one is not."""
    inputs = [(edge.port, outputs[edge.node][edge.output]) for edge in node.inputs]
    if node.start is not None:
        inputs.append((START, node.start))
    return digest.of_value(["action", node.static, source.digest if source is not None else None, inputs])


def memory_key(node: GraphNode, outputs: Outputs) -> Digest:
    """What the results of a node's rows depend on, beside the rows themselves: its key without the port they are at."""
    inputs = [(edge.port, outputs[edge.node][edge.output]) for edge in node.inputs if edge.port != node.remembers]
    return digest.of_value(["rows", node.static, inputs])


def manifest(node: GraphNode, outputs: Outputs, source: SourceState | None) -> dict[str, Any]:
    """The facts behind an action key, kept with its result, so that the next change can be told from them."""
    start = [[START, PARENT, STATE, node.start]] if node.start is not None else []
    wired = [[edge.port, edge.node, edge.output, outputs[edge.node][edge.output]] for edge in node.inputs]
    made = {
        **node.facts,
        "operation": node.operation.value,
        "config": {name: value for name, value in node.options.items() if name not in node.hidden},
        "inputs": [*wired, *start],
        "source": source.digest if source is not None else None,
    }
    if ports := private_ports(node):
        made[PRIVATE_PORTS] = ports
    return {**made, "mentions": dict(source.details)} if source is not None and source.details else made


def private_ports(node: GraphNode) -> list[str]:
    """The output ports whose blobs stay in the store that they were made in."""
    return [port for port, kind in node.outputs.items() if kind.startswith(PRIVATE)]
