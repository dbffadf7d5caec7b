"""Reading the records of builds: a list of heads, one build whole. What is damaged is passed over, and named."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError, UsageError
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.graph.plain import from_bytes
from graphbuild.history.plain import head_fields, problem_from_plain, reason_from_plain, unpacked
from graphbuild.history.record import BuildHead, BuildRecord, Ending, NodeRecord, Output, Span
from graphbuild.store.interface import Store

LAST = "last"
_BACK = re.compile(r"last(?:~(\d+))?")
_WRONG = (KeyError, ValueError, TypeError, AttributeError)
"""What is raised by a document that is not what it should be."""


@dataclass(frozen=True)
class ReadBuilds:
    """The builds of a scope, the newest first."""

    heads: tuple[BuildHead, ...]
    damaged: tuple[str, ...] = ()
    """Names of records that cannot be read."""


def read_builds(store: Store, scope: str) -> ReadBuilds:
    """All builds of a scope (`session.scope_of`) that are remembered, without their nodes."""
    heads: list[BuildHead] = []
    damaged = []
    for name, data in store.builds.records(scope).items():
        try:
            heads.append(BuildHead(**head_fields(unpacked(data))))
        except _WRONG:
            damaged.append(name)
    return ReadBuilds(tuple(reversed(heads)), tuple(reversed(damaged)))


ScopeOf = Callable[[str, str], str]
"""The scope of a project's builds of a recipe and for a purpose (`session.scope_of`)."""


def other_scopes(store: Store, scope_of: ScopeOf, own: str) -> list[str]:
    """Scopes of the same project beside its `own`: builds of evaluations, comparisons, drawings, other recipes.

    A scope is a digest: whose it is, is told by what its builds say of themselves.
    """
    found = []
    for scope in store.builds.scopes():
        for data in store.builds.records(scope).values() if scope != own else ():
            try:
                plain = unpacked(data)
                is_ours = scope_of(plain["recipe"], plain["purpose"]) == scope
            except _WRONG:
                continue
            found += [scope] if is_ours else []
            break
    return found


def read_many(store: Store, scopes: Iterable[str]) -> ReadBuilds:
    """The builds of several scopes as one list."""
    found = [read_builds(store, scope) for scope in scopes]
    heads = sorted((head for one in found for head in one.heads), key=lambda head: head.id, reverse=True)
    return ReadBuilds(tuple(heads), tuple(name for one in found for name in one.damaged))


def scope_with(store: Store, scope_of: ScopeOf, own: str, name: str) -> str:
    """Of which scope the build of a name is: its `own`, unless another one has it and that has not."""
    if _BACK.fullmatch(name) is None and not _having(store.builds.records(own), name):
        for scope in other_scopes(store, scope_of, own):
            if _having(store.builds.records(scope), name):
                return scope
    return own


def find_build(store: Store, scope: str, name: str = LAST) -> BuildRecord:
    """The build of a name: its id, a beginning or the end of one that no other has, `last`, `last~1` (the one before).

    Raises UsageError where there is none, StoreError where it cannot be read.
    """
    return read_build(store, scope, _named(read_builds(store, scope), name).id)


def build_before(store: Store, scope: str, build: BuildHead, *, holding: NodeId | None = None) -> BuildRecord | None:
    """The nearest earlier build that can be read; `holding`: of those in which that node has a result."""
    ids = [head.id for head in read_builds(store, scope).heads]
    for earlier in ids[ids.index(build.id) + 1 :] if build.id in ids else ():
        try:
            record = read_build(store, scope, earlier)
        except StoreError:
            continue
        if holding is None or (holding in record.nodes and record.nodes[holding].outputs):
            return record
    return None


@dataclass(frozen=True)
class NodePast:
    """What became of one node in one build."""

    build: BuildHead
    key: Digest | None
    ending: Ending


def node_pasts(store: Store, scope: str, node_id: NodeId) -> Iterator[NodePast]:
    """One node through the builds that came to it, the newest first. What builds share is read once."""
    keys: dict[Digest, dict[str, Digest | None]] = {}

    def keys_of(part: Digest) -> dict[str, Digest | None]:
        if part not in keys:
            keys[part] = {row[0]: row[1] for row in unpacked(store.builds.parts([part])[part])}
        return keys[part]

    for data in reversed(store.builds.records(scope).values()):
        try:
            plain = unpacked(data)
            part = next((Digest(name) for name in plain["states"] if node_id in keys_of(Digest(name))), None)
            if part is None:
                continue
            told = unpacked(store.builds.parts([Digest(plain["told"])])[Digest(plain["told"])])
            ending = Ending(told[node_id][0]) if node_id in told else Ending.HIT
            yield NodePast(BuildHead(**head_fields(plain)), keys_of(part)[node_id], ending)
        except _WRONG:
            continue


def read_build(store: Store, scope: str, build_id: str) -> BuildRecord:
    """The build of an id. Raises StoreError where it, or a part of it, is lost or damaged."""
    try:
        plain = unpacked(store.builds.records(scope)[build_id])
        head = head_fields(plain)
        wanted = [Digest(name) for name in (plain["graph"], plain["told"], *plain["states"])]
        parts = store.builds.parts(wanted)
        graph = from_bytes(parts[wanted[0]])
        ran = _ran(store, plain.get("ran"))
        states = {row[0]: row[1:] for name in wanted[2:] for row in unpacked(parts[name])}
        nodes = dict(_nodes(store, graph, states, unpacked(parts[wanted[1]]), ran))
    except _WRONG:
        problem = Problem(f"the record of build {build_id} is damaged or lost", hint="see `graphbuild builds`")
        raise StoreError(problem) from None
    return BuildRecord(**head, graph=graph, nodes=nodes)


def _ran(store: Store, name: str | None) -> Mapping[str, Sequence[Any]]:
    """When nodes ran and what they said; nothing in records of before that was kept."""
    part = store.builds.parts([Digest(name)]).get(Digest(name)) if name is not None else None
    found: Mapping[str, Sequence[Any]] = unpacked(part) if part is not None else {}
    return found


def _span(row: Sequence[Any] | None) -> Span | None:
    if row is None:
        return None
    began_s, ended_s, worker, phases, _ = row
    return Span(began_s, ended_s, worker, tuple((name, ended) for name, ended in phases))


def _nodes(
    store: Store,
    graph: Graph,
    states: Mapping[str, Sequence[Any]],
    told: Mapping[str, Sequence[Any]],
    ran: Mapping[str, Sequence[Any]],
) -> Iterator[tuple[NodeId, NodeRecord]]:
    """The nodes of a build: what the graph says of each, and what became of it."""
    sizes = store.blobs.sizes({made for _, outputs in states.values() for made in outputs.values()})
    for node_id, node in graph.nodes.items():
        key, outputs = states[node_id]
        ending, seconds, reasons, problems, rows = told.get(node_id, (Ending.HIT.value, 0.0, (), (), None))
        yield (
            node_id,
            NodeRecord(
                id=node_id,
                name=node.name,
                uses=node.uses,
                kind=node.kind,
                operation=node.operation,
                ending=Ending(ending),
                key=key,
                outputs={port: Output(made, node.outputs[port], sizes.get(made)) for port, made in outputs.items()},
                inputs=node.inputs,
                config=counted(node),
                files=node.source.files if node.source is not None else (),
                seconds=seconds,
                reasons=tuple(reason_from_plain(row) for row in reasons),
                problems=tuple(problem_from_plain(row) for row in problems),
                rows=rows,
                span=_span(ran.get(node_id)),
                said=ran[node_id][4] if node_id in ran else None,
            ),
        )


def counted(node: GraphNode) -> Mapping[str, Any]:
    """The options of a node that its result depends on."""
    return {name: value for name, value in node.options.items() if name not in node.hidden}


def _named(builds: ReadBuilds, name: str) -> BuildHead:
    if not builds.heads:
        hint = "a build leaves a record when it runs, fails or packages something"
        raise UsageError(Problem("no build of this recipe is remembered", hint=hint))
    back = _BACK.fullmatch(name)
    if back is not None:
        steps = int(back[1] or 0)
        if steps < len(builds.heads):
            return builds.heads[steps]
        raise UsageError(Problem(f"there is no build `{name}`: {len(builds.heads)} are remembered"))
    having = _having([head.id for head in builds.heads], name)
    found = [head for head in builds.heads if head.id in having]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(head.id for head in found[:4]) + (", ..." if len(found) > 4 else "")
        raise UsageError(Problem(f"`{name}` may be any of {len(found)} builds", facts=(("builds", ids),)))
    close = difflib.get_close_matches(name, [LAST, *(head.id for head in builds.heads)], n=1)
    hint = f"did you mean `{close[0]}`?" if close else "see `graphbuild builds`; the newest one is `last`"
    raise UsageError(Problem(f"there is no build `{name}`", hint=hint))


def _having(ids: Iterable[str], name: str) -> list[str]:
    """Those that a name may mean."""
    return [one for one in ids if one.startswith(name) or one.endswith(f"-{name}")]
