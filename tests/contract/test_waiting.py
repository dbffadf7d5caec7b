"""Ctrl-C ends a wait also where it came in the moment before it: told here by a signal that another thread takes."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from graphbuild.contract.waiting import taken, wait
from graphbuild.remote.crew import gather

LONG_S = 60.0


@pytest.fixture(autouse=True)
def hears() -> Iterator[None]:
    """Also where these tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt_unheard() -> None:
    """The main thread has a signal to hear of, and its call that waits goes on: as after one that came too early."""
    time.sleep(0.05)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)


def waits_for_items() -> object:
    return taken(queue.SimpleQueue[int](), LONG_S)


def waits_for_an_event() -> object:
    return wait(threading.Event(), LONG_S)


def waits_for_a_condition() -> object:
    with (condition := threading.Condition()):
        return wait(condition, LONG_S)


def waits_for_a_remote() -> object:
    return gather(lambda _: time.sleep(LONG_S), ["a"], LONG_S)


@pytest.mark.parametrize("call", [waits_for_items, waits_for_an_event, waits_for_a_condition, waits_for_a_remote])
def test_a_wait_hears_a_signal_that_did_not_wake_it(call: Callable[[], Any]) -> None:
    threading.Thread(target=interrupt_unheard, daemon=True).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        call()
    assert time.monotonic() - began < LONG_S / 2


def test_all_that_is_there_is_taken_in_order() -> None:
    items: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(5):
        items.put(number)
    assert taken(items) == [0, 1, 2, 3, 4]
    assert taken(items, 0.0) == []


def test_what_comes_later_is_waited_for() -> None:
    items: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Timer(0.7, items.put, ["late"]).start()
    assert taken(items) == ["late"]
    assert not wait(threading.Event(), 0.01)
    event = threading.Event()
    threading.Timer(0.7, event.set).start()
    assert wait(event, LONG_S)
