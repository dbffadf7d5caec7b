"""Copying the results of a plan from one store to another: action results, manifests, blobs."""

from __future__ import annotations

from collections.abc import Mapping

from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Verdict
from graphbuild.plan.plan import Plan
from graphbuild.store.interface import ActionResult, BlobLost, BlobStore, Store


def copy_results(
    plan: Plan,
    source: Store,
    target: Store,
    instead: Mapping[NodeId, ActionResult] | None = None,
    blobs: BlobStore | None = None,
) -> None:
    """Copies what a plan has from one store into another; what is lost meanwhile is left out.

    `instead`: other results of some nodes, whose blobs are in `blobs`.
    """
    others = instead or {}
    for node_id, decision in plan.decisions.items():
        if decision.verdict is not Verdict.HIT or decision.key is None:
            continue
        result = others.get(node_id) or source.actions.lookup([decision.key], asks=False).get(decision.key)
        manifest = source.actions.manifest(decision.key)
        if result is None:
            continue
        giver = blobs if node_id in others and blobs is not None else source.blobs
        try:
            for digest in result.outputs.values():
                target.blobs.put(giver.get(digest))
        except BlobLost:
            continue
        target.actions.record(decision.key, result, manifest or {})
    target.flush()
