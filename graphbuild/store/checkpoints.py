"""Checkpoints on local disk: what an action that is not done has come to, so that it need not begin at the start.

    checkpoints.v1/<action key>/<done>-<total>-<digest of the content>     .new-... while it is written

One file, in the place of those before it: written to a temporary name, flushed, renamed; verified when it is read. The
lock of the action is its lease: what nobody runs goes after KEEP_S, or when more than MOST actions have been left. All
of it only saves time: no failure to write or to read one is an error. Knows bytes, no states (docs/decisions/0025).
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store import files, locks
from graphbuild.store.blobs import QUARANTINE
from graphbuild.store.interface import Kept
from graphbuild.store.journal import Journal

FOLDER = "checkpoints.v1"
KEEP_S = 7 * 86400.0
"""How long one of an action that nobody runs is kept."""
MOST = 16
"""Actions that nobody runs whose checkpoints are kept, the latest: each edit of an input leaves another one."""
_PARTS = 3
_FIGURES = 64


class _File(NamedTuple):
    """A checkpoint by its name: in the order in which they are worth anything."""

    done: int
    total: int
    figures: str
    name: str


class LocalCheckpoints:
    """The checkpoints of one store folder."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._store = folder
        self._top = f"{folder}/{FOLDER}"
        self._journal = journal

    def put(self, key: Digest, done: int, total: int, parts: Iterable[bytes | memoryview]) -> bool:
        folder = self._folder(key)
        try:
            with _temporary(folder) as temporary:
                digest = _written(temporary, parts)
                name = f"{done}-{total}-{digest.removeprefix(digests.PREFIX)}"
                files.rename(temporary, f"{folder}/{name}")
            files.flush_folder(folder)
        except OSError:
            return False
        with contextlib.suppress(OSError):
            for other in _names(folder):
                if other != name:
                    files.remove(f"{folder}/{other}")
        self.sweep()
        return True

    def newest(self, key: Digest) -> tuple[int, int, bytes] | None:
        folder = self._folder(key)
        for one in _files(folder):
            with contextlib.suppress(OSError):
                data = Path(folder, one.name).read_bytes()
                if digests.of_bytes(data) == digests.PREFIX + one.figures:
                    return one.done, one.total, data
                self._set_aside(folder, one)
        return None

    def look(self, key: Digest) -> tuple[int, int] | None:
        found = next(iter(_files(self._folder(key))), None)
        return (found.done, found.total) if found is not None else None

    def forget(self, key: Digest) -> None:
        folder = self._folder(key)
        if os.path.isdir(folder):  # noqa: PTH112 - asked of every action that ran, and nearly none has one
            self._journal.flush()
            _remove(folder)

    def all(self) -> list[Kept]:
        found = []
        for key in _names(self._top):
            folder = f"{self._top}/{key}"
            with contextlib.suppress(OSError):
                newest = _files(folder)[:1]
                stats = [os.stat(f"{folder}/{one}") for one in _names(folder)]  # noqa: PTH116 - strings all the way
                if newest and stats:
                    size, written = sum(one.st_size for one in stats), max(one.st_mtime for one in stats)
                    named = Digest(digests.PREFIX + key)
                    is_running = locks.is_held(self._store, named)
                    found.append(Kept(named, newest[0].done, newest[0].total, size, written, is_running))
        return found

    def drop(self, keys: Iterable[Digest]) -> None:
        """Drops those of some actions, but for what somebody runs now."""
        for key in keys:
            if not locks.is_held(self._store, key):
                _remove(self._folder(key))

    def sweep(self) -> None:
        """Drops what was left long ago, by too many, or half-written by somebody who was killed.

        Whoever runs such an action next begins at the start.
        """
        found = self.all()
        left = sorted((one for one in found if not one.is_running), key=lambda one: -one.written)
        now = time.time()
        self.drop(one.key for place, one in enumerate(left) if place >= MOST or one.written < now - KEEP_S)
        whole = {one.key for one in found}
        self.drop({Digest(digests.PREFIX + key) for key in _names(self._top)} - whole)

    def _folder(self, key: Digest) -> str:
        return f"{self._top}/{key.removeprefix(digests.PREFIX)}"

    def _set_aside(self, folder: str, one: _File) -> None:
        name = f"{self._store}/{QUARANTINE}/checkpoint-{one.figures}.{time.time_ns()}"
        files.rename(f"{folder}/{one.name}", name)
        Path(f"{name}.reason").write_text("a checkpoint whose content does not match its name\n")


@contextlib.contextmanager
def _temporary(folder: str) -> Iterator[str]:
    """The name of a file that is gone where it has no other name afterwards."""
    name = f"{folder}/.new-{os.getpid()}-{os.urandom(6).hex()}"
    try:
        yield name
    except BaseException:
        with contextlib.suppress(OSError):
            files.remove(name)
        raise


def _written(name: str, parts: Iterable[bytes | memoryview]) -> Digest:
    """The digest of what is on the disk now under a name. Raises OSError."""
    descriptor = files.create(name, 0o400)
    try:
        digest = digests.of_parts(parts, partial(files.write, descriptor))
        files.flush(descriptor)
    finally:
        os.close(descriptor)
    return digest


def _files(folder: str) -> list[_File]:
    """The checkpoints in a folder, the one that has come furthest first."""
    return sorted(_read(_names(folder)), reverse=True)


def _read(names: Iterable[str]) -> Iterator[_File]:
    for name in names:
        done, total, figures = (name.split("-") + [""] * _PARTS)[:_PARTS]
        if done.isdecimal() and total.isdecimal() and len(figures) == _FIGURES and name.count("-") == _PARTS - 1:
            yield _File(int(done), int(total), figures, name)


def _remove(folder: str) -> None:
    with contextlib.suppress(OSError):
        for name in _names(folder):
            files.remove(f"{folder}/{name}")
        os.rmdir(folder)  # noqa: PTH106


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except OSError:
        return []
