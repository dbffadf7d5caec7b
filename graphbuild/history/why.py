"""Why a node ran in an earlier build, or why it did not although something upstream of it had changed."""

from __future__ import annotations

from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.compare import changed_records
from graphbuild.history.explanation import CutOff, InBuild, Steadiness
from graphbuild.history.read import build_before, node_pasts
from graphbuild.history.record import BuildHead, BuildRecord, Ending
from graphbuild.plan.causes import Causes
from graphbuild.plan.reasons import Manifest, Modules
from graphbuild.plan.records import LIMIT
from graphbuild.store.interface import Store


def in_build(store: Store, scope: str, record: BuildRecord, node_id: NodeId) -> InBuild:
    """What became of a node of a build, and why."""
    node = record.nodes[node_id]
    before = build_before(store, scope, record, holding=node_id)
    if before is None:
        return InBuild(record, None, node.ending, node.reasons)
    causes = causes_between(store, before, record)
    if node.ending not in (Ending.HIT, Ending.CUT_OFF):
        return InBuild(record, before, node.ending, node.reasons, causes.chains(node_id))
    upstream = ancestors(record.graph, node_id)
    changed = {one for one in upstream if one not in before.nodes or before.nodes[one].key != record.nodes[one].key}
    first = tuple((one, causes.own(one)) for one in record.nodes if one in changed and causes.own(one))
    cut_off = dict.fromkeys(
        CutOff(edge.node, edge.output)
        for one in record.nodes
        if one == node_id or (one in upstream and one not in changed)
        for edge in record.nodes[one].inputs
        if edge.node in changed
    )
    records = changed_records(store, before, record)[:LIMIT] if first else ()
    return InBuild(record, before, node.ending, node.reasons, changed=first, records=records, cut_off=tuple(cut_off))


def causes_between(store: Store, old: BuildRecord, new: BuildRecord) -> Causes:
    """What changed between two builds."""

    def now(node_id: NodeId) -> Manifest | None:
        return _manifest(store, new.nodes[node_id].key)

    def before(node_id: NodeId) -> Manifest | None:
        return _manifest(store, old.nodes[node_id].key) if node_id in old.nodes else None

    def code(version: str) -> Modules:
        return old.graph.code.get(Digest(version), {})

    return Causes(new.graph, now, before, code)


def steadiness(store: Store, scope: str, node_id: NodeId, key: Digest | None) -> Steadiness | None:
    """Since when a node is the action of a key; None where it was not in the newest build."""
    found = None
    for place, past in enumerate(node_pasts(store, scope, node_id)):
        if past.key != key:
            break
        found = Steadiness(past.build, place)
    return found


def last_run(store: Store, scope: str, node_id: NodeId) -> BuildHead | None:
    """The newest build that ran a node, of those that are remembered."""
    return next((past.build for past in node_pasts(store, scope, node_id) if past.ending is Ending.RUN), None)


def ancestors(graph: Graph, node_id: NodeId) -> set[NodeId]:
    """All that a node needs, directly or not."""
    found: set[NodeId] = set()
    waiting = [edge.node for edge in graph.nodes[node_id].inputs]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting.extend(edge.node for edge in graph.nodes[one].inputs)
    return found


def _manifest(store: Store, key: Digest | None) -> Manifest | None:
    return store.actions.manifest(key) if key is not None else None
