"""Work beside an event loop: in a thread of its own, ended when the task that waits for it is cancelled.

Knows no build: the work asks `stop()` of this thread now and then.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import TypeVar

_Result = TypeVar("_Result")
Stop = Callable[[], bool]

_ALONE = threading.Lock()
"""Libraries that learn draw from seeds of the whole process: two trainings in one would disturb each other."""
_LOOK_S = 0.05
_STOP: ContextVar[Stop | None] = ContextVar("stop", default=None)


class Stopped(Exception):
    """The work was ended before it began."""


def stop_here() -> Stop | None:
    """What the work of this thread asks now and then, whether it is to end; None where nobody can say so."""
    return _STOP.get()


async def in_thread(work: Callable[[], _Result]) -> _Result:
    """The result of `work()`, which runs in a thread, one at a time in a process; the loop goes on meanwhile.

    When the waiting task is cancelled, `stop_here()()` is true from then on, and CancelledError is raised when the work
    has ended, and not before.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="graphbuild-training") as pool:
        future = asyncio.get_running_loop().run_in_executor(pool, _one_at_a_time, work, stop)
        cancelled: asyncio.CancelledError | None = None
        while not future.done():
            try:
                await asyncio.wait([future])
            except asyncio.CancelledError as error:
                stop.set()
                cancelled = cancelled or error
        if cancelled is not None:
            future.exception()  # looked at, so that nobody is told that it was not
            raise cancelled
        return future.result()


def _one_at_a_time(work: Callable[[], _Result], stop: threading.Event) -> _Result:
    while not _ALONE.acquire(timeout=_LOOK_S):
        if stop.is_set():
            raise Stopped
    try:
        _STOP.set(stop.is_set)
        return work()
    finally:
        _ALONE.release()
