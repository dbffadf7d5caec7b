"""Meetings: where a build and its workers on other machines find that they have the same store, and who lives.

    meetings/<hex>/build     owned by the build that runs now
    meetings/<hex>/<key>     workers that began this action and have not ended it, a line each

The name is drawn by chance: whoever finds it under a path sees the same folder there. A worker that dies in the middle
of an action leaves its line; the next one to begin it knows.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.store import files, owned

FOLDER = "meetings"
_BUILD = "build"
_BEGUN = ".begun-"
_STALE_S = 24 * 3600.0
"""A folder that nobody finished making is removed after so long."""


class Meeting:
    """The meeting of one build, as the build has it. To be closed."""

    def __init__(self, store: Path) -> None:
        """Raises StoreError where the store cannot be written."""
        self._store = store.absolute()
        self.name = uuid.uuid4().hex
        folder = self._store / FOLDER
        begun = folder / f"{_BEGUN}{self.name}"
        try:
            self._descriptor = files.create(str(begun / _BUILD), 0o600)
            owned.try_lock(self._descriptor)
            files.write(self._descriptor, owned.head())
            files.rename(str(begun), str(folder / self.name))
        except OSError as error:
            what = f"the store cannot be written: {error.strerror}"
            raise StoreError(Problem(what, facts=(("store", str(self._store)),))) from error
        _sweep(folder)

    def renew(self) -> None:
        """To be called each minute or more often: machines that do not see the lock go by the time of the file."""
        with contextlib.suppress(OSError):
            os.utime(self._descriptor)

    def began(self, key: Digest) -> list[str]:
        """The workers that began an action and have not ended it."""
        return began(self._store, self.name, key)

    def close(self) -> None:
        """The build is over: workers let go of what they keep for it."""
        if self._descriptor >= 0:
            shutil.rmtree(self._store / FOLDER / self.name, ignore_errors=True)
            os.close(self._descriptor)
            self._descriptor = -1


def is_here(store: Path, name: str) -> bool:
    """Whether a folder is the store of a build that runs, or of one that was killed."""
    return os.path.exists(store / FOLDER / name / _BUILD)  # noqa: PTH110 - asked for each action


def is_open(store: Path, name: str) -> bool:
    """Whether the build still runs."""
    return owned.owner_of(store / FOLDER / name / _BUILD) is not None


def began(store: Path, name: str, key: Digest) -> list[str]:
    """The workers that began an action of a build and have not ended it."""
    try:
        return _file(store, name, key).read_text().splitlines()
    except OSError:
        return []


def begin(store: Path, name: str, key: Digest, worker: str) -> None:
    """Writes down that a worker begins an action. Where the build is over nothing is written."""
    with contextlib.suppress(OSError), _file(store, name, key).open("a") as file:
        file.write(f"{worker}\n")


def end(store: Path, name: str, key: Digest) -> None:
    """The worker that began it has ended it."""
    with contextlib.suppress(OSError):
        files.remove(str(_file(store, name, key)))


def _file(store: Path, name: str, key: Digest) -> Path:
    return store / FOLDER / name / key.removeprefix(digests.PREFIX)


def _sweep(folder: Path) -> None:
    """Removes what builds that were killed have left."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            is_begun = path.name.startswith(_BEGUN)
            if (is_begun and time.time() - path.stat().st_mtime > _STALE_S) or (
                not is_begun and owned.owner_of(path / _BUILD) is None
            ):
                shutil.rmtree(path, ignore_errors=True)
