"""Why something is kept: every root that names it, and through which node."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from graphbuild.contract.digest import Digest
from graphbuild.store.interface import Inventory, Store
from graphbuild.upkeep.collect import row_table_outputs
from graphbuild.upkeep.naming import find_digest
from graphbuild.upkeep.policy import EMPTY, Limits, choose, clock
from graphbuild.upkeep.roots import KEEP_BUILDS, Root, find_roots


@dataclass(frozen=True)
class Why:
    """One thing that keeps a blob or a result."""

    kind: str
    """pin, package, build, running, young, rows."""
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Kept:
    """A digest, what it is, and all that keeps it: nothing, where the next collection may take it."""

    digest: Digest
    is_action: bool
    size: int
    reasons: tuple[Why, ...]


def why_kept(store: Store, name: str, keep_builds: int = KEEP_BUILDS) -> Kept:
    """What keeps the blob or the action of a digest, or of the beginning of one. Raises UsageError."""
    inventory = store.collection.inventory()
    digest = find_digest(inventory, name)
    roots = find_roots(store, keep_builds)
    reasons = [why for root in roots.roots for why in _through(root, digest, inventory)]
    if _is_leased(digest, inventory):
        reasons.append(Why("running", "a build that runs now"))
    tables = row_table_outputs(store, inventory.memos)
    now = clock(inventory, [root.used for root in roots.roots], time.time())
    choice = choose(inventory, roots, Limits(), tables, now)
    if not reasons and digest in tables and digest in choice.blobs:
        reasons.append(Why("rows", tables[digest], "tells the rows of that result"))
    if not reasons and digest in choice.blobs:
        is_empty = digest == EMPTY
        reasons.append(Why("empty", "the empty blob is always there") if is_empty else Why("young", "just written"))
    size = inventory.blobs.get(digest, (0, 0.0))[0]
    return Kept(digest, digest in inventory.actions, size, tuple(reasons))


def _through(root: Root, digest: Digest, inventory: Inventory) -> Iterator[Why]:
    """How a root names a digest: the nodes, each once."""
    nodes: dict[str, None] = {}
    is_named = False
    for group in root.groups:
        for node, key, outputs in group.rows:
            made = inventory.actions.get(key, ()) if key is not None else ()
            evidence = inventory.evidence.get(key, ()) if key is not None else ()
            if digest == key or digest in outputs.values() or digest in made or digest in evidence:
                is_named = True
                if node:
                    nodes[node] = None
    if is_named:
        yield Why(root.kind.value, root.name, ", ".join(nodes))


def _is_leased(digest: Digest, inventory: Inventory) -> bool:
    made = inventory.actions.get(digest, ())
    return digest in inventory.leased or not inventory.leased.isdisjoint(made)
