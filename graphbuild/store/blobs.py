"""Blobs on local disk: blobs.v1/ab/<hex>, read-only files named by the digest of their content.

Written to a temporary name, flushed, renamed into place; verified whenever they are read; set aside, with a note of
why, when they do not match their name. One that a collection has moved to trash/ and not removed yet is taken back.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store import files
from graphbuild.store.database import Database, Statement
from graphbuild.store.interface import BlobLost, Stat
from graphbuild.store.journal import Journal
from graphbuild.store.leases import Lease

FOLDER = "blobs.v1"
QUARANTINE = "quarantine"
TRASH = "trash"
TEMPORARY = "tmp"
_REMEMBER = "INSERT OR REPLACE INTO blobs (digest, inode, size, mtime_ns, ctime_ns) VALUES (?, ?, ?, ?, ?)"

EMPTY = digests.of_bytes(b"")
"""The empty blob is always there, whether anybody put it or not."""


class LocalBlobs:
    """The blob store of one folder. `journal` is set by the store, which writes what is put."""

    def __init__(self, folder: Path, database: Database, journal: Journal) -> None:
        self._folder = folder
        self._database = database
        self._journal = journal
        self._sound: set[Digest] = set()
        """Found present and unaltered by this process; `get` still verifies."""
        self._lease = Lease(folder)
        self._gone: set[Digest] = set()
        """Found present before the lease began, and gone when it did."""

    def put(self, data: bytes) -> Digest:
        digest = digests.of_bytes(data)
        if digest not in self._sound:
            with contextlib.suppress(OSError):  # where nothing can be written, the journal says so
                self._rely_on([digest])
            if not self._is_sound(digest, self._remembered([digest]).get(digest)):
                self._journal.add_blob(digest, bytes(data))
            self._sound.add(digest)
        return digest

    def get(self, digest: Digest) -> bytes:
        if digest == EMPTY:
            return b""
        for pending in self._journal.pending_blobs:
            if digest in pending:
                return pending[digest]
        path = self.path(digest)
        try:
            data = self._read(path, digest)
        except OSError as error:
            self._sound.discard(digest)
            raise BlobLost(Problem(f"blob {digests.short(digest)} is missing", facts=(("file", str(path)),))) from error
        if digests.of_bytes(data) != digest:
            self.set_aside(digest, "its content does not match its name")
            raise BlobLost(Problem(f"blob {digests.short(digest)} was damaged and set aside"))
        return data

    def present(self, wanted: Iterable[Digest]) -> set[Digest]:
        asked = set(wanted)
        waiting, writing = self._journal.pending_blobs
        found = {digest for digest in asked if digest in self._sound or digest in waiting or digest in writing}
        found |= asked & {EMPTY}
        unsure = list(asked - found)
        if self._lease.is_begun:
            try:
                self._lease.add(unsure)
            except OSError as error:
                raise self._unwritable(error) from error
        remembered = self._remembered(unsure)
        sound = {digest for digest in unsure if self._is_sound(digest, remembered.get(digest))}
        self._sound |= sound
        return found | sound

    def sizes(self, digests: Iterable[Digest]) -> dict[Digest, int]:
        asked = list(dict.fromkeys(digests))
        pending = {digest: len(data) for blobs in self._journal.pending_blobs for digest, data in blobs.items()}
        rows = self._database.rows_in("SELECT digest, size FROM blobs WHERE digest IN ({})", asked)
        found = {EMPTY: 0, **pending, **dict(rows)}
        return {digest: found[digest] for digest in asked if digest in found}

    def bring(self, digests: Iterable[Digest]) -> None:
        """All there is is here."""

    def learn(self, written: Mapping[Digest, Stat]) -> None:
        with contextlib.suppress(OSError):  # where nothing can be written, the journal says so
            self._rely_on(list(written))
        for digest, status in written.items():
            with contextlib.suppress(OSError):
                if _stat(self._name(digest)) == status:
                    self._sound.add(digest)
                    self._journal.add_hints((_REMEMBER, (digest, *status)))

    def hold(self) -> set[Digest]:
        """From now on no collection takes what is told to be present.

        Gives those that were told so before, and are gone. Raises StoreError.
        """
        try:
            self._rely_on([])
        except OSError as error:
            raise self._unwritable(error) from error
        gone, self._gone = self._gone, set()
        return gone

    def let_go(self) -> None:
        """Relies on nothing more; to be called when all is committed."""
        self._lease.close()

    def path(self, digest: Digest) -> Path:
        """The file of a blob."""
        return Path(self._name(digest))

    def write(self, blobs: dict[Digest, bytes]) -> list[Statement]:
        """Makes blobs durable, and gives the rows that remember their files. Raises StoreError; then none is named."""
        folders = set()
        rows: list[Statement] = []
        try:
            for digest, data in blobs.items():
                name = self._name(digest)
                status = self._write_one(name, data)
                folders.add(os.path.dirname(name))  # noqa: PTH120 - a hot path of strings
                rows.append((_REMEMBER, (digest, *status)))
            for folder in folders:
                files.flush_folder(folder)
        except OSError as error:
            raise self._unwritable(error) from error
        return rows

    def set_aside(self, digest: Digest, why: str) -> None:
        """Moves a damaged blob out of the way, with a note of why."""
        self._sound.discard(digest)
        quarantine = self._folder / QUARANTINE
        quarantine.mkdir(mode=0o700, exist_ok=True)
        name = f"{digest.removeprefix(digests.PREFIX)}.{time.time_ns()}"
        with contextlib.suppress(FileNotFoundError):
            self.path(digest).replace(quarantine / name)
            (quarantine / f"{name}.reason").write_text(f"{why}\n")

    def _name(self, digest: Digest) -> str:
        figures = digest[7:]
        return f"{self._folder}/{FOLDER}/{figures[:2]}/{figures}"

    def _unwritable(self, error: OSError) -> StoreError:
        what = f"the store cannot be written: {error.strerror or error}"
        return StoreError(Problem(what, facts=(("in", str(self._folder)),)))

    def _rely_on(self, wanted: list[Digest]) -> None:
        """Adds to the lease, which begins with all that was found present so far: that is looked at once more."""
        if not self._lease.begin():
            self._lease.add(wanted)
            return
        self._lease.add([*self._sound, *wanted])
        waiting, writing = self._journal.pending_blobs
        for digest in [*self._sound]:
            name = self._name(digest)
            is_there = digest in waiting or digest in writing or os.path.exists(name)  # noqa: PTH110
            if not is_there and not self._take_back(digest):
                self._sound.discard(digest)
                self._gone.add(digest)

    def _take_back(self, digest: Digest) -> bool:
        """Takes a blob out of the trash of a collection that has not removed it yet."""
        try:
            files.rename(f"{self._folder}/{TRASH}/{digest[7:]}", self._name(digest))
        except OSError:
            return False
        return True

    def _read(self, path: Path, digest: Digest) -> bytes:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            if not self._take_back(digest):
                raise
            return path.read_bytes()

    def _remembered(self, wanted: list[Digest]) -> dict[Digest, Stat]:
        rows = self._database.rows_in(
            "SELECT digest, inode, size, mtime_ns, ctime_ns FROM blobs WHERE digest IN ({})", wanted
        )
        return {row[0]: row[1:] for row in rows}

    def _is_sound(self, digest: Digest, remembered: Stat | None) -> bool:
        name = self._name(digest)
        try:
            now = _stat(name)
        except OSError:
            if not self._take_back(digest):
                return False
            now = _stat(name)
        if now == remembered:
            return True
        # Unknown here, or altered since it was verified: its content decides.
        if digests.of_file(Path(name)) != digest:
            self.set_aside(digest, "its content was altered")
            return False
        self._journal.add_hints((_REMEMBER, (digest, *now)))
        return True

    def _write_one(self, name: str, data: bytes) -> Stat:
        # The name tells whose it is: what the dead have left is swept.
        temporary = f"{self._folder}/{TEMPORARY}/{self._lease.name or 'none'}-{os.getpid()}-{os.urandom(6).hex()}"
        descriptor = files.create(temporary, 0o400)
        try:
            try:
                files.write(descriptor, data)
                files.flush(descriptor)
            finally:
                os.close(descriptor)
            files.rename(temporary, name)
        except OSError:
            with contextlib.suppress(OSError):
                files.remove(temporary)
            raise
        return _stat(name)


def _stat(name: str) -> Stat:
    status = os.stat(name)  # noqa: PTH116 - ten thousand of these on the path of a no-op
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
