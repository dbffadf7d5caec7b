"""The store on local disk: `.graphbuild/` of a project, or a folder that several projects share.

    format                  the version of this layout
    blobs.v1/ab/<hex>       blobs, named by their digest
    actions.v1.sqlite       action results, manifests, history, remembered sources, memos, records of builds
    locks/ tmp/ quarantine/

Opening reads nothing and writes nothing; a build with nothing to do leaves the folder as it was. docs/store-format.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store.blobs import TEMPORARY, LocalBlobs
from graphbuild.store.builds import LocalBuilds
from graphbuild.store.database import Database
from graphbuild.store.journal import Group, Journal
from graphbuild.store.locks import LocalLocks
from graphbuild.store.records import LocalActions, LocalHistory, LocalMemos
from graphbuild.store.sources import LocalSources

FORMAT = 1
_FORMAT_FILE = "format"
_STALE_S = 24 * 3600.0


def open_store(folder: Path) -> LocalStore:
    """The store of a folder, which need not be there yet. Raises StoreError for one of a newer format."""
    folder = folder.absolute()
    _check_format(folder)
    return LocalStore(folder)


class LocalStore:
    """All parts of a store over one folder, one database and one journal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = Database(folder)
        self._journal = Journal(self._write_group)
        self._is_begun = False
        self.blobs = LocalBlobs(folder, self._database, self._journal)
        self.actions = LocalActions(self._database, self._journal)
        self.history = LocalHistory(self._database, self._journal)
        self.locks = LocalLocks(folder, self._journal)
        self.sources = LocalSources(self._database, self._journal)
        self.memos = LocalMemos(self._database, self._journal)
        self.builds = LocalBuilds(self._database, self._journal)

    def flush(self) -> None:
        self._journal.flush()

    def close(self) -> None:
        try:
            self._journal.close()
        finally:
            self._database.close()

    def count(self, table: str) -> int:
        """Rows of a table."""
        rows = self._database.rows(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own table names
        return int(rows[0][0]) if rows else 0

    def named_blobs(self) -> set[Digest]:
        """Every blob that an action result names."""
        rows = self._database.rows("SELECT outputs FROM actions")
        return {digest for (outputs,) in rows for digest in json.loads(outputs).values()}

    def _write_group(self, group: Group) -> None:
        try:
            self._write(group)
        except StoreError:
            if group.blobs or group.rows:
                raise

    def _write(self, group: Group) -> None:
        if not self._is_begun:
            _begin(self.folder)
            self._is_begun = True
        rows = self.blobs.write(group.blobs)
        if rows or group.rows or group.hints:
            self._database.write([*group.hints, *rows, *group.rows])


def _check_format(folder: Path) -> None:
    try:
        text = (folder / _FORMAT_FILE).read_text().strip()
    except OSError:
        return
    if not text.isdigit() or int(text) > FORMAT:
        raise StoreError(
            Problem(
                f"the store is of format {text[:20]!r}, and this graphbuild knows formats up to {FORMAT}",
                facts=(("store", str(folder)),),
                hint="use a newer graphbuild, or another store: --store DIR",
            )
        )


def _begin(folder: Path) -> None:
    """Makes the folder, and sweeps what killed writers left behind a day ago or longer."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        marker = folder / _FORMAT_FILE
        if not marker.exists():
            temporary = folder / f".{_FORMAT_FILE}-{os.getpid()}"
            temporary.write_text(f"{FORMAT}\n")
            temporary.replace(marker)
    except OSError as error:
        problem = Problem(f"the store cannot be written: {error.strerror}", facts=(("store", str(folder)),))
        raise StoreError(problem) from error
    with contextlib.suppress(OSError):
        for file in (folder / TEMPORARY).iterdir():
            if time.time() - file.stat().st_mtime > _STALE_S:
                file.unlink(missing_ok=True)
