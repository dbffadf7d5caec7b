"""Building an evaluation: a draft with evaluating nodes becomes a graph, is built, and what it made is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from graphbuild.assistant.data.parts import Warnings
from graphbuild.builder import BuildReport, build_opened
from graphbuild.contract.artifact import ArtifactFormatError
from graphbuild.errors import ExitCode, Level, Problem
from graphbuild.execution.stages import Stage, told
from graphbuild.graph.draft import Draft
from graphbuild.graph.graph import NodeId
from graphbuild.graph.wire import Producer
from graphbuild.session import BuildRequest, open_session
from graphbuild.store.interface import BlobLost, BlobStore

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

Made = Mapping[Producer, bytes]
"""What came out where."""


def built(
    request: BuildRequest,
    draft: Draft,
    wanted: Sequence[Producer],
    listener: Listener | None,
    purpose: str,
    learnt: Sequence[str] = (),
) -> tuple[BuildReport, Made | None]:
    """Builds a draft; what was made at the wanted outputs, or None where the build did not succeed.

    `learnt`: nodes whose states are made, too. `purpose`: evaluations whose nodes have the same names, and whose
    histories are told apart. The report has what nodes warned of, too, also where they ran in an earlier build.
    """
    from graphbuild.graph.compile import compile_draft

    with told(Stage.COMPILE, listener):
        graph, nodes = compile_draft(draft, request.recipe, list(dict.fromkeys(one.node for one in wanted)), learnt)
    with open_session(request, graph, purpose=purpose, listener=listener) as opened:
        report = build_opened(opened, listener)
        if report.code is not ExitCode.DONE:
            return report, None
        try:
            made = _read(opened.store.blobs, report, nodes, wanted)
        except BlobLost:
            # A result had been damaged: noticed now, it is made again.
            report = build_opened(opened, listener)
            made = _read(opened.store.blobs, report, nodes, wanted)
        return replace(report, warnings=tuple(dict.fromkeys(_warnings(opened.store.blobs, report)))), made


def _read(
    blobs: BlobStore, report: BuildReport, nodes: Mapping[str, NodeId], wanted: Sequence[Producer]
) -> dict[Producer, bytes]:
    made = {one: report.result.nodes[nodes[one.node]].outputs[one.port] for one in wanted}
    blobs.bring(made.values())
    return {one: blobs.get(digest) for one, digest in made.items()}


def _warnings(blobs: BlobStore, report: BuildReport) -> Iterator[Problem]:
    """What nodes warn of; what is odd in files of a project is for `validate`."""
    for node_id, done in report.result.nodes.items():
        node = report.result.plan.graph.nodes[node_id]
        for port, kind in node.outputs.items():
            if kind != Warnings.type_name or node.source is not None or port not in done.outputs:
                continue
            try:
                rows = Warnings.decode(blobs.get(done.outputs[port])).rows
            except (BlobLost, ArtifactFormatError):
                continue  # It is of no use to what was asked for: a damaged warning makes nothing again.
            yield from (Problem(what, hint=hint, level=Level.WARNING) for _, what, hint in rows)
