"""Batches in which it does not matter, not to the last bit, what else is in them.

How a matrix product is rounded depends on its shape. So batches have one size, their members one length (nothing is
padded), and a batch that is not full is filled up with one of its own. Then a row depends on itself alone, as long as
the arithmetic treats all rows of a shape alike; where a trial shows that it doesn't, everything is computed alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Vectors = NDArray[np.float32]
Run = Callable[[list[T]], Vectors]
"""Some items of one length -> a row (of vectors) each."""
SIZE = 4
"""Most of the gain of larger ones; a single message takes about twice as long as alone."""
PROBES = ("hello there", "where can I find a good place to eat tonight")
"""Each is held against its own words in reverse, which have as many sub-tokens."""


def in_batches(
    items: Sequence[T], lengths: Sequence[int], run: Run[T], size: int, told: Callable[[int, int], None]
) -> list[Vectors]:
    """The rows of all items, in order. `told` hears how many are done."""
    by_length: dict[int, list[int]] = {}
    for item, length in enumerate(lengths):
        by_length.setdefault(length, []).append(item)
    made: list[Vectors] = [np.zeros(0, dtype=np.float32)] * len(items)
    done = 0
    for same in by_length.values():
        for first in range(0, len(same), size):
            batch = same[first : first + size]
            filled = batch + batch[-1:] * (size - len(batch))
            rows = run([items[item] for item in filled])
            for item, row in zip(batch, rows, strict=False):  # what fills up is dropped
                made[item] = row
            told(done, len(items))
            done += len(batch)
    return made


def steady_size(run: Run[T], pairs: Sequence[tuple[T, T]]) -> int:
    """SIZE where the place in a batch and the others in it show in no bit of a row; else 1."""
    return SIZE if all(_is_steady(run, *pair) for pair in pairs) else 1


def _is_steady(run: Run[T], one: T, other: T) -> bool:
    places = [run([other] * at + [one] + [other] * (SIZE - 1 - at))[at].tobytes() for at in range(SIZE)]
    return set(places) == {run([one] * SIZE)[0].tobytes()}
