"""Which examples share a batch, and in which order batches come. Knows no network.

n examples, labels are codes of what they are told apart by.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
_MOST_SQUARES = 1_000_000
"""Pairs of positions in a batch at most, but for one example that has more by itself."""
_WINDOW = 16
"""So many batches together are sorted by length, so that those of one batch are about equally long."""


def in_order(order: Ints, lengths: Ints, size: int) -> list[Ints]:
    """Examples in an order -> batches of so many that follow each other, fewer of very long ones."""
    found = []
    for first in range(0, len(order), size):
        found += _cut(order[first : first + size], lengths, size)
    return found


def alike(order: Ints, lengths: Ints, size: int, random: np.random.Generator) -> list[Ints]:
    """Examples in an order -> batches of about equally long ones, in a random order."""
    found = []
    for first in range(0, len(order), size * _WINDOW):
        found += _cut(order[first : first + size * _WINDOW], lengths, size)
    return [found[place] for place in random.permutation(len(found))]


def alike_by_label(
    order: Ints, labels: NDArray[np.int32], lengths: Ints, size: int, random: np.random.Generator
) -> list[Ints]:
    """Batches with the labels that the order gives them, of examples of these that are about equally long.

    Within a window examples change places with those of their own label alone: what is balanced stays balanced. Few
    batches stay as they are: sorted, they would be the same in every epoch, the short ones and the long.
    """
    if len(order) < size * _WINDOW:
        return in_order(order, lengths, size)
    sorted_ = order.copy()
    for first in range(0, len(order), size * _WINDOW):
        window = order[first : first + size * _WINDOW]
        places = np.argsort(labels[window], kind="stable")
        sorted_[first + places] = window[np.lexsort((lengths[window], labels[window]))]
    found = in_order(sorted_, lengths, size)
    return [found[place] for place in random.permutation(len(found))]


def _cut(window: Ints, lengths: Ints, size: int) -> list[Ints]:
    """Batches by length, the longest first: fewer where they are so long that attention would fill the memory."""
    found = []
    rest = window[np.argsort(lengths[window], kind="stable")]
    while len(rest):
        squares = (int(lengths[rest[-1]]) + 1) ** 2
        start = max(len(rest) - min(size, max(_MOST_SQUARES // squares, 1)), 0)
        found.append(rest[start:])
        rest = rest[:start]
    return found


def balanced(labels: NDArray[np.int32], size: int, random: np.random.Generator) -> Ints:
    """An order in which every batch has messages of every label, as far as there is room; rare ones come again.

    RASA.md 4.3, "Data generator".
    """
    by_label = [random.permutation(np.flatnonzero(labels == code)) for code in np.unique(labels)]
    shares = [len(one) * size // len(labels) + 1 for one in by_label]
    done = [False] * len(by_label)
    at = [0] * len(by_label)
    rests = [False] * len(by_label)
    parts: list[Ints] = []
    while not all(done):
        for code in random.permutation(len(by_label)).tolist():
            if done[code] and not rests[code]:
                rests[code] = True  # what was gone through already sits out every other time
                continue
            rests[code] = False
            parts.append(by_label[code][at[code] : at[code] + shares[code]])
            at[code] += shares[code]
            if at[code] >= len(by_label[code]):
                done[code], at[code] = True, 0
                if all(done):
                    break
    return np.concatenate(parts)
