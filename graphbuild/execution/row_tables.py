"""Row tables: which earlier results of a node may still have the rows that it needs now. Knows digests, no content.

A table tells the keys of a result's rows (execution.row_memory reads and writes it). The last few are kept for each
configuration, so that a node that is used on two data sets by turns remembers both. They are hints: a table or a result
that is lost costs time and nothing else. The result is named beside its table, so that a collection keeps both or none.
"""

from __future__ import annotations

import json

from graphbuild.contract.digest import Digest
from graphbuild.store.interface import Memos

MEMO = "rows.v2"
KEPT = 4
"""Results looked into: about as many as a cross-validation's folds have of the same rows."""


def tables(memos: Memos, key: Digest) -> tuple[Digest, ...]:
    """Tables of earlier results of a configuration, the latest first."""
    return tuple(table for table, _ in pairs(memos.get(MEMO, key)))


def pairs(kept: bytes | None) -> list[tuple[Digest, Digest]]:
    """Each table with the result that it is of, as a memo has them."""
    return [(Digest(table), Digest(output)) for table, output in json.loads(kept)] if kept is not None else []


def keep(memos: Memos, key: Digest, table: Digest, output: Digest) -> None:
    """Puts a table first among them."""
    others = [one for one in pairs(memos.get(MEMO, key)) if one[0] != table]
    memos.set(MEMO, key, json.dumps([(table, output), *others][:KEPT]).encode())
