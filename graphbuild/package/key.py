"""Package keys: what decides whether two packages are the same assistant. On the path of a build with nothing to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.graph.plain import predict_to_plain

FORMAT = 1

Outputs = Mapping[NodeId, Mapping[str, Digest]]


def package_key(graph: Graph, outputs: Outputs) -> Digest:
    """What decides whether two packages are the same assistant."""
    return digest.of_value(["package", FORMAT, contents(graph, outputs)])


def contents(graph: Graph, outputs: Outputs) -> dict[str, Any]:
    """What a package holds, as its manifest says it: artifacts by node and port, and the predict graph."""
    return {
        "language": graph.language,
        "artifacts": [
            {"node": node, "port": port, "type": graph.nodes[node].outputs[port], "digest": outputs[node][port]}
            for node, port in sorted(graph.kept)
        ],
        "predict": predict_to_plain(graph),
    }
