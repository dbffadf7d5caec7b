"""Leases: what the builds that run now rely on, so that no collection takes it from under them.

    leases/<hex>    a head that says who the owner is, then 32 bytes for each blob that it relies on

A process that puts blobs, or is about to run a plan, has one. It adds a digest first and only then looks whether the
blob is there; a collection moves a blob away first and only then reads the leases. So whichever comes first, one of
them sees the other (docs/decisions/0019). Nothing is flushed: a lease need not outlive its machine.
"""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store import files, owned

FOLDER = "leases"
MARK = "collecting"
"""The file that a collection owns while it runs."""
ENTRY_BYTES = 32
_BEGUN = ".begun-"


class Lease:
    """What this process relies on. Safe to use from several threads."""

    def __init__(self, folder: Path) -> None:
        self._store = folder
        self._guard = threading.Lock()
        self._descriptor = -1
        self._path: Path | None = None
        self._end = owned.HEAD_BYTES
        self._held: set[Digest] = set()
        self._over = threading.Event()

    @property
    def name(self) -> str:
        """The name of its file; none before it began."""
        return self._path.name if self._path is not None else ""

    def begin(self) -> bool:
        """Begins the lease; False where it had begun. Raises OSError."""
        with self._guard:
            if self._descriptor >= 0:
                return False
            self._path, self._descriptor = self._made()
            threading.Thread(target=self._renew, name="graphbuild-lease", daemon=True).start()
            return True

    @property
    def is_begun(self) -> bool:
        """Whether there is one."""
        return self._descriptor >= 0

    def add(self, wanted: Iterable[Digest]) -> None:
        """Relies on some more. Raises OSError; those are then not relied on."""
        with self._guard:
            new = [digest for digest in dict.fromkeys(wanted) if digest not in self._held]
            if not new or self._descriptor < 0:
                return
            data = b"".join(bytes.fromhex(digest.removeprefix(digests.PREFIX)) for digest in new)
            done = 0
            while done < len(data):
                done += os.pwrite(self._descriptor, data[done:], self._end + done)
            self._end += done
            self._held.update(new)

    def close(self) -> None:
        """Relies on nothing more: to be called when every record of what it relied on is committed."""
        with self._guard:
            if self._descriptor < 0:
                return
            self._over.set()
            assert self._path is not None
            if not is_collecting(self._store):
                with contextlib.suppress(OSError):
                    self._path.unlink()
            # A collection that runs may have read the records before they were committed: it shall see the lease.
            os.close(self._descriptor)
            self._descriptor = -1

    def _made(self) -> tuple[Path, int]:
        """A lease with its head written, before anybody can see it by its name. Raises OSError."""
        while True:
            path = self._store / FOLDER / uuid.uuid4().hex
            begun = path.with_name(f"{_BEGUN}{path.name}")
            descriptor = files.create(str(begun), 0o600)
            try:
                if owned.try_lock(descriptor):
                    files.write(descriptor, owned.head())
                    files.rename(str(begun), str(path))
                    return path, descriptor
            except FileNotFoundError:  # somebody took it for one of the dead
                pass
            except OSError:
                os.close(descriptor)
                begun.unlink(missing_ok=True)
                raise
            os.close(descriptor)

    def _renew(self) -> None:
        while not self._over.wait(owned.RENEWAL_S):
            with self._guard, contextlib.suppress(OSError):
                if self._descriptor >= 0:
                    os.utime(self._descriptor)


class Leases:
    """All leases of a store, as a collection reads them: each entry once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._read: dict[str, int] = {}

    def fresh(self) -> set[Digest]:
        """What was added since this was last asked, by the living and by those who have died meanwhile."""
        found: set[Digest] = set()
        for path in lease_files(self._folder):
            try:
                with path.open("rb") as file:
                    file.seek(self._read.get(path.name, owned.HEAD_BYTES))
                    data = file.read()
            except OSError:
                continue
            whole = len(data) - len(data) % ENTRY_BYTES
            self._read[path.name] = self._read.get(path.name, owned.HEAD_BYTES) + whole
            for start in range(0, whole, ENTRY_BYTES):
                found.add(Digest(digests.PREFIX + data[start : start + ENTRY_BYTES].hex()))
        return found


def lease_files(folder: Path) -> Iterator[Path]:
    """The files of a folder of leases."""
    with contextlib.suppress(OSError):
        yield from (folder / name for name in sorted(os.listdir(folder)) if not name.startswith("."))  # noqa: PTH208


def _begun(folder: Path) -> Iterator[Path]:
    """Leases that somebody was about to begin."""
    with contextlib.suppress(OSError):
        yield from (folder / name for name in os.listdir(folder) if name.startswith(_BEGUN))  # noqa: PTH208


def is_collecting(folder: Path) -> bool:
    """Whether a collection runs on a store."""
    return owned.owner_of(folder / MARK) is not None


def sweep_dead(folder: Path) -> None:
    """Removes the leases of the dead; while a collection runs, none."""
    for path in lease_files(folder / FOLDER):
        # Asked in this order: one that was dead before a collection began has nothing to tell it.
        owned.remove_if_dead(path, lambda: not is_collecting(folder))
    for path in _begun(folder / FOLDER):
        owned.remove_if_free(path)
