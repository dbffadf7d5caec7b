"""Row tables: which earlier results of a node may still have the rows that it needs now. Knows digests, no content.

A table tells the keys of a result's rows (execution.row_memory reads and writes it). The last few are kept for each
configuration, so that a node that is used on two data sets by turns remembers both. They are hints: a table or a result
that is lost costs time and nothing else.
"""

from __future__ import annotations

import json

from graphbuild.contract.digest import Digest
from graphbuild.store.interface import Memos

_MEMO = "rows.v1"
KEPT = 4
"""Results looked into: about as many as a cross-validation's folds have of the same rows."""


def tables(memos: Memos, key: Digest) -> tuple[Digest, ...]:
    """Tables of earlier results of a configuration, the latest first."""
    kept = memos.get(_MEMO, key)
    return tuple(Digest(one) for one in json.loads(kept)) if kept is not None else ()


def keep(memos: Memos, key: Digest, table: Digest) -> None:
    """Puts a table first among them."""
    others = [one for one in tables(memos, key) if one != table]
    memos.set(_MEMO, key, json.dumps([table, *others][:KEPT]).encode())
