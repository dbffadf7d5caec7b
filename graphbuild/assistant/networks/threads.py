"""One thread of linear algebra: on vectors of a message's size threads wait for each other more than they compute."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[Any]:
    """While it is entered, numpy computes in one thread."""
    entered: AbstractContextManager[Any] = _controller().limit(limits=1)
    return entered


@cache
def _controller() -> ThreadpoolController:
    """What knows the libraries of numpy. To look for them takes as long as a message: it is done once."""
    return ThreadpoolController()
