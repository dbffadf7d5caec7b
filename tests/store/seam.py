"""Shims at the store's seam to the file system: something happens at the N-th call that changes anything on disk.

The calls are those of graphbuild.store.files, and the transactions of the database.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from graphbuild.store import files
from graphbuild.store.database import Database

BOUNDARIES: tuple[tuple[Any, str], ...] = (
    (files, "create"),
    (files, "write"),
    (files, "flush"),
    (files, "flush_folder"),
    (files, "rename"),
    (files, "make_folder"),
    (files, "remove"),
    (Database, "write"),
    (Database, "write_many"),
    (Database, "drop"),
)


@contextmanager
def watched(before: Callable[[int, str, tuple[Any, ...]], None], after: Callable[[int, str], None]) -> Iterator[None]:
    """Tells the number and the name of each call before and after it is made."""
    real = {(owner, name): getattr(owner, name) for owner, name in BOUNDARIES}
    count = 0

    def shim(owner: Any, name: str) -> Callable[..., Any]:
        label = "commit" if owner is Database else name

        def call(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            number = count
            before(number, label, arguments)
            made = real[owner, name](*arguments)
            after(number, label)
            return made

        return call

    for owner, name in BOUNDARIES:
        setattr(owner, name, shim(owner, name))
    try:
        yield
    finally:
        for (owner, name), one in real.items():
            setattr(owner, name, one)


def calls_of(work: Callable[[], object]) -> list[str]:
    """The calls that some work makes."""
    names: list[str] = []
    with watched(lambda _number, name, _arguments: names.append(name), lambda _number, _name: None):
        work()
    return names


@contextmanager
def at_call(wanted: int, action: Callable[[], object]) -> Iterator[None]:
    """Does something before the N-th call. Calls that this makes itself are not counted."""
    is_acting = False
    count = 0

    def before(_number: int, _name: str, _arguments: tuple[Any, ...]) -> None:
        nonlocal is_acting, count
        if not is_acting:
            count += 1
            if count == wanted:
                is_acting = True
                action()
                is_acting = False

    with watched(before, lambda _number, _name: None):
        yield


@contextmanager
def failing_at(wanted: int, error: int = errno.ENOSPC) -> Iterator[None]:
    """From the N-th call on, what makes or writes anything fails."""

    def before(number: int, name: str, _arguments: tuple[Any, ...]) -> None:
        if number >= wanted and name in ("create", "write", "flush", "make_folder", "rename"):
            raise OSError(error, os.strerror(error))

    with watched(before, lambda _number, _name: None):
        yield


@contextmanager
def dying_at(wanted: int, how: str) -> Iterator[None]:
    """Kills this process before, after, or in the middle of the N-th call."""

    def before(number: int, name: str, arguments: tuple[Any, ...]) -> None:
        if number == wanted and how == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if number == wanted and how == "middle" and name == "write":
            os.write(arguments[0], arguments[1][: len(arguments[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

    def after(number: int, _name: str) -> None:
        if number == wanted and how == "after":
            os.kill(os.getpid(), signal.SIGKILL)

    with watched(before, after):
        yield
