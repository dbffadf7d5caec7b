"""Weights, what Adam remembers of each, and its steps, in numpy.

A step goes over so many numbers at a time that all that it needs of them stays in the processor's cache. Each weight is
changed by one thread, whatever the machine has. Kingma and Ba, "Adam", arXiv 1412.6980.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.layers import Weight
from graphbuild.assistant.networks.momentum import CORRECTED, RATIO, TAILS
from graphbuild.assistant.networks.steps import BETAS, EPSILON

_BLOCK = 1 << 15
_MANY_ROWS = 4096
"""Of a kernel over features: of fewer, a step uses so many that the others are changed faster than found."""

Floats = NDArray[np.float32]
Used = NDArray[np.int32]


@dataclass(frozen=True)
class Pace:
    """Of one step, which counts from 1."""

    taken: int
    rate: float
    """Of learning."""
    decay: float
    """How strongly regularisation pulls at what has a positive gradient (networks.steps.Optimiser)."""

    @property
    def length(self) -> float:
        """The rate with the corrections of both moments' biases."""
        corrections = float((1 - BETAS[1] ** self.taken) ** 0.5 / (1 - BETAS[0] ** self.taken))
        return self.rate * corrections


class Learnt(Protocol):
    """A weight that is learnt. Gradients are of what `seen` gave, one for each part of the step."""

    size: int
    """Numbers that a step changes, about."""

    def seen(self, used: Sequence[Used], pace: Pace) -> list[Floats]:
        """The weight, or the rows of it that are used, as each part of the step that now begins sees it."""

    def summed(self, gradients: Sequence[Floats], pace: Pace) -> Floats:
        """The gradient of all that a step changes, with regularisation."""

    def change(self, gradients: Sequence[Floats], pace: Pace) -> None:
        """Takes the step."""

    def take(self, gradient: Floats, pace: Pace) -> None:
        """Takes the step by what `summed` gave."""

    def value(self, pace: Pace) -> Floats:
        """A copy of the weight after that step."""

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that later steps depend on, itself and no copy, by name."""


def learnt(weight: Weight) -> Learnt:
    """A weight at its beginning."""
    if weight.rows is not None and len(weight.value) >= _MANY_ROWS:
        return _ByRows(weight)
    return _Whole(weight)


class _Whole:
    """A weight of which every step changes all, or all connections that there are."""

    def __init__(self, weight: Weight) -> None:
        self._weight = np.array(weight.value, order="C")
        self._decays = weight.decays
        self._is_of_rows = weight.rows is not None
        self._there = None if weight.mask is None else np.flatnonzero(weight.mask)
        self.size = self._weight.size if self._there is None else len(self._there)
        self._first, self._second = np.zeros(self.size, np.float32), np.zeros(self.size, np.float32)
        self._used: Sequence[Used] = ()

    def seen(self, used: Sequence[Used], pace: Pace) -> list[Floats]:  # noqa: ARG002 - nothing is behind
        self._used = used
        return [self._weight[rows] for rows in used] if self._is_of_rows else [self._weight] * len(used)

    def summed(self, gradients: Sequence[Floats], pace: Pace) -> Floats:
        flat = self._flat(gradients)
        found = flat[0] if len(flat) == 1 else np.sum(flat, axis=0)
        return _pulled(found, self._numbers(), pace.decay) if self._decays else found

    def change(self, gradients: Sequence[Floats], pace: Pace) -> None:
        self._step(self._flat(gradients), pace.decay if self._decays else 0.0, pace)

    def take(self, gradient: Floats, pace: Pace) -> None:
        self._step([gradient], 0.0, pace)

    def value(self, pace: Pace) -> Floats:  # noqa: ARG002 - nothing is behind
        return self._weight.copy()

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"value": self._weight, "first": self._first, "second": self._second}

    def _step(self, flat: Sequence[Floats], decay: float, pace: Pace) -> None:
        numbers = self._numbers()
        for start in range(0, self.size, _BLOCK):
            block = slice(start, start + _BLOCK)
            g = flat[0][block]
            for other in flat[1:]:
                g = g + other[block]
            g = _pulled(g, numbers[block], decay) if decay else g
            _adam(numbers[block], self._first[block], self._second[block], g, pace.length)
        if self._there is not None:
            self._weight.reshape(-1)[self._there] = numbers

    def _numbers(self) -> Floats:
        """What there is to learn, flat: a copy of the connections that there are, or the weight itself."""
        flat = self._weight.reshape(-1)
        return flat if self._there is None else flat[self._there]

    def _flat(self, gradients: Sequence[Floats]) -> list[Floats]:
        if self._is_of_rows:
            whole = np.zeros_like(self._weight)
            for rows, gradient in zip(self._used, gradients, strict=True):
                whole[rows] += gradient  # each row is there once
            return [whole.reshape(-1)]
        flat = [gradient.reshape(-1) for gradient in gradients]
        return flat if self._there is None else [one[self._there] for one in flat]


class _ByRows:
    """A kernel of which a step uses few rows: it changes these alone, and they catch up first (networks.momentum)."""

    def __init__(self, weight: Weight) -> None:
        self._weight = np.array(weight.value, order="C")
        self._decays = weight.decays
        self._first, self._second = np.zeros_like(self._weight), np.zeros_like(self._weight)
        self._done = np.zeros(len(self._weight), dtype=np.int64)
        """The last step that changed each row."""
        self._rows = np.zeros(0, dtype=np.int32)
        self._places: list[NDArray[np.int64]] = []
        self.size = self._weight.size // 2

    def seen(self, used: Sequence[Used], pace: Pace) -> list[Floats]:
        self._rows = used[0] if len(used) == 1 else np.unique(np.concatenate(used))
        self._places = [np.searchsorted(self._rows, rows) for rows in used]
        done = pace.taken - 1
        for rows in self._blocks():
            missed = done - self._done[rows]
            if missed.any():
                w, m, v = self._weight[rows], self._first[rows], self._second[rows]
                self._weight[rows] = w - _carried(m, v, self._done[rows], done, pace.rate)
                self._first[rows] = m * _shrunk(BETAS[0], missed)
                self._second[rows] = v * _shrunk(BETAS[1], missed)
        self._done[self._rows] = done
        return [self._weight[rows] for rows in used]

    def summed(self, gradients: Sequence[Floats], pace: Pace) -> Floats:
        found = self._sum(gradients, 0, len(self._rows))
        return _pulled(found, self._weight[self._rows], pace.decay) if self._decays else found

    def change(self, gradients: Sequence[Floats], pace: Pace) -> None:
        start = 0
        for rows in self._blocks():
            g = self._sum(gradients, start, start + len(rows))
            start += len(rows)
            self._step(rows, g, pace.decay if self._decays else 0.0, pace)
        self._done[self._rows] = pace.taken

    def take(self, gradient: Floats, pace: Pace) -> None:
        start = 0
        for rows in self._blocks():
            self._step(rows, gradient[start : start + len(rows)], 0.0, pace)
            start += len(rows)
        self._done[self._rows] = pace.taken

    def value(self, pace: Pace) -> Floats:
        return self._weight - _carried(self._first, self._second, self._done, pace.taken, pace.rate)

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"value": self._weight, "first": self._first, "second": self._second, "done": self._done}

    def _step(self, rows: Used, g: Floats, decay: float, pace: Pace) -> None:
        w, m, v = self._weight[rows], self._first[rows], self._second[rows]
        _adam(w, m, v, _pulled(g, w, decay) if decay else g, pace.length)
        self._weight[rows], self._first[rows], self._second[rows] = w, m, v

    def _blocks(self) -> Iterator[Used]:
        height = max(_BLOCK // self._weight.shape[1], 1)
        for start in range(0, len(self._rows), height):
            yield self._rows[start : start + height]

    def _sum(self, gradients: Sequence[Floats], start: int, end: int) -> Floats:
        """The gradients of some of the rows that are used, of all parts."""
        found = np.zeros((end - start, self._weight.shape[1]), dtype=np.float32)
        for places, gradient in zip(self._places, gradients, strict=True):
            first, last = np.searchsorted(places, (start, end))
            found[places[first:last] - start] += gradient[first:last]
        return found


def _adam(w: Floats, m: Floats, v: Floats, g: Floats, length: float) -> None:
    """Changes weights and their moments by a gradient, in place."""
    s = np.empty_like(w)
    m += np.multiply(np.subtract(g, m, out=s), np.float32(1 - BETAS[0]), out=s)
    v *= np.float32(BETAS[1])
    v += np.multiply(np.square(g, out=s), np.float32(1 - BETAS[1]), out=s)
    np.add(np.sqrt(v, out=s), np.float32(EPSILON), out=s)
    w -= np.multiply(np.divide(m, s, out=s), np.float32(length), out=s)


def _pulled(g: Floats, w: Floats, decay: float) -> Floats:
    return np.asarray(g + np.float32(decay) * w * (g > 0))


def _carried(m: Floats, v: Floats, then: NDArray[Any], now: int, rate: float) -> Floats:
    """How far momentum carried rows from one step to another. m, v [k, u], then [k]."""
    far = TAILS[np.minimum(then, CORRECTED)] - _shrunk(RATIO, now - then)[:, 0] * TAILS[min(now, CORRECTED)]  # [k]
    return np.asarray(np.float32(rate) * far[:, None] * m / (np.sqrt(v) + np.float32(EPSILON)))


def _shrunk(ratio: float, missed: NDArray[Any]) -> Floats:
    """How much is left of moments. [k] -> [k, 1]."""
    return np.power(np.float32(ratio), missed[:, None].astype(np.float32))
