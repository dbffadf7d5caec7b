"""Messages that are held out of a training to be tried on: of every label, as far as it has enough of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def split_off(messages: Ints, labels: NDArray[np.int32] | None, count: int, seed: int) -> tuple[Ints, Ints]:
    """Numbers of messages -> those to learn from, and at most `count` to try, sorted.

    Of each label its share is held out, and at least one message stays to learn from: a label that is seen once is
    never held out, nor is one unknown to the training tried.
    """
    random = np.random.default_rng([seed, 1])
    shuffled = messages[random.permutation(len(messages))]
    if labels is None:
        held = shuffled[: min(count, max(len(messages) - 1, 0))]
        return np.setdiff1d(messages, held), np.sort(held)
    groups = [shuffled[labels[shuffled] == code] for code in np.unique(labels[messages])]
    share = min(count / max(len(messages), 1), 1.0)
    sizes = [min(int(len(group) * share), len(group) - 1) for group in groups]
    # What rounding leaves goes to those whose share it cuts most.
    by_rest = sorted(range(len(groups)), key=lambda place: sizes[place] - len(groups[place]) * share)
    for place in by_rest[: max(count - sum(sizes), 0)]:
        sizes[place] = min(sizes[place] + 1, len(groups[place]) - 1)
    taken = [group[:size] for group, size in zip(groups, sizes, strict=True)]
    held = np.concatenate([np.zeros(0, dtype=np.int64), *taken])
    return np.setdiff1d(messages, held), np.sort(held)
