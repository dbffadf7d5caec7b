"""One thread of linear algebra: on vectors of a message's size threads wait for each other more than they compute.

The number of threads is the whole process's, and sums differ in their last bits by it: so of several threads of a
server one computes at a time, and none gives back what another still counts on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import numpy  # noqa: F401, ICN001 - its library has to be there when the controller looks for it
from threadpoolctl import ThreadpoolController

_ONE = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """While it is entered numpy computes in one thread, and nobody else is in here."""
    with _ONE, _controller().limit(limits=1):
        yield


@cache
def _controller() -> ThreadpoolController:
    """What knows the libraries of numpy. To look for them takes as long as a message: it is done once."""
    return ThreadpoolController()
