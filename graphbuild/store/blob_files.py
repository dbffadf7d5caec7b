"""The blobs and checkpoints of a store without its database: for processes on other machines, which must not open that.

SQLite's log (WAL) is shared memory, so all who have the database open must be on one machine. Blobs and checkpoints are
files: whoever sees the folder may read and write them. What was written is told, with the state of its file, to who has
the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.store.blobs import LocalBlobs
from graphbuild.store.checkpoints import LocalCheckpoints
from graphbuild.store.database import Database
from graphbuild.store.interface import Stat
from graphbuild.store.journal import Group, Journal


class _NoDatabase(Database):
    """Knows nothing, and is never written: what is there is told by the files alone."""

    def rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:  # noqa: ARG002
        return []


class BlobFiles:
    """The blobs of one folder, with a lease for what is put, and its checkpoints."""

    def __init__(self, folder: Path) -> None:
        self._journal = Journal(self._write_group)
        self.blobs = LocalBlobs(folder, _NoDatabase(folder), self._journal)
        self.checkpoints = LocalCheckpoints(folder, self._journal)
        self._seen: dict[Digest, Stat] = {}

    def flush(self) -> dict[Digest, Stat]:
        """Returns when all that was put is on disk: the blobs written or verified since this was last asked.

        Raises StoreError.
        """
        self._journal.flush()
        seen, self._seen = self._seen, {}
        return seen

    def close(self) -> None:
        """Relies on nothing more."""
        try:
            self._journal.close()
        finally:
            self.blobs.let_go()

    def _write_group(self, group: Group) -> None:
        for _, (digest, *status) in (*group.hints, *self.blobs.write(group.blobs)):
            inode, size, mtime_ns, ctime_ns = status
            self._seen[digest] = (inode, size, mtime_ns, ctime_ns)
