"""Logs of trainings that a build was asked for and did not write, because nothing trained. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphbuild.contract.operation import Operation
from graphbuild.execution.result import BuildResult, Outcome

_OPTION = "tensorboard_log_directory"


def unwritten_logs(result: BuildResult, project: Path) -> Iterator[tuple[str, str]]:
    """(node, folder) of each training that was reused, and whose logs nobody ever wrote."""
    graph = result.plan.graph
    for node_id, done in result.nodes.items():
        node = graph.nodes[node_id]
        folder = node.options.get(_OPTION)
        if folder is None or done.outcome is not Outcome.HIT or node.operation is not Operation.TRAIN:
            continue
        if not (project / str(folder)).exists():
            yield node.name, str(folder)
