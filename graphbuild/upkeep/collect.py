"""Garbage collection: finds the roots, chooses what stays, and has the store take the rest."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.execution import row_tables
from graphbuild.remote.farther import HAD_MEMO
from graphbuild.session import CODE_MEMO, PACKAGE_MEMO, RAN_MEMO, STATE_MEMO
from graphbuild.store.interface import Doomed, Holder, Inventory, Memo, Store, Taken
from graphbuild.upkeep.policy import EMPTY, Choice, Limits, choose, clock
from graphbuild.upkeep.roots import KEEP_BUILDS, Roots, find_roots

HINT_AGE_S = 30 * 86400.0
"""How long what only saves time is kept, where no age was asked for: compiled graphs, digests of sources."""
CHECKPOINT_AGE_S = 7 * 86400.0
"""As long as stores keep checkpoints by themselves."""


@dataclass(frozen=True)
class Collected:
    """What a collection did, or would do."""

    is_dry: bool
    blobs_before: int
    bytes_before: int
    blobs_taken: int
    bytes_taken: int
    actions_taken: int
    builds_forgotten: int
    spared: int
    """Blobs that builds came to rely on while it ran."""
    kept_for: Mapping[str, int]
    """Bytes that stay, by what keeps them first."""
    bytes_over: int
    """By how much the store is still larger than was asked for: roots keep that much."""
    unreadable: tuple[str, ...]
    checkpoints_taken: int = 0
    """Of trainings that were killed, and that nobody has gone on with."""
    checkpoint_bytes_taken: int = 0
    checkpoints_left: int = 0

    @property
    def bytes_left(self) -> int:
        """Bytes of the blobs that stay."""
        return self.bytes_before - self.bytes_taken


def collect(store: Store, limits: Limits, keep_builds: int = KEEP_BUILDS, *, dry_run: bool = False) -> Collected:
    """Collects a store; `dry_run`: tells what that would take.

    Raises StoreError, also while another collection runs.
    """
    if dry_run:
        return _collected(store, limits, keep_builds, is_dry=True)
    running = store.collection.begin()
    if isinstance(running, Holder):
        what = f"another collection runs on this store: process {running.pid} on {running.host}"
        raise StoreError(Problem(what, hint="wait until it has ended"))
    with running:
        return _collected(store, limits, keep_builds, is_dry=False)


def _collected(store: Store, limits: Limits, keep_builds: int, *, is_dry: bool) -> Collected:
    inventory = store.collection.inventory()
    roots = find_roots(store, keep_builds)
    used = [*(root.used for root in roots.roots), *(one.written for one in inventory.checkpoints)]
    now = clock(inventory, used, time.time())
    if limits.max_age_s is not None:
        roots = find_roots(store, keep_builds, now - limits.max_age_s)
    tables = row_table_outputs(store, inventory.memos)
    choice = choose(inventory, roots, limits, tables, now)
    doomed = _doomed(store, inventory, roots, choice, now - (limits.max_age_s or HINT_AGE_S))
    doomed = replace(doomed, checkpoints=_abandoned(inventory, limits, now))
    sizes = {digest: size for digest, (size, _) in inventory.blobs.items()}
    before = sum(sizes.values())
    expected = Taken(len(doomed.blobs), sum(sizes[one] for one in doomed.blobs), len(doomed.actions), 0)
    taken = expected if is_dry else store.collection.take(doomed)
    left = before - taken.bytes
    unfinished = [one.size for one in inventory.checkpoints if one.key in doomed.checkpoints]
    return Collected(
        is_dry=is_dry,
        blobs_before=len(sizes),
        bytes_before=before,
        blobs_taken=taken.blobs,
        bytes_taken=taken.bytes,
        actions_taken=taken.actions,
        builds_forgotten=len(doomed.builds),
        spared=taken.spared,
        kept_for=choice.bytes_by_reason,
        bytes_over=max(0, left - limits.max_size) if limits.max_size is not None else 0,
        unreadable=roots.unreadable,
        checkpoints_taken=len(unfinished),
        checkpoint_bytes_taken=sum(unfinished),
        checkpoints_left=len(inventory.checkpoints) - len(unfinished),
    )


def row_table_outputs(store: Store, memos: Iterable[Memo]) -> dict[Digest, Digest]:
    """Tables of remembered rows, with the results that they are of."""
    names = [memo.key for memo in memos if memo.kind == row_tables.MEMO]
    kept = store.memos.get_many(row_tables.MEMO, names).values()
    return {table: output for one in kept for table, output in row_tables.pairs(one)}


def _doomed(store: Store, inventory: Inventory, roots: Roots, choice: Choice, hints_before: float) -> Doomed:
    named = {key for root in roots.roots for group in root.groups for key in group.keys}
    named |= {key for build in roots.older for group in build.groups for key in group.keys}
    alive = set(store.builds.scopes()) - _emptied(store, roots)
    histories = {
        scope for scope, keys in inventory.histories.items() if scope in alive or not choice.actions.isdisjoint(keys)
    }
    manifests = choice.actions | named
    manifests |= {key for scope in histories for key in inventory.histories[scope]}
    doomed_manifests = inventory.manifests - manifests
    return Doomed(
        actions=frozenset(inventory.actions.keys() - choice.actions),
        blobs=frozenset(inventory.blobs.keys() - choice.blobs - {EMPTY}),
        manifests=doomed_manifests,
        scopes=frozenset(inventory.histories.keys() - histories),
        builds=frozenset((build.scope, build.name) for build in roots.forgotten),
        memos=frozenset(_doomed_memos(store, inventory, choice, alive | histories, doomed_manifests, hints_before)),
        hints_before=hints_before,
    )


def _abandoned(inventory: Inventory, limits: Limits, now: float) -> frozenset[Digest]:
    """Actions whose checkpoints nobody goes on from: that are done, or left long ago; not those that run now."""
    oldest = now - (CHECKPOINT_AGE_S if limits.max_age_s is None else limits.max_age_s)
    found = (one for one in inventory.checkpoints if not one.is_running)
    return frozenset(one.key for one in found if one.key in inventory.actions or one.written <= oldest)


def _emptied(store: Store, roots: Roots) -> set[str]:
    """Scopes of which no build is remembered afterwards."""
    left = {build.scope: len(store.builds.records(build.scope)) for build in roots.forgotten}
    for build in roots.forgotten:
        left[build.scope] -= 1
    return {scope for scope, count in left.items() if count == 0}


def _doomed_memos(
    store: Store,
    inventory: Inventory,
    choice: Choice,
    scopes: set[str],
    doomed_manifests: frozenset[Digest],
    hints_before: float,
) -> Iterator[tuple[str, str]]:
    """Memos of what is gone; and those that only save time, when they are old."""
    by_kind: dict[str, list[Memo]] = {}
    for memo in inventory.memos:
        by_kind.setdefault(memo.kind, []).append(memo)
    packages = store.memos.get_many(PACKAGE_MEMO, [memo.key for memo in by_kind.pop(PACKAGE_MEMO, [])])
    yield from ((PACKAGE_MEMO, key) for key, one in packages.items() if not Path(json.loads(one)["path"]).exists())
    tables = store.memos.get_many(row_tables.MEMO, [memo.key for memo in by_kind.pop(row_tables.MEMO, [])])
    for key, one in tables.items():
        if not any(table in choice.blobs for table, _ in row_tables.pairs(one)):
            yield row_tables.MEMO, key
    yield from ((HAD_MEMO, memo.key) for memo in by_kind.pop(HAD_MEMO, []) if memo.key not in choice.actions)
    for kind in (RAN_MEMO, STATE_MEMO):
        yield from ((kind, memo.key) for memo in by_kind.pop(kind, []) if memo.key.partition("/")[0] not in scopes)
    code = [memo for memo in by_kind.pop(CODE_MEMO, []) if memo.written is None or memo.written < hints_before]
    if code:
        versions = {version for key, version in store.actions.facts("code").items() if key not in doomed_manifests}
        yield from ((CODE_MEMO, memo.key) for memo in code if memo.key not in versions)
    for kind, memos in by_kind.items():
        yield from ((kind, memo.key) for memo in memos if memo.written is None or memo.written < hints_before)
