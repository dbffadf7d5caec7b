"""The tables of records of builds: a small record each, and the parts that records share, both compressed.

Everything is written as hints, which may fail: no build does for what is told of it afterwards.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store.database import Database, Statement
from graphbuild.store.journal import Journal

_LEVEL = 1
"""Fast: what is kept is mostly digests, of which little is saved, and names, of which even this saves most."""
_ADD = "INSERT OR REPLACE INTO builds (scope, name, record, parts) VALUES (?, ?, ?, ?)"
_ADD_PART = "INSERT OR IGNORE INTO build_parts (digest, part) VALUES (?, ?)"
_KNOWN = "SELECT digest FROM build_parts WHERE digest IN ({})"
_DROP = """DELETE FROM builds WHERE scope = ? AND name NOT IN (SELECT name FROM pins WHERE kind = 'build') AND number
    NOT IN (SELECT number FROM builds WHERE scope = ? ORDER BY number DESC LIMIT ?)"""
DROP_PARTS = "DELETE FROM build_parts WHERE digest NOT IN (SELECT one.value FROM builds, json_each(builds.parts) one)"


class LocalBuilds:
    """Records of builds in the database of a store."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def add(self, scope: str, name: str, record: bytes, parts: Mapping[Digest, bytes], *, keep: int) -> None:
        known = {row[0] for row in self._database.rows_in(_KNOWN, list(parts))}
        # A part that another process drops at this very moment is lost: then this record cannot be read, and no more.
        statements: list[Statement] = [
            (_ADD_PART, (part, zlib.compress(data, _LEVEL))) for part, data in parts.items() if part not in known
        ]
        named = "[" + ",".join(f'"{part}"' for part in parts) + "]"
        statements.append((_ADD, (scope, name, zlib.compress(record, _LEVEL), named)))
        ((count,),) = self._database.rows("SELECT count(*) FROM builds WHERE scope = ?", (scope,)) or [(0,)]
        if count >= keep:
            statements.extend([(_DROP, (scope, scope, keep)), (DROP_PARTS, ())])
        self._journal.add_hints(*statements)

    def records(self, scope: str) -> dict[str, bytes]:
        self._journal.flush()
        rows = self._database.rows("SELECT name, record FROM builds WHERE scope = ? ORDER BY number", (scope,))
        return {name: _opened(record) for name, record in rows}

    def parts(self, asked: Sequence[Digest]) -> dict[Digest, bytes]:
        self._journal.flush()
        rows = self._database.rows_in("SELECT digest, part FROM build_parts WHERE digest IN ({})", list(asked))
        found = {Digest(name): _opened(part) for name, part in rows}
        return {name: data for name, data in found.items() if digests.of_bytes(data) == name}

    def scopes(self) -> list[str]:
        self._journal.flush()
        return [row[0] for row in self._database.rows("SELECT DISTINCT scope FROM builds")]


def _opened(packed: bytes) -> bytes:
    """What was packed; nothing where it was damaged."""
    try:
        return zlib.decompress(packed)
    except (zlib.error, TypeError):
        return b""
