"""What stays and what goes: a pure function of what there is, what keeps it, and the limits.

stays   what roots name, with the outputs of the actions that they name; what running builds rely on
then    the most recently used other results, as the limits allow; without limits none
goes    everything else: results, blobs that no result names, and the rows that told of them
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store.interface import Inventory
from graphbuild.upkeep.roots import RootKind, Roots

YOUNG_S = 600.0
"""Blobs that no result names are left alone for so long: their writer may be about to name them."""
EMPTY = digests.of_bytes(b"")


@dataclass(frozen=True)
class Limits:
    """How much is kept beside what roots keep."""

    max_size: int | None = None
    """Bytes of blobs."""
    max_age_s: float | None = None

    @property
    def are_none(self) -> bool:
        """Whether nothing is kept beside that."""
        return self.max_size is None and self.max_age_s is None


@dataclass(frozen=True)
class Choice:
    """What stays, and why in bytes."""

    actions: frozenset[Digest]
    blobs: frozenset[Digest]
    bytes_by_reason: Mapping[str, int]
    """By what keeps them first: pin, package, build, running, recent."""


def choose(inventory: Inventory, roots: Roots, limits: Limits, tables: Mapping[Digest, Digest], now: float) -> Choice:
    """What stays of an inventory. `tables`: those of remembered rows, with the results that they are of."""
    chosen = _Chosen(inventory)
    for kind in RootKind:
        groups = {id(group): group for root in roots.roots if root.kind is kind for group in root.groups}.values()
        keys = {key for group in groups for key in group.keys}
        chosen.keep(kind.value, keys, {digest for group in groups for digest in group.blobs})
    relied = {key for key, made in inventory.actions.items() if not inventory.leased.isdisjoint(made)}
    chosen.keep("running", relied, inventory.leased)
    chosen.keep("recent", *_recent(chosen, roots, limits, now))
    chosen.keep("recent", (), (table for table, output in tables.items() if output in chosen.blobs))
    return Choice(frozenset(chosen.actions), frozenset(chosen.blobs), chosen.bytes_by_reason)


def clock(inventory: Inventory, roots: Iterable[float], now: float) -> float:
    """What ages are counted from: the last use, where the clock is ahead of it.

    A clock that jumps ahead makes nothing old, then; one that jumps back makes things younger.
    """
    newest = max((written for _, written in inventory.blobs.values()), default=now)
    return min(now, max([newest, *roots]))


class _Chosen:
    """What was chosen so far."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.actions: set[Digest] = set()
        self.blobs: set[Digest] = {EMPTY}
        self.bytes_by_reason: dict[str, int] = {}
        self.size = 0

    def keep(self, reason: str, keys: Iterable[Digest], blobs: Iterable[Digest]) -> None:
        """Keeps results with all that they name, and blobs."""
        wanted = set(blobs)
        for key in keys:
            if key in self.inventory.actions and key not in self.actions:
                self.actions.add(key)
                wanted.update(self.inventory.actions[key], self.inventory.evidence.get(key, ()))
        new = wanted - self.blobs
        size = sum(self.inventory.blobs[digest][0] for digest in new if digest in self.inventory.blobs)
        self.bytes_by_reason[reason] = self.bytes_by_reason.get(reason, 0) + size
        self.size += size
        self.blobs |= new


def _recent(chosen: _Chosen, roots: Roots, limits: Limits, now: float) -> tuple[set[Digest], set[Digest]]:
    """Results beside the chosen ones that the limits allow, and blobs that are too young to be judged."""
    inventory = chosen.inventory
    named = {digest for made in inventory.actions.values() for digest in made}
    young = {
        digest
        for digest, (_, written) in inventory.blobs.items()
        if digest not in named and written > now - YOUNG_S and digest not in chosen.blobs
    }
    keys: set[Digest] = set()
    if limits.are_none:
        return keys, young
    used = {key: _written(inventory, made) for key, made in inventory.actions.items() if key not in chosen.actions}
    for build in sorted(roots.older, key=lambda one: one.used):
        for group in build.groups:
            used.update((key, max(build.used, used[key])) for key in group.keys if key in used)
    size = chosen.size + sum(inventory.blobs[digest][0] for digest in young)
    kept = chosen.blobs | young
    for key in sorted(used, key=lambda one: (-used[one], one)):
        new = {digest for digest in inventory.actions[key] if digest not in kept and digest in inventory.blobs}
        size += sum(inventory.blobs[digest][0] for digest in new)
        is_old = limits.max_age_s is not None and used[key] < now - limits.max_age_s
        if is_old or (limits.max_size is not None and size > limits.max_size):
            break
        keys.add(key)
        kept |= new
    return keys, young


def _written(inventory: Inventory, made: Iterable[Digest]) -> float:
    return max((inventory.blobs[digest][1] for digest in made if digest in inventory.blobs), default=0.0)
