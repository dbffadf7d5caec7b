"""Collecting without being asked: after a build, when the store is over its limit."""

from __future__ import annotations

import json

from graphbuild.errors import GraphbuildError, StoreError
from graphbuild.execution.events import Listener, StoreCollected
from graphbuild.report.sizes import in_bytes
from graphbuild.store.interface import Store
from graphbuild.upkeep.collect import Collected, collect
from graphbuild.upkeep.limits import size_of
from graphbuild.upkeep.policy import Limits

MEMO = "collected.v1"
SHARE = 0.8
"""To so much of the limit it collects, so that not every build does."""
GROWTH = 1.1
"""Where roots alone are over the limit, the next try waits until the store has grown so much."""


def tidy(store: Store, limit: str, listener: Listener | None) -> None:
    """Collects a store that is above a limit. Whatever goes wrong with that is told: the build is done."""
    try:
        told = collect_above(store, limit)
    except GraphbuildError as error:
        told = f"not collected: {error.problems[0].what}"
    if told is not None and listener is not None:
        listener(StoreCollected(told))


def collect_above(store: Store, limit: str) -> str | None:
    """Collects a store that is above a limit, and says what came of it; None where there is nothing to say.

    Raises StoreError, UsageError.
    """
    wanted = size_of(limit)
    size = store.collection.size()
    last = store.memos.get(MEMO, "last")
    if size <= wanted or (last is not None and size < json.loads(last) * GROWTH):
        return None
    try:
        found = collect(store, Limits(max_size=int(wanted * SHARE)))
    except StoreError as error:
        return f"over {limit}, and not collected: {error.problems[0].what}"
    left = found.bytes_left
    store.memos.set(MEMO, "last", json.dumps(left if left > wanted else 0).encode())
    return _told(found, limit, is_over=left > wanted)


def _told(found: Collected, limit: str, *, is_over: bool) -> str:
    told = f"over {limit}: {found.blobs_taken:,} blobs were collected, {in_bytes(found.bytes_taken)}"
    return f"{told}; packages, pins and the last builds keep {in_bytes(found.bytes_left)}" if is_over else told
