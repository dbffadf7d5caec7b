"""Files that commands write: at any time the old or the new one is there, whole, also where the command is killed."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_IN_PLACE = ("/dev", "/proc")
"""Names of what is open already, such as /dev/stdout: another file under its name would be read by nobody."""


def replace_file(path: Path, content: bytes) -> None:
    """Writes a file beside, and moves it into place. Links, and the mode of what was there, stay. Raises OSError."""
    if path.exists() and (not path.is_file() or any(map(path.absolute().is_relative_to, _IN_PLACE))):
        path.write_bytes(content)
        return
    path = path.resolve()
    mode = _mode(path)
    beside = path.with_name(f".graphbuild-{os.urandom(8).hex()}")
    try:
        with beside.open("xb") as file:
            file.write(content)
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _mode(path: Path) -> int | None:
    """The mode of a file that is there. Raises PermissionError where it is not to be written."""
    if not path.exists():
        return None
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    return stat.S_IMODE(path.stat().st_mode)
