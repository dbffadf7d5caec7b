"""Files that say who owns them, and whose owner is seen to be dead: leases, and the mark of a running collection.

The owner holds an flock, which its death lets go of. On the machine of the owner that decides, whatever its clock says.
A file of another machine, whose lock may not be seen here, is also told by its time, which its owner renews: that is
held against the time of a file written a moment ago in the same folder, so that the server's clock alone counts.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graphbuild.store import files
from graphbuild.store.interface import Holder

HEAD_BYTES = 256
RENEWAL_S = 60.0
EXPIRY_S = 15 * RENEWAL_S
"""A machine that says nothing for so long is taken for dead. What its build then misses is made again."""


def boot() -> str:
    """This machine since it started: the processes of one boot see each other's locks."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return f"{os.uname().nodename}-{uuid.getnode()}"


def head() -> bytes:
    """What an owner writes at the beginning of its file."""
    owner = {"pid": os.getpid(), "host": os.uname().nodename[:64], "boot": boot()[:80], "since": time.time()}
    return json.dumps(owner).encode().ljust(HEAD_BYTES)


def try_lock(descriptor: int) -> bool:
    """Takes the lock of an open file, if nobody has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_same_file(path: Path, descriptor: int) -> bool:
    """Whether an open file still is the one of a name."""
    try:
        return path.stat().st_ino == os.fstat(descriptor).st_ino
    except FileNotFoundError:
        return False


def owner_of(path: Path) -> Holder | None:
    """Who owns a file, if it is alive; None where it is dead or there is no such file."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        owner = _read_head(descriptor)
        if _is_dead(path, descriptor, owner, fcntl.LOCK_SH):
            return None
        return Holder(int(owner.get("pid", 0)), str(owner.get("host", "")), float(owner.get("since", 0.0)))
    finally:
        os.close(descriptor)


def remove_if_dead(path: Path, may: Callable[[], bool]) -> bool:
    """Removes the file of a dead owner, if it may be when that is known. Nobody can come to own it meanwhile."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if _is_dead(path, descriptor, _read_head(descriptor), fcntl.LOCK_EX) and may():
            return files.remove(str(path))
        return False
    except OSError:
        return False
    finally:
        os.close(descriptor)


def remove_if_free(path: Path) -> None:
    """Removes a file that nobody has locked, whoever made it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            if try_lock(descriptor):
                files.remove(str(path))
        finally:
            os.close(descriptor)


def _is_dead(path: Path, descriptor: int, owner: Mapping[str, Any], lock: int) -> bool:
    try:
        fcntl.flock(descriptor, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return owner.get("boot") == boot() or _is_expired(path, descriptor)


def _read_head(descriptor: int) -> dict[str, Any]:
    with contextlib.suppress(ValueError):
        found = json.loads(os.pread(descriptor, HEAD_BYTES, 0))
        if isinstance(found, dict):
            return found
    return {}


def _is_expired(path: Path, descriptor: int) -> bool:
    probe = path.with_name(f".now-{uuid.uuid4().hex}")
    try:
        probe.touch(mode=0o600)
        now = probe.stat().st_mtime
    except OSError:
        return False
    finally:
        files.remove(str(probe))
    return now - os.fstat(descriptor).st_mtime > EXPIRY_S
