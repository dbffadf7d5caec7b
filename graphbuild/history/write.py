"""Leaving the record of a build in the store. A build does not fail for it, and one with nothing to do has none."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.errors import shown
from graphbuild.execution.result import BuildResult, NodeResult, Outcome
from graphbuild.graph.graph import NodeId
from graphbuild.history.plain import State, grouped, head_to_plain, packed, problem_to_plain, reason_to_plain
from graphbuild.history.record import BuildHead, Ending, Occasion
from graphbuild.store.interface import Store

KEEP = 100
"""Records of one scope (a project and a recipe) that are kept."""


def keep_build(store: Store, scope: str, began_at: float, occasion: Occasion, result: BuildResult, graph: bytes) -> str:
    """Keeps the record of a build, and gives its id.

    `began_at`: Unix time in seconds. `graph`: the compiled graph as it is kept (graph.plain).
    """
    endings = {node_id: ending_of(node_id, node, result) for node_id, node in result.nodes.items()}
    parts: dict[Digest, bytes] = {}
    graph_digest = _add(parts, graph)
    told = _add(parts, packed(_told(result, endings)))
    states: list[State] = [(node_id, node.key, node.outputs) for node_id, node in result.nodes.items()]
    groups = [
        _add(parts, packed([[node_id, key, dict(outputs)] for node_id, key, outputs in group]))
        for group in grouped(states)
    ]
    ran = _add(parts, packed(_ran(result, began_at)))
    head = BuildHead(
        **{one.name: getattr(occasion, one.name) for one in fields(Occasion)},
        id=_id(began_at, scope),
        counts=Counter(endings.values()),
        graph_digest=graph_digest,
    )
    head = replace(head, problems=tuple(shown(one) for one in occasion.problems))
    store.builds.add(scope, head.id, packed(head_to_plain(head, told, ran, groups)), parts, keep=KEEP)
    return head.id


def ending_of(node_id: NodeId, node: NodeResult, result: BuildResult) -> Ending:
    """What became of a node, with early cutoff told apart."""
    return Ending.CUT_OFF if node_id in result.cut_off else _ENDINGS[node.outcome]


_ENDINGS = {
    Outcome.HIT: Ending.HIT,
    Outcome.RUN: Ending.RUN,
    Outcome.FAILED: Ending.FAILED,
    Outcome.SKIPPED: Ending.SKIPPED,
}


def _told(result: BuildResult, endings: Mapping[NodeId, Ending]) -> dict[str, list[Any]]:
    """What there is to say of nodes that were no mere hits."""
    return {
        node_id: [
            endings[node_id].value,
            round(node.seconds, 6),
            [reason_to_plain(reason) for reason in node.reasons],
            [problem_to_plain(shown(problem)) for problem in node.problems],
            str(node.rows) if node.rows is not None else None,
        ]
        for node_id, node in result.nodes.items()
        if endings[node_id] is not Ending.HIT
    }


def _ran(result: BuildResult, began_at: float) -> dict[str, list[Any]]:
    """When and where nodes ran, and what they said."""
    found: dict[str, list[Any]] = {}
    for node_id, node in result.nodes.items():
        if (one := node.performed) is not None:
            where = one.worker or one.thread
            worker = f"{one.process}" if where is None else f"{one.process} {where}"
            phases = [[name, round(ended_at - began_at, 6)] for name, ended_at in one.phases]
            times = [round(one.began_at - began_at, 6), round(one.ended_at - began_at, 6)]
            found[node_id] = [*times, worker, phases, one.said]
    return found


def _add(parts: dict[Digest, bytes], data: bytes) -> Digest:
    name = digest.of_bytes(data)
    parts[name] = data
    return name


def _id(started: float, scope: str) -> str:
    """Sorted by time, and told apart also where two builds begin in the same millisecond."""
    figures = digest.short(digest.of_value([scope, time.time_ns(), os.getpid()]), 3)
    moment = time.strftime("%Y%m%d-%H%M%S", time.gmtime(started))
    return f"{moment}-{int(started % 1 * 1000):03}{figures}"
