"""Private folders: where a command runs, made for it and gone after it. Knows no command.

They are kept in memory where the system offers that. It is not only faster: ext4 does not reuse the inode of a deleted
file for minutes and looks at each such inode on every creation (`recently_deleted` in fs/ext4/ialloc.c), so that
thousands of short-lived files make each other slow, by milliseconds a command.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path

MEMORY = "/dev/shm"  # noqa: S108 - folders in it are private, and fail to be made where a name is taken
_PREFIX = "graphbuild-"
_ENOUGH = 1 << 30
_ABANDONED_S = 3600.0
_numbers = itertools.count()


def make_folder(size: int = 0) -> str:
    """A new, empty folder that only this user may enter, for inputs of `size` bytes. Raises OSError.

    It is in memory if there is plenty, and if TMPDIR does not ask for another place.
    """
    base = MEMORY if "TMPDIR" not in os.environ and _has_room(size) else tempfile.gettempdir()
    if base == MEMORY:
        sweep(MEMORY)
    while True:
        # A name that is free is enough: making the folder fails if somebody, or a dead process, was first.
        folder = f"{base}/{_PREFIX}{os.getpid()}-{next(_numbers)}"
        try:
            os.mkdir(folder, 0o700)  # noqa: PTH102 - pathlib costs more than the call
        except FileExistsError:
            continue
        return folder


def _has_room(size: int) -> bool:
    try:
        status = os.statvfs(MEMORY)
    except OSError:
        return False
    # A command may make a program and run it, so a place that refuses to run programs will not do.
    allowed = not status.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK | os.X_OK)
    return allowed and status.f_bavail * status.f_frsize > _ENOUGH + 8 * size


@cache
def sweep(base: str) -> None:
    """Removes folders that killed processes of this user left behind more than an hour ago; once per process."""
    for folder in Path(base).glob(f"{_PREFIX}*-*"):
        with contextlib.suppress(OSError, ValueError):
            status = folder.lstat()
            owner = int(folder.name.removeprefix(_PREFIX).partition("-")[0])
            old = time.time() - status.st_mtime > _ABANDONED_S
            if old and status.st_uid == os.getuid() and not _is_alive(owner):
                shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
