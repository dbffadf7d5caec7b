"""Building an evaluation: a draft with evaluating nodes becomes a graph, is built, and what it made is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from graphbuild.builder import BuildReport, build_opened
from graphbuild.errors import ExitCode
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
    histories are told apart.
    """
    from graphbuild.graph.compile import compile_draft

    graph, nodes = compile_draft(draft, request.recipe, list(dict.fromkeys(one.node for one in wanted)), learnt)
    with open_session(request, graph, purpose=purpose) as opened:
        report = build_opened(opened, listener)
        if report.code is not ExitCode.DONE:
            return report, None
        try:
            return report, _read(opened.store.blobs, report, nodes, wanted)
        except BlobLost:
            # A result had been damaged: noticed now, it is made again.
            report = build_opened(opened, listener)
            return report, _read(opened.store.blobs, report, nodes, wanted)


def _read(
    blobs: BlobStore, report: BuildReport, nodes: Mapping[str, NodeId], wanted: Sequence[Producer]
) -> dict[Producer, bytes]:
    return {one: blobs.get(report.result.nodes[nodes[one.node]].outputs[one.port]) for one in wanted}
