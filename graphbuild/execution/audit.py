"""What actions do to the world while they run, as Python's own audit events tell it. Only in processes of a check.

One hook a process, for a hook can never be taken away; while nothing is watched it returns at once. An event belongs to
the action of its thread. One of a thread that came after an action began belongs to that action, where it is the only
one that is watched. Knows no project and decides nothing: whoever watches is told.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

_HOOK: list[bool] = []
_ADDRESS = 2
"""Addresses of the network are tuples of at least so many parts."""


class Watcher(Protocol):
    """Who is told of what an action does."""

    def opened(self, path: str, *, is_read: bool) -> None:
        """A file is about to be opened."""

    def listed(self, folder: str) -> None:
        """The names in a folder are about to be read."""

    def made(self, path: str) -> None:
        """A folder or a file is about to come into being under this name."""

    def ran(self, words: Sequence[str], folder: str) -> None:
        """A program is about to be started, in a folder."""

    def connected(self, address: str) -> None:
        """A connection over the network is about to be made."""


class _Watched:
    """An action that is watched: who is told, and which threads there were before it."""

    def __init__(self, watcher: Watcher) -> None:
        self.watcher = watcher
        # By the system's own numbers: Python's are given to the next thread as soon as one ends.
        self.before = frozenset(one.native_id for one in threading.enumerate())


_watched: dict[int, _Watched] = {}
"""By thread."""
_told = threading.local()
"""Whether this thread is telling a watcher just now: what that does is no action's."""


@contextlib.contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """What this thread does within, and threads that it begins, is told to a watcher."""
    if not _HOOK:
        _HOOK.append(True)
        sys.addaudithook(_hook)
    thread = threading.get_ident()
    outer = _watched.get(thread)
    _watched[thread] = _Watched(watcher)
    try:
        yield
    finally:
        if outer is None:
            del _watched[thread]
        else:
            _watched[thread] = outer


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """What this thread does within is told to nobody."""
    before = getattr(_told, "is_on", False)
    _told.is_on = True
    try:
        yield
    finally:
        _told.is_on = before


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watched or (tell := _EVENTS.get(event)) is None or getattr(_told, "is_on", False):
        return
    found = _whose()
    if found is None:
        return
    # Whatever is raised here would be raised in the action, which must not notice.
    with unwatched(), contextlib.suppress(Exception):
        tell(found.watcher, *arguments)


def _whose() -> _Watched | None:
    if (own := _watched.get(threading.get_ident())) is not None:
        return own
    others = list(_watched.values())
    if len(others) == 1 and threading.get_native_id() not in others[0].before:
        return others[0]
    return None


def _open(watcher: Watcher, path: Any, mode: str | None, flags: int, *_: Any) -> None:
    if isinstance(path, int):
        return
    if mode is not None:
        is_read = not set(mode) & set("wax")
    else:
        is_read = not flags & (os.O_CREAT | os.O_TRUNC) and flags & os.O_ACCMODE != os.O_WRONLY
    watcher.opened(os.fsdecode(path), is_read=is_read)


def _list(watcher: Watcher, folder: Any, *_: Any) -> None:
    if not isinstance(folder, int):
        watcher.listed("." if folder is None else os.fsdecode(folder))


def _make(watcher: Watcher, path: Any, *_: Any) -> None:
    watcher.made(os.fsdecode(path))


def _rename(watcher: Watcher, _path: Any, new: Any, *_: Any) -> None:
    watcher.made(os.fsdecode(new))


def _database(watcher: Watcher, path: Any, *_: Any) -> None:
    watcher.opened(os.fsdecode(path), is_read=True)


def _library(watcher: Watcher, name: Any, *_: Any) -> None:
    if name is not None and "/" in os.fsdecode(name):
        watcher.opened(os.fsdecode(name), is_read=True)


def _run(watcher: Watcher, _program: Any, words: Any, folder: Any = None, *_: Any) -> None:
    given = [words] if isinstance(words, str | bytes | os.PathLike) else words
    watcher.ran([os.fsdecode(word) for word in given], "." if folder is None else os.fsdecode(folder))


def _system(watcher: Watcher, command: Any, *_: Any) -> None:
    watcher.ran([os.fsdecode(command)], ".")


def _exec(watcher: Watcher, _program: Any, words: Any, *_: Any) -> None:
    _run(watcher, None, words)


def _connect(watcher: Watcher, connection: Any, address: Any, *_: Any) -> None:
    is_network = connection.family in (socket.AF_INET, socket.AF_INET6)
    if is_network and isinstance(address, tuple) and len(address) >= _ADDRESS:
        host, port = address[:2]
        watcher.connected(f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}")


_EVENTS: dict[str, Callable[..., None]] = {
    "open": _open,
    "os.listdir": _list,
    "os.scandir": _list,
    "os.mkdir": _make,
    "os.rename": _rename,
    "sqlite3.connect": _database,
    "ctypes.dlopen": _library,
    "subprocess.Popen": _run,
    "os.posix_spawn": _exec,
    "os.exec": _exec,
    "os.system": _system,
    "socket.connect": _connect,
}
