"""The store's seam to the file system: every call that changes the files of blobs, leases and locks goes through here.

Tests put shims in the place of these functions: a process that dies at one of them, a disk that is full at one of them.
Knows names and bytes, no digests.
"""

from __future__ import annotations

import contextlib
import os

PRIVATE = 0o700


def create(name: str, mode: int) -> int:
    """A new file, open for writing; its folder is made where it is not there. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        return os.open(name, flags, mode)
    except FileNotFoundError:
        make_folder(os.path.dirname(name))  # noqa: PTH120 - a hot path of strings
        return os.open(name, flags, mode)


def write(descriptor: int, data: bytes | memoryview) -> None:
    """Writes all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def flush(descriptor: int) -> None:
    """Returns when what was written is on the disk."""
    os.fsync(descriptor)


def flush_folder(name: str) -> None:
    """Returns when the names in a folder are on the disk."""
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def rename(name: str, new_name: str) -> None:
    """Moves a file; the folder that it goes to is made, and its own name flushed, where it is not there."""
    try:
        os.rename(name, new_name)  # noqa: PTH104 - a hot path of strings
    except FileNotFoundError:
        if not os.path.exists(name):  # noqa: PTH110
            raise
        make_folder(os.path.dirname(new_name))  # noqa: PTH120
        os.rename(name, new_name)  # noqa: PTH104


def make_folder(name: str) -> None:
    """A folder with those above it, each of them durable in the one above."""
    above = os.path.dirname(name)  # noqa: PTH120
    if not os.path.isdir(above):  # noqa: PTH112
        make_folder(above)
    with contextlib.suppress(FileExistsError):
        os.mkdir(name, PRIVATE)  # noqa: PTH102
        flush_folder(above)


def remove(name: str) -> bool:
    """Removes a file; False when it was not there."""
    try:
        os.unlink(name)  # noqa: PTH108
    except FileNotFoundError:
        return False
    return True
