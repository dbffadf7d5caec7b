"""Blobs on local disk: blobs.v1/ab/<hex>, read-only files named by the digest of their content.

Written to a temporary name, flushed, renamed into place; verified whenever they are read; set aside, with a note of
why, when they do not match their name.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store.database import Database, Statement
from graphbuild.store.interface import BlobLost
from graphbuild.store.journal import Journal

FOLDER = "blobs.v1"
QUARANTINE = "quarantine"
TEMPORARY = "tmp"
_REMEMBER = "INSERT OR REPLACE INTO blobs (digest, inode, size, mtime_ns, ctime_ns) VALUES (?, ?, ?, ?, ?)"

EMPTY = digests.of_bytes(b"")
"""The empty blob is always there, whether anybody put it or not."""

Stat = tuple[int, int, int, int]
"""inode, size, mtime_ns, ctime_ns."""


class LocalBlobs:
    """The blob store of one folder. `journal` is set by the store, which writes what is put."""

    def __init__(self, folder: Path, database: Database, journal: Journal) -> None:
        self._folder = folder
        self._database = database
        self._journal = journal
        self._sound: set[Digest] = set()
        """Found present and unaltered by this process; `get` still verifies."""

    def put(self, data: bytes) -> Digest:
        digest = digests.of_bytes(data)
        if digest not in self._sound:
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
            data = path.read_bytes()
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
                status = self._write_one(digest, name, data)
                folders.add(os.path.dirname(name))  # noqa: PTH120 - a hot path of strings
                rows.append((_REMEMBER, (digest, *status)))
            for folder in folders:
                _flush_folder(folder)
        except OSError as error:
            problem = Problem(
                f"the store cannot be written: {error.strerror or error}", facts=(("in", str(self._folder)),)
            )
            raise StoreError(problem) from error
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
            return False
        if now == remembered:
            return True
        # Unknown here, or altered since it was verified: its content decides.
        if digests.of_file(Path(name)) != digest:
            self.set_aside(digest, "its content was altered")
            return False
        self._journal.add_hints((_REMEMBER, (digest, *now)))
        return True

    def _write_one(self, digest: Digest, name: str, data: bytes) -> Stat:
        temporary = f"{self._folder}/{TEMPORARY}/{digest[7:23]}-{os.getpid()}-{os.urandom(6).hex()}"
        descriptor = _create(temporary)
        try:
            try:
                view = memoryview(data)
                while view:
                    view = view[os.write(descriptor, view) :]
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.rename(temporary, name)  # noqa: PTH104 - a hot path of strings
            except FileNotFoundError:
                os.makedirs(os.path.dirname(name), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
                os.rename(temporary, name)  # noqa: PTH104
        except OSError:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
        return _stat(name)


def _create(path: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(path, flags, 0o400)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120
        return os.open(path, flags, 0o400)


def _stat(name: str) -> Stat:
    status = os.stat(name)  # noqa: PTH116 - ten thousand of these on the path of a no-op
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _flush_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
