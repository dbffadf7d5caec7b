"""Temporary files and folders whose names say whose they are, so that what a killed process left does not stay.

Whoever makes one removes it. Where that could not be, because its process was killed or began again as another program,
the next that makes one in the same place sweeps it, an hour later: a process id alone may be another machine's.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_ABANDONED_S = 3600.0
_FOLDER = re.compile(r"graphbuild-(\d+)-\d+")
_BESIDE = re.compile(r"\..+\.(\d+)-[0-9a-f]{32}\.tmp")
_numbers = itertools.count()


def new_folder(base: str) -> str:
    """A new, empty folder in another that only this user may enter. Raises OSError."""
    sweep(base)
    while True:
        # A name that is free is enough: making the folder fails if somebody, or a dead process, was first.
        folder = f"{base}/graphbuild-{os.getpid()}-{next(_numbers)}"
        try:
            os.mkdir(folder, 0o700)  # noqa: PTH102 - pathlib costs more than the call
        except FileExistsError:
            continue
        return folder


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A new, empty folder of this user's, until it is left."""
    folder = new_folder(tempfile.gettempdir())
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def beside(path: Path) -> Path:
    """The name under which a file is written, to be moved to its place when it is whole."""
    sweep(str(path.parent))
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex}.tmp")


@cache
def sweep(base: str) -> None:
    """Removes what killed processes of this user left in a folder more than an hour ago; once per process."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(base):
            match = _FOLDER.fullmatch(entry.name) or _BESIDE.fullmatch(entry.name)
            if match is not None:
                with contextlib.suppress(OSError):
                    _sweep(entry, int(match[1]))


def _sweep(entry: os.DirEntry[str], owner: int) -> None:
    status = entry.stat(follow_symlinks=False)
    is_old = time.time() - status.st_mtime > _ABANDONED_S
    if not is_old or status.st_uid != os.getuid() or _is_alive(owner):
        return
    if entry.is_dir(follow_symlinks=False):
        shutil.rmtree(entry.path, ignore_errors=True)
    else:
        os.unlink(entry.path)  # noqa: PTH108 - what scandir gives is no Path


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    # One that has ended and that nobody asked about (in containers, often nobody does) is not alive.
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] not in ("Z", "X")
    return True
