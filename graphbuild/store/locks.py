"""Locks: one runner for each action key over all processes of a host.

A lock is an flock on a file, so the death of its holder frees it; the file says who holds it. It is let go of only
when the record made under it is committed: whoever gets it next finds the record.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from types import TracebackType

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store import owned
from graphbuild.store.interface import Holder
from graphbuild.store.journal import Journal

FOLDER = "locks"


class LocalLocks:
    """The locks of one store folder."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder = folder / FOLDER
        self._journal = journal
        self._host = os.uname().nodename

    def try_acquire(self, key: Digest) -> HeldLock | Holder:
        path = self._folder / key.removeprefix(digests.PREFIX)
        while True:
            try:
                descriptor = self._open(path)
            except OSError as error:
                problem = Problem(f"the store cannot be written: {error.strerror}", facts=(("file", str(path)),))
                raise StoreError(problem) from error
            if not owned.try_lock(descriptor):
                holder = _read_holder(descriptor)
                os.close(descriptor)
                return holder
            if owned.is_same_file(path, descriptor):
                owner = json.dumps({"pid": os.getpid(), "host": self._host, "since": time.time()})
                os.pwrite(descriptor, owner.encode().ljust(128), 0)
                return HeldLock(path, descriptor, self._journal)
            # Its holder removed the file between our opening and locking it.
            os.close(descriptor)

    def _open(self, path: Path) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            return os.open(path, flags, 0o600)
        except FileNotFoundError:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(path, flags, 0o600)


class HeldLock(contextlib.AbstractContextManager[None]):
    """A lock that is held; leaving it lets go once all that was written under it is durable."""

    def __init__(self, path: Path, descriptor: int, journal: Journal) -> None:
        self._path = path
        self._descriptor = descriptor
        self._journal = journal

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._journal.afterwards(self._release)

    def _release(self) -> None:
        if self._descriptor >= 0:
            self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = -1


def is_held(folder: Path, key: Digest) -> bool:
    """Whether somebody runs an action now, on a store."""
    try:
        descriptor = os.open(folder / FOLDER / key.removeprefix(digests.PREFIX), os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not owned.try_lock(descriptor)
    finally:
        os.close(descriptor)


def _read_holder(descriptor: int) -> Holder:
    try:
        owner = json.loads(os.pread(descriptor, 128, 0))
        return Holder(int(owner["pid"]), str(owner["host"]), float(owner["since"]))
    except (ValueError, KeyError, TypeError):
        # Taken a moment ago, and not yet signed.
        return Holder(0, "", time.time())


def sweep_locks(folder: Path) -> None:
    """Removes the files of locks whose holders died on this machine: nobody else would, who does not want the lock."""
    with contextlib.suppress(OSError):
        for path in (folder / FOLDER).iterdir():
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                if owned.try_lock(descriptor) and _read_holder(descriptor).host == os.uname().nodename:
                    path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)
