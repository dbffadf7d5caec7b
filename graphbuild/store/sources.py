"""Remembered digests of source files: a file whose stat is as it was, and was settled then, is not read again.

A stat is only a hint. An entry is trusted when device, inode, size, mtime and ctime are as they were and both times
lay at least GRAIN_NS before the hashing (git's racy-index rule); times of two files are never compared. A clock that
jumps back makes entries distrusted, never wrongly trusted.
"""

from __future__ import annotations

import os
import time
from array import array
from collections.abc import Sequence
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store.database import Database, Statement
from graphbuild.store.journal import Journal

GRAIN_NS = 50_000_000
"""Coarser than the clock of any file system we know on Linux (a scheduler tick, 10 ms at most) by some margin."""
_REMEMBER = "INSERT OR REPLACE INTO sources (path, stat, hashed_ns, digest) VALUES (?, ?, ?, ?)"
_TREE = "tree:"


class LocalSources:
    """The source index of one store."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    def digests(self, paths: Sequence[Path]) -> dict[Path, Digest]:
        names = {str(path): path for path in paths}
        rows = self._database.rows_in(
            "SELECT path, stat, hashed_ns, digest FROM sources WHERE path IN ({})", list(names)
        )
        known = {row[0]: row[1:] for row in rows}
        found = {}
        learnt: list[Statement] = []
        for name, path in names.items():
            try:
                status = os.stat(name)  # noqa: PTH116 - many of these on the path of a no-op
                signature = _signature(status)
                remembered = known.get(name)
                settled = max(status.st_mtime_ns, status.st_ctime_ns) + GRAIN_NS
                if remembered is not None and remembered[0] == signature and settled < remembered[1]:
                    found[path] = remembered[2]
                    continue
                hashed_ns = time.time_ns()
                found[path] = digests.of_file(path)
            except OSError:
                continue
            learnt.append((_REMEMBER, (name, signature, hashed_ns, found[path])))
        if learnt:
            self._journal.add_hints(*learnt)
        return found

    def tree(self, folder: Path, labels: Sequence[str]) -> Digest:
        top = str(folder)
        signature, newest = _tree_signature(top, labels)
        key = _TREE + digests.of_bytes("\0".join([top, *labels]).encode("utf-8", "surrogateescape"))
        rows = self._database.rows("SELECT stat, hashed_ns, digest FROM sources WHERE path = ?", (key,))
        if rows and rows[0][0] == signature and newest + GRAIN_NS < rows[0][1]:
            return Digest(rows[0][2])
        hashed_ns = time.time_ns()
        contents = self.digests([folder / label for label in labels])
        made = digests.of_value(["tree", [[label, contents.get(folder / label)] for label in labels]])
        self._journal.add_hints((_REMEMBER, (key, signature, hashed_ns, made)))
        return made


def _signature(status: os.stat_result) -> str:
    return f"{status.st_dev},{status.st_ino},{status.st_size},{status.st_mtime_ns},{status.st_ctime_ns}"


def _tree_signature(top: str, labels: Sequence[str]) -> tuple[str, int]:
    """One digest over the stats of many files, and the newest time among them: one listing a folder, no stat each."""
    folders: dict[str, dict[str, os.stat_result]] = {}
    numbers: list[int] = []
    for label in labels:
        folder, _, name = label.rpartition("/")
        if folder not in folders:
            folders[folder] = _stats(os.path.join(top, folder))  # noqa: PTH118 - a hot path of strings
        status = folders[folder].get(name)
        if status is None:
            numbers += (-1, -1, -1, -1)
        else:
            numbers += (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    newest = max(max(numbers[2::4], default=0), max(numbers[3::4], default=0))
    return digests.of_bytes(array("q", numbers).tobytes()), newest


def _stats(folder: str) -> dict[str, os.stat_result]:
    try:
        with os.scandir(folder) as entries:
            return {entry.name: entry.stat() for entry in entries}
    except OSError:
        return {}
