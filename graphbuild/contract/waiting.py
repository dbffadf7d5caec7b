"""Waiting in the main thread, so that Ctrl-C ends it whenever it comes.

Python hears of a signal between two steps of the main thread. One that comes in the moment before a step begins to wait
does not wake it: a wait without an end would sleep on. So no single step waits for long.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from typing import TypeVar

HEARS_S = 0.5
"""How late Ctrl-C may be heard."""

_Item = TypeVar("_Item")


def taken(items: queue.SimpleQueue[_Item], timeout_s: float | None = None) -> list[_Item]:
    """All that is in a queue; where nothing is, what comes first, or nothing after the time given."""
    until = time.monotonic() + (math.inf if timeout_s is None else timeout_s)
    while True:
        left = max(0.0, until - time.monotonic())
        try:
            found = [items.get(timeout=min(left, HEARS_S))]
        except queue.Empty:
            if left <= HEARS_S:
                return []
            continue
        while not items.empty():
            found.append(items.get_nowait())
        return found


def wait(condition: threading.Condition | threading.Event, timeout_s: float = math.inf) -> bool:
    """Waits to be woken, no longer than the time given; whether it was."""
    until = time.monotonic() + timeout_s
    while (left := until - time.monotonic()) > 0:
        if condition.wait(min(left, HEARS_S)):
            return True
    return False
