"""Taking away what nothing needs, beside builds that run: records first, then blobs, by way of trash/.

The order is what makes it safe (docs/decisions/0019): a blob is moved to trash/ first, only then the leases are read,
and what one of them names is put back with the records that named it; only what is left is removed. Killed at any
moment it leaves a sound store: what is in trash/ is put back by the next one, or by the build that misses it.
Knows no roots: others say what is doomed.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store import files, owned
from graphbuild.store.blobs import FOLDER, QUARANTINE, TRASH
from graphbuild.store.builds import DROP_PARTS
from graphbuild.store.checkpoints import LocalCheckpoints
from graphbuild.store.database import Database
from graphbuild.store.interface import Doomed, Holder, Inventory, Memo, Taken
from graphbuild.store.journal import Journal
from graphbuild.store.leases import FOLDER as LEASES
from graphbuild.store.leases import MARK, Leases, lease_files, sweep_dead
from graphbuild.store.locks import sweep_locks
from graphbuild.store.records import named

BATCH = 2000
"""Blobs that are in the trash at a time."""
_TRIES = 20
_PAUSE_S = 0.01
_ADD_ACTION = "INSERT OR IGNORE INTO actions (key, outputs, seconds) VALUES (?, ?, ?)"
_RECORDED = "key IN (SELECT key FROM actions)"

_T = TypeVar("_T")
_Rows = dict[Digest, tuple[str, float]]
"""Action key -> its outputs as the row has them, and its seconds."""


class LocalCollection:
    """The collections of one store."""

    def __init__(self, folder: Path, database: Database, journal: Journal, checkpoints: LocalCheckpoints) -> None:
        self._folder = folder
        self._checkpoints = checkpoints
        self._top = str(folder)
        self._database = database
        self._journal = journal
        self._leases = Leases(folder)

    def begin(self) -> Collecting | Holder:
        self._journal.flush()
        path = self._folder / MARK
        try:
            descriptor = _owned(path)
        except OSError as error:
            problem = Problem(f"the store cannot be written: {error.strerror}", facts=(("file", str(path)),))
            raise StoreError(problem) from error
        if descriptor is None:
            return owned.owner_of(path) or Holder(0, "", time.time())
        # Those who are dead by now had committed what they did before the records are read. Whoever ends from here on
        # leaves a lease behind (Lease.close), so that one who came and went meanwhile is seen as well.
        for lease in lease_files(self._folder / LEASES):
            owned.remove_if_dead(lease, lambda: True)
        self._leases = Leases(self._folder)
        self._put_back_trash()
        return Collecting(path, descriptor, self._folder)

    def size(self) -> int:
        self._journal.flush()
        rows = self._database.rows("SELECT total(size) FROM blobs")
        return int(rows[0][0]) if rows else 0

    def sizes(self) -> dict[Digest, int]:
        """The size of every blob that is there."""
        self._journal.flush()
        known = dict(self._database.rows("SELECT digest, size FROM blobs"))
        return _scan(self._folder, known, lambda status: status.st_size)

    def memos(self) -> tuple[Memo, ...]:
        self._journal.flush()
        return tuple(Memo(*row) for row in self._database.rows("SELECT kind, key, length(value), at FROM memos"))

    def inventory(self) -> Inventory:
        self._journal.flush()
        # In this order: files before the records that name them, so that no file is seen whose record was not yet.
        known = {row[0]: row[1:] for row in self._database.rows("SELECT digest, size, mtime_ns / 1e9 FROM blobs")}
        blobs = _scan(self._folder, known, lambda status: (status.st_size, status.st_mtime))
        rows = self._database.rows
        histories: dict[str, set[Digest]] = {}
        for scope, key in rows("SELECT scope, key FROM history"):
            histories.setdefault(scope, set()).add(key)
        evidence: dict[Digest, tuple[Digest, ...]] = {}
        for key, outputs in rows("SELECT key, outputs FROM divergences"):
            evidence[key] = (*evidence.get(key, ()), *named(outputs))
        return Inventory(
            blobs=blobs,
            actions={key: named(outputs) for key, outputs in rows("SELECT key, outputs FROM actions")},
            evidence=evidence,
            manifests=frozenset(row[0] for row in rows("SELECT key FROM manifests")),
            histories={scope: frozenset(keys) for scope, keys in histories.items()},
            memos=self.memos(),
            leased=frozenset(Leases(self._folder).fresh()),
            checkpoints=tuple(self._checkpoints.all()),
        )

    def take(self, doomed: Doomed) -> Taken:
        self._journal.flush()
        spared = self._leases.fresh()
        gone = self._take_actions(doomed.actions, spared)
        count, size, kept = self._take_blobs(doomed.blobs, gone, spared)
        self._take_rows(doomed)
        self._checkpoints.drop(doomed.checkpoints)
        self._take_files(doomed.hints_before)
        self._database.compact()
        return Taken(count, size, len(gone), kept)

    def _take_actions(self, keys: frozenset[Digest], spared: set[Digest]) -> _Rows:
        """Deletes the results that name nothing that a build relies on, and gives them."""
        found = self._database.rows_in("SELECT key, outputs, seconds FROM actions WHERE key IN ({})", sorted(keys))
        gone: _Rows = {}
        for key, made, seconds in found:
            if spared.isdisjoint(named(made)):
                gone[key] = (made, seconds)
            else:
                spared.update(named(made))
        self._database.drop("actions", "key", gone)
        return gone

    def _take_blobs(self, doomed: frozenset[Digest], gone: _Rows, spared: set[Digest]) -> tuple[int, int, int]:
        """Removes blobs, some at a time; how many and how large they were, and how many were spared."""
        size = kept = 0
        removed: set[Digest] = set()
        ordered = sorted(doomed)
        for start in range(0, len(ordered), BATCH):
            batch = [digest for digest in ordered[start : start + BATCH] if digest not in spared]
            kept += len(ordered[start : start + BATCH]) - len(batch)
            trash = {digest: bytes_ for digest in batch if (bytes_ := self._throw(digest)) is not None}
            fresh = self._leases.fresh()
            spared |= fresh | self._bring_back(gone, fresh, removed)
            back = [digest for digest in trash if digest in spared]
            for digest in back:
                self._put_back(digest)
                kept += 1
                del trash[digest]
            for digest, bytes_ in trash.items():
                # A build may take it back at this very moment: then it is not there to be removed.
                if files.remove(f"{self._top}/{TRASH}/{digest[7:]}"):
                    removed.add(digest)
                    size += bytes_
        self._bring_back(gone, self._leases.fresh(), removed)
        self._database.drop("blobs", "digest", removed)
        return len(removed), size, kept

    def _bring_back(self, gone: _Rows, fresh: set[Digest], removed: set[Digest]) -> set[Digest]:
        """Records again those results that name what a build has come to rely on; gives all blobs that they name.

        Not where one of these was removed before anybody relied on it: then there is no result any more.
        """
        if not fresh:
            return set()
        made = {key: frozenset(named(outputs)) for key, (outputs, _) in gone.items()}
        back = {key for key, one in made.items() if not fresh.isdisjoint(one) and removed.isdisjoint(one)}
        rows = [(key, *gone.pop(key)) for key in sorted(back)]
        self._database.for_each(_ADD_ACTION, rows)
        return {digest for _, outputs, _ in rows for digest in named(outputs)}

    def _take_rows(self, doomed: Doomed) -> None:
        delete = self._database.for_each
        # Of a result that was spared, or recorded meanwhile, all stays.
        self._database.drop("manifests", "key", doomed.manifests, _RECORDED)
        self._database.drop("divergences", "key", doomed.manifests | doomed.actions, _RECORDED)
        delete("DELETE FROM history WHERE scope = ?", [(scope,) for scope in doomed.scopes])
        if doomed.builds:
            delete("DELETE FROM builds WHERE scope = ? AND name = ?", doomed.builds)
            self._database.write([(DROP_PARTS, ())])
        delete("DELETE FROM memos WHERE kind = ? AND key = ?", doomed.memos)
        delete("DELETE FROM sources WHERE hashed_ns < ?", [(int(doomed.hints_before * 1e9),)])

    def _take_files(self, before: float) -> None:
        """What was set aside long ago, and what the dead have left."""
        aside = [*(self._folder / QUARANTINE).glob("*"), *self._folder.glob("*.damaged-*")]
        for file in aside:
            with contextlib.suppress(OSError):
                if file.stat().st_ctime < before:
                    file.unlink()
        sweep_locks(self._folder)
        with contextlib.suppress(OSError):
            (self._folder / TRASH).rmdir()

    def _throw(self, digest: Digest) -> int | None:
        """Moves a blob to the trash; its size, or None where it was not there."""
        name = f"{self._top}/{FOLDER}/{digest[7:9]}/{digest[7:]}"
        try:
            size = os.stat(name).st_size  # noqa: PTH116 - hundreds of thousands
            files.rename(name, f"{self._top}/{TRASH}/{digest[7:]}")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                Problem(f"the store cannot be written: {error.strerror}", facts=(("file", name),))
            ) from error
        return size

    def _put_back(self, digest: Digest) -> None:
        source = f"{self._folder}/{TRASH}/{digest[7:]}"
        name = f"{self._folder}/{FOLDER}/{digest[7:9]}/{digest[7:]}"
        if os.path.exists(name):  # noqa: PTH110 - made again meanwhile
            files.remove(source)
            return
        with contextlib.suppress(FileNotFoundError):
            files.rename(source, name)

    def _put_back_trash(self) -> None:
        """What a collection that died has left there: it may be needed."""
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(self._folder / TRASH):  # noqa: PTH208
                self._put_back(Digest(digests.PREFIX + name))


class Collecting(contextlib.AbstractContextManager[None]):
    """A collection that runs."""

    def __init__(self, path: Path, descriptor: int, folder: Path) -> None:
        self._path = path
        self._descriptor = descriptor
        self._folder = folder

    def __exit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._descriptor)
        sweep_dead(self._folder)


def _scan(folder: Path, known: dict[Digest, _T], fact: Callable[[os.stat_result], _T]) -> dict[Digest, _T]:
    """Every blob that is there, with what is known of it; the others are looked at.

    Hundreds of thousands of looks would take their time.
    """
    top = f"{folder}/{FOLDER}"
    present: set[str] = set()
    for shelf in _names(top):
        present.update(map(digests.PREFIX.__add__, _names(f"{top}/{shelf}")))
    if known.keys() == present:
        return known
    found = {digest: one for digest, one in known.items() if digest in present}
    for digest in present - found.keys():
        with contextlib.suppress(FileNotFoundError):
            found[Digest(digest)] = fact(os.stat(f"{top}/{digest[7:9]}/{digest[7:]}"))  # noqa: PTH116
    return found


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208
    except (FileNotFoundError, NotADirectoryError):
        return []


def _owned(path: Path) -> int | None:
    """The mark of a collection, which is now ours; None while it is another's."""
    for _ in range(_TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if owned.try_lock(descriptor) and owned.is_same_file(path, descriptor):
            os.pwrite(descriptor, owned.head(), 0)
            return descriptor
        # A build that looks whether a collection runs holds it for a moment only.
        os.close(descriptor)
        time.sleep(_PAUSE_S)
    return None
