"""A linear-chain conditional random field over the positions of a sequence.

b sequences, s positions, k tags. Source: Lafferty, McCallum and Pereira, "Conditional Random Fields", ICML 2001. Sums
over ways are products of matrices of exponentials, scaled at each position, which costs one matrix product a position.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.layers import Tensor

_TINY = 1e-30
"""Keeps the logarithm of a way that can all but not be taken finite."""


def losses(ops: Any, scores: Tensor, tags: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """Negative log-likelihoods [b] of tags [b, s], given scores [b, s, k] of each and transitions [k, k].

    mask [b, s]: positions that exist, of each sequence those at its beginning.
    """
    each = _log_partition(ops, scores, mask, transitions) - _score(ops, scores, tags, mask, transitions)
    return ops.where(mask[:, 0], each, 0.0)  # a sequence without positions has one way, which is nothing


def _score(ops: Any, scores: Tensor, tags: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """What one way scores: its tags, and the steps from each to the next. [b]."""
    count = transitions.shape[0]
    exists = ops.cast(mask, "float32")
    is_tag = ops.cast(ops.expand_dims(tags, -1) == ops.arange(count), "float32")  # [b, s, k]
    unary = ops.sum(ops.sum(scores * is_tag, axis=-1) * exists, axis=-1)
    steps = ops.take(ops.reshape(transitions, (-1,)), tags[:, :-1] * count + tags[:, 1:])  # [b, s - 1]
    return unary + ops.sum(steps * exists[:, 1:], axis=-1)


def _log_partition(ops: Any, scores: Tensor, mask: Tensor, transitions: Tensor) -> Tensor:
    """The logarithm of the sum over all ways of exp(score), [b]."""
    if (at_once := getattr(ops, "log_partition", None)) is not None:
        return at_once(scores, mask, transitions, _TINY)
    highest = ops.stop_gradient(ops.max(transitions))
    factors = ops.exp(transitions - highest)  # [k, k]

    def step(position: Any, before: Tensor) -> Tensor:
        score, exists = by_position[position], there[position]  # [b, k], [b, 1]
        most = ops.stop_gradient(ops.max(before, axis=-1, keepdims=True))  # [b, 1]
        summed = ops.log(ops.matmul(ops.exp(before - most), factors) + _TINY) + most + highest  # [b, k]
        return ops.where(exists, summed + score, before)

    by_position = ops.transpose(scores, (1, 0, 2))  # [s, b, k]
    there = ops.expand_dims(ops.transpose(mask, (1, 0)), -1)  # [s, b, 1]
    last = ops.fori_loop(1, ops.shape(by_position)[0], step, by_position[0])
    return ops.logsumexp(last, axis=-1)


def best_tags(scores: NDArray[np.float32], transitions: NDArray[np.float32]) -> NDArray[np.int32]:
    """The likeliest tags [s] of one sequence, given its scores [s, k] (Viterbi's algorithm)."""
    length = len(scores)
    back = np.zeros(scores.shape, dtype=np.int32)
    best = scores[0]
    for position in range(1, length):
        ways = best[:, None] + transitions  # [k, k]
        back[position] = ways.argmax(axis=0)
        best = ways.max(axis=0) + scores[position]
    tags = np.zeros(length, dtype=np.int32)
    tags[-1] = best.argmax()
    for position in range(length - 1, 0, -1):
        tags[position - 1] = back[position, tags[position]]
    return tags


def marginals(scores: NDArray[np.float32], transitions: NDArray[np.float32]) -> NDArray[np.float32]:
    """How probable each tag is at each position of one sequence. [s, k] -> [s, k]."""
    highest = transitions.max()
    factors = np.exp(transitions - highest)  # [k, k]
    forward, backward = scores.astype(np.float32, copy=True), np.zeros_like(scores)
    for position in range(1, len(scores)):
        forward[position] += _product(forward[position - 1], factors, highest)
        later = len(scores) - 1 - position
        backward[later] = _product(backward[later + 1] + scores[later + 1], factors.T, highest)
    both = forward + backward
    exponents = np.exp(both - both.max(axis=-1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True))


def _product(logits: NDArray[np.float32], factors: NDArray[np.float32], highest: np.float32) -> NDArray[np.float32]:
    most = logits.max()
    return np.asarray(np.log(np.exp(logits - most) @ factors + np.float32(_TINY)) + most + highest)
