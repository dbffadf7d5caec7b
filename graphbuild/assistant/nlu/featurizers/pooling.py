"""Pooling: vectors of words -> one of their message, and vectors of a model's own words -> those of our tokens."""

from __future__ import annotations

import itertools
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pooling = Literal["mean", "max"]
Vectors = NDArray[np.float32]


def pooled(vectors: Vectors, splits: NDArray[np.int64], how: Pooling) -> Vectors:
    """[t, d], splits [n + 1] -> [n, d]. Vectors of zeros are of unknown words and do not count."""
    made = np.zeros((len(splits) - 1, vectors.shape[1]), dtype=np.float32)
    ends = splits.tolist()
    for row, (first, last) in enumerate(itertools.pairwise(ends)):
        known = vectors[first:last]
        known = known[known.any(axis=1)]
        if len(known):
            made[row] = known.mean(axis=0) if how == "mean" else known.max(axis=0)
    return made


def aligned(
    vectors: Vectors, spans: list[tuple[int, int]], starts: NDArray[np.int32], ends: NDArray[np.int32]
) -> Vectors:
    """Vectors [k, d] of a model's own words, at these places -> [t, d]: of each token the mean of those it overlaps."""
    made = np.zeros((len(starts), vectors.shape[1]), dtype=np.float32)
    if not spans:
        return made
    begins = np.array([begin for begin, _ in spans])
    stops = np.array([stop for _, stop in spans])
    # Both come in order of place and do not overlap among themselves.
    firsts = np.searchsorted(stops, starts, side="right")
    lasts = np.searchsorted(begins, ends, side="left")
    for token, (first, last) in enumerate(zip(firsts.tolist(), lasts.tolist(), strict=True)):
        if first < last:
            made[token] = vectors[first:last].mean(axis=0)
    return made
