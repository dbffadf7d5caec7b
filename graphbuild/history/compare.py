"""In what two builds differ: nodes, with the facts behind their keys compared; records of data; durations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import NodeId
from graphbuild.history.record import BuildHead, BuildRecord, NodeRecord, Output
from graphbuild.plan.decision import Reason
from graphbuild.plan.reasons import why
from graphbuild.plan.records import Tracer
from graphbuild.store.interface import Store


@dataclass(frozen=True)
class OutputChange:
    """What a node made at a port before and after; None where it made nothing."""

    before: Output | None
    after: Output | None


@dataclass(frozen=True)
class NodeChange:
    """A node that was another action, or that has a result in one of the builds only."""

    id: NodeId
    reasons: tuple[Reason, ...]
    """What is not as it was: options, inputs, modules, versions."""
    outputs: Mapping[str, OutputChange]
    """Those that differ, by port."""
    seconds_before: float | None
    seconds_after: float | None
    """How long its action took, when that ran; None where it never did."""
    has_result_before: bool = True
    has_result_after: bool = True


@dataclass(frozen=True)
class Difference:
    """In what build `new` differs from build `old`."""

    old: BuildHead
    new: BuildHead
    about: Mapping[str, tuple[Any, Any]]
    """Recipe, targets, variables and exit code, where they differ."""
    added: tuple[NodeRecord, ...]
    removed: tuple[NodeRecord, ...]
    changed: tuple[NodeChange, ...]
    records: tuple[Reason, ...]
    """Records of data that came or went, with file and line."""
    equal: int
    """Nodes that are as they were."""

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not (self.about or self.added or self.removed or self.changed or self.records)


def compare(store: Store, old: BuildRecord, new: BuildRecord) -> Difference:
    """The difference between two builds."""
    both = [node_id for node_id in new.nodes if node_id in old.nodes]
    other = [
        node_id for node_id in both if old.nodes[node_id].key != new.nodes[node_id].key or not _made(old, new, node_id)
    ]
    changed = tuple(_changes(store, old, new, other))
    return Difference(
        old,
        new,
        about=_about(old, new),
        added=tuple(node for node_id, node in new.nodes.items() if node_id not in old.nodes),
        removed=tuple(node for node_id, node in old.nodes.items() if node_id not in new.nodes),
        changed=changed,
        records=changed_records(store, old, new),
        equal=len(both) - len(changed),
    )


def changed_records(store: Store, old: BuildRecord, new: BuildRecord) -> tuple[Reason, ...]:
    """Records of data that one of the builds has and the other has not."""
    return tracer_of(store, old, new).all()


def tracer_of(store: Store, old: BuildRecord, new: BuildRecord) -> Tracer:
    """What follows changes between two builds to records of data."""
    keys = {str(node_id): node.key for node_id, node in old.nodes.items() if node.key is not None and node.outputs}
    outputs = {node_id: made_by(node) for node_id, node in new.nodes.items() if node.outputs}
    return Tracer(new.graph, outputs, keys, store.actions, store.blobs)


def made_by(node: NodeRecord) -> dict[str, Digest]:
    """The artifacts of a node by port."""
    return {port: one.digest for port, one in node.outputs.items()}


def _changes(store: Store, old: BuildRecord, new: BuildRecord, nodes: list[NodeId]) -> Iterator[NodeChange]:
    keys = [key for node_id in nodes for key in (old.nodes[node_id].key, new.nodes[node_id].key) if key is not None]
    seconds = {key: result.seconds for key, result in store.actions.lookup(keys, asks=False).items()}
    for node_id in nodes:
        before, after = old.nodes[node_id], new.nodes[node_id]
        yield NodeChange(
            node_id,
            reasons_between(store, old, new, node_id),
            _outputs(before, after),
            seconds.get(before.key) if before.key is not None else None,
            seconds.get(after.key) if after.key is not None else None,
            bool(before.outputs),
            bool(after.outputs),
        )


def reasons_between(store: Store, old: BuildRecord, new: BuildRecord, node_id: NodeId) -> tuple[Reason, ...]:
    """Why a node is not the action that it was; empty where it is, or where one of the builds did not come to it."""
    before, after = old.nodes[node_id].key, new.nodes[node_id].key
    if before is None or after is None or before == after:
        return ()
    was, now = store.actions.manifest(before), store.actions.manifest(after)
    if was is None or now is None:
        return ()
    code_now, code_before = new.graph.code.get(now["code"], {}), old.graph.code.get(was["code"], {})
    return why(new.graph.nodes[node_id], now, was, code_now, code_before)


def _made(old: BuildRecord, new: BuildRecord, node_id: NodeId) -> bool:
    return bool(old.nodes[node_id].outputs) == bool(new.nodes[node_id].outputs)


def _outputs(before: NodeRecord, after: NodeRecord) -> dict[str, OutputChange]:
    ports = dict.fromkeys([*before.outputs, *after.outputs])
    pairs = {port: OutputChange(before.outputs.get(port), after.outputs.get(port)) for port in ports}
    return {port: pair for port, pair in pairs.items() if _digest(pair.before) != _digest(pair.after)}


def _digest(output: Output | None) -> Digest | None:
    return output.digest if output is not None else None


def _about(old: BuildHead, new: BuildHead) -> dict[str, tuple[Any, Any]]:
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in ("recipe", "targets", "variables", "code")}
    return {name: (before, after) for name, (before, after) in pairs.items() if before != after}
