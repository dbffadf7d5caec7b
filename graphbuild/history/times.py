"""Where the time of a build went: its longest chain, and what each node took. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from graphbuild.graph.graph import NodeId
from graphbuild.history.record import BuildRecord

_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True)
class Times:
    """Seconds of a build."""

    wall_s: float
    nodes_s: float
    """Of all that ran, added up: more than `wall_s` where several ran at a time."""
    by_node: Mapping[NodeId, float]
    """Of what ran, the longest first."""
    by_operation: Mapping[str, float]
    """The same by operation: import, train, apply."""
    critical_s: float
    """Of the longest chain of nodes that had to wait for one another: no number of jobs makes the build shorter."""
    critical_path: tuple[NodeId, ...]


def times_of(record: BuildRecord) -> Times:
    """The times of a build."""
    taken = {node_id: node.seconds for node_id, node in record.nodes.items() if node.seconds > 0}
    by_operation: dict[str, float] = {}
    for node_id, seconds in taken.items():
        operation = record.nodes[node_id].operation.value
        by_operation[operation] = by_operation.get(operation, 0.0) + seconds
    critical_s, path = _critical_path(record)
    return Times(
        record.wall_s, sum(taken.values()), _longest_first(taken), _longest_first(by_operation), critical_s, path
    )


def _critical_path(record: BuildRecord) -> tuple[float, tuple[NodeId, ...]]:
    finish: dict[NodeId, float] = {}
    before: dict[NodeId, NodeId | None] = {}
    for node_id, node in record.nodes.items():
        last = max((edge.node for edge in node.inputs), key=lambda one: finish[one], default=None)
        before[node_id] = last
        finish[node_id] = node.seconds + (finish[last] if last is not None else 0.0)
    end = max(finish, key=lambda one: finish[one], default=None)
    longest = finish[end] if end is not None else 0.0
    path = []
    while end is not None:
        if record.nodes[end].seconds > 0:
            path.append(end)
        end = before[end]
    return longest, tuple(reversed(path))


def _longest_first(taken: Mapping[_Name, float]) -> dict[_Name, float]:
    return dict(sorted(taken.items(), key=lambda one: -one[1]))
