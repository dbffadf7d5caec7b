"""One thread of linear algebra: who asks for it has it to the end, and then things are as they were."""

from __future__ import annotations

import threading

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from graphbuild.assistant.networks.threads import one_thread


def counts() -> set[int]:
    """The numbers of threads of numpy's libraries; scipy brings its own, which other tests load, or do not."""
    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    own = [one for one in blas if "scipy.libs" not in one["filepath"]]
    return {int(one["num_threads"]) for one in own}


def test_one_after_the_other_has_one_thread_and_gives_it_back() -> None:
    np.ones((2, 2)) @ np.ones((2, 2))
    with threadpool_limits(2):
        before = counts()
    inside: list[int] = []
    seen: list[tuple[int, set[int]]] = []

    def compute() -> None:
        for _ in range(20):
            with one_thread():
                inside.append(1)
                seen.append((len(inside), counts()))
                inside.pop()

    threads = [threading.Thread(target=compute) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert seen == [(1, {1})] * 80
    with threadpool_limits(2):
        assert counts() == before


def test_who_has_it_may_ask_again() -> None:
    with one_thread(), one_thread():
        assert counts() == {1}
