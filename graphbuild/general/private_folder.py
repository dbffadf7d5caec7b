"""Private folders: where a command runs, made for it and gone after it. Knows no command.

They are kept in memory where the system offers that. It is not only faster: ext4 does not reuse the inode of a deleted
file for minutes and looks at each such inode on every creation (`recently_deleted` in fs/ext4/ialloc.c), so that
thousands of short-lived files make each other slow, by milliseconds a command.
"""

from __future__ import annotations

import os
import tempfile

from graphbuild.contract.temporaries import new_folder

MEMORY = "/dev/shm"  # noqa: S108 - folders in it are private, and fail to be made where a name is taken
_ENOUGH = 1 << 30


def make_folder(size: int = 0) -> str:
    """A new, empty folder that only this user may enter, for inputs of `size` bytes. Raises OSError.

    It is in memory if there is plenty, and if TMPDIR does not ask for another place.
    """
    return new_folder(MEMORY if "TMPDIR" not in os.environ and _has_room(size) else tempfile.gettempdir())


def _has_room(size: int) -> bool:
    try:
        status = os.statvfs(MEMORY)
    except OSError:
        return False
    # A command may make a program and run it, so a place that refuses to run programs will not do.
    allowed = not status.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK | os.X_OK)
    return allowed and status.f_bavail * status.f_frsize > _ENOUGH + 8 * size
