"""The sum over all ways of a linear-chain conditional random field in numpy, with its gradient: one operation of many.

As `networks.crf` computes it step by step. A graph of those steps would have a dozen nodes for each position, which
cost more than what they compute. Knows no autograd.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Gradient = Callable[[Floats], tuple[Floats, Floats]]


def log_partition(
    scores: Floats, exists: NDArray[Any], transitions: Floats, tiny: float
) -> tuple[Floats, list[tuple[Floats, Floats]], Floats]:
    """The logarithm of the sum over all ways of exp(score), [b]; and what the gradient needs.

    scores [b, s, k], exists [b, s] (of each sequence those at its beginning), transitions [k, k]. Of each step
    exp(before) [b, k] and what it sums to [b, k]; the last sums [b, k].
    """
    highest = transitions.max()
    factors = np.exp(transitions - highest)
    before = scores[:, 0]
    steps = []
    for position in range(1, scores.shape[1]):
        most = before.max(axis=-1, keepdims=True)
        weights = np.exp(before - most)
        sums = np.matmul(weights, factors) + np.float32(tiny)
        after = np.log(sums) + most + highest + scores[:, position]
        before = np.where(exists[:, position, None], after, before)
        steps.append((weights, sums))
    most = before.max(axis=-1, keepdims=True)
    whole = np.log(np.sum(np.exp(before - most), axis=-1)) + most[:, 0]
    return whole, steps, before


def gradients(
    g: Floats,
    exists: NDArray[Any],
    transitions: Floats,
    steps: list[tuple[Floats, Floats]],
    last: Floats,
    whole: Floats,
) -> tuple[Floats, Floats]:
    """The gradients of scores [b, s, k] and transitions [k, k], given that of the result [b]."""
    factors = np.exp(transitions - transitions.max())
    count = len(steps) + 1
    of_scores = np.zeros((len(last), count, last.shape[1]), dtype=np.float32)
    of_factors = np.zeros_like(factors)
    back = g[:, None] * np.exp(last - whole[:, None])  # [b, k]
    for position in range(count - 1, 0, -1):
        weights, sums = steps[position - 1]
        is_there = exists[:, position, None]
        of_scores[:, position] = np.where(is_there, back, 0)
        of_sums = of_scores[:, position] / sums
        of_factors += weights.T @ of_sums
        back = np.where(is_there, np.matmul(of_sums, factors.T) * weights, back)
    of_scores[:, 0] = back
    return of_scores, of_factors * factors
