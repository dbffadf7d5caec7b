"""The store on local disk: `.graphbuild/` of a project, or a folder that several projects share.

    format                  the version of this layout
    blobs.v1/ab/<hex>       blobs, named by their digest
    actions.v1.sqlite       action results, manifests, history, remembered sources, memos, records of builds
    checkpoints.v1/<key>/   what trainings that were killed had come to
    locks/ leases/ tmp/ trash/ quarantine/

Opening reads nothing and writes nothing; a build with nothing to do leaves the folder as it was. docs/store-format.md.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store.blobs import TEMPORARY, LocalBlobs
from graphbuild.store.builds import LocalBuilds
from graphbuild.store.checkpoints import LocalCheckpoints
from graphbuild.store.collection import LocalCollection
from graphbuild.store.database import Database
from graphbuild.store.journal import Group, Journal
from graphbuild.store.leases import FOLDER as LEASES
from graphbuild.store.leases import sweep_dead
from graphbuild.store.locks import LocalLocks
from graphbuild.store.records import LocalActions, LocalHistory, LocalMemos, LocalPins
from graphbuild.store.sources import LocalSources

FORMAT = 1
_FORMAT_FILE = "format"
_STALE_S = 24 * 3600.0
_LEASE_FIGURES = 32


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
        self.pins = LocalPins(self._database, self._journal)
        self.checkpoints = LocalCheckpoints(folder, self._journal)
        self.collection = LocalCollection(folder, self._database, self._journal, self.checkpoints)

    def flush(self) -> None:
        self._journal.flush()

    def settle(self, tell: Callable[[int, int], None]) -> None:
        """Nothing is on its way anywhere."""

    def close(self) -> None:
        try:
            self._journal.close()
        finally:
            self.blobs.let_go()
            self._database.close()

    def count(self, table: str) -> int:
        """Rows of a table."""
        rows = self._database.rows(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own table names
        return int(rows[0][0]) if rows else 0

    def is_sound(self) -> bool:
        """Whether the database is, as far as SQLite can tell."""
        return self._database.is_sound()

    def set_aside_database(self) -> None:
        """Begins a new database; the one that was is kept beside it, damaged as it is."""
        self.flush()
        self._database.set_aside()

    def named_blobs(self) -> set[Digest]:
        """Every blob that an action result names."""
        return {digest for made in self.actions.outputs().values() for digest in made}

    def _write_group(self, group: Group) -> None:
        try:
            self._write(group)
        except StoreError:
            if group.blobs or group.rows:
                raise

    def _write(self, group: Group) -> None:
        if not self._is_begun:
            _begin(self.folder)
            self.checkpoints.sweep()
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
    """Makes the folder, marks one of an older format as ours, and sweeps what killed writers have left."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        marker = folder / _FORMAT_FILE
        if not marker.exists() or marker.read_text().strip() != str(FORMAT):
            # What differs between formats has other names, so that an older one is only left lying.
            temporary = folder / f".{_FORMAT_FILE}-{os.getpid()}"
            temporary.write_text(f"{FORMAT}\n")
            temporary.replace(marker)
    except OSError as error:
        problem = Problem(f"the store cannot be written: {error.strerror}", facts=(("store", str(folder)),))
        raise StoreError(problem) from error
    sweep_dead(folder)
    with contextlib.suppress(OSError):
        for file in (folder / TEMPORARY).iterdir():
            # Its name begins with that of its writer's lease. Without one its age has to do.
            lease = file.name.partition("-")[0]
            is_known = len(lease) == _LEASE_FIGURES
            if not (folder / LEASES / lease).exists() if is_known else time.time() - file.stat().st_mtime > _STALE_S:
                file.unlink(missing_ok=True)
