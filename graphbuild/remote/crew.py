"""Threads that wait for a remote: daemons, so that an answer that never comes keeps no process from ending."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TypeVar

from graphbuild.contract.waiting import wait

WIDTH = 16
"""Requests at a time."""

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def gather(
    call: Callable[[_Item], _Made], items: Iterable[_Item], stall_s: float, width: int = WIDTH
) -> tuple[dict[_Item, _Made], bool]:
    """What a call gives for each item, several at a time, and whether all of them came back.

    It ends when nothing has come back for `stall_s`: what is missing then may come or not, and nobody waits for it.
    """
    waiting = deque(dict.fromkeys(items))
    wanted = len(waiting)
    found: dict[_Item, _Made] = {}
    failed: list[BaseException] = []
    condition = threading.Condition()

    def work() -> None:
        while True:
            try:
                item = waiting.popleft()
            except IndexError:
                return
            try:
                made = call(item)
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                with condition:
                    failed.append(error)
                    waiting.clear()
                    condition.notify()
                return
            with condition:
                found[item] = made
                condition.notify()

    for number in range(min(width, wanted)):
        threading.Thread(target=work, name=f"graphbuild-remote-{number}", daemon=True).start()
    with condition:
        while len(found) < wanted and not failed:
            before, until = len(found), time.monotonic() + stall_s
            while len(found) == before and not failed and (left := until - time.monotonic()) > 0:
                wait(condition, left)
            if len(found) == before:
                break
        waiting.clear()
        if failed:
            raise failed[0]
        return dict(found), len(found) == wanted
