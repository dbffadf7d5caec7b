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
    taken = [group[: min(round(len(group) * share), len(group) - 1)] for group in groups]
    held = np.concatenate([np.zeros(0, dtype=np.int64), *taken])[:count]
    return np.setdiff1d(messages, held), np.sort(held)
