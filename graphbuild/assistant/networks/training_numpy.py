"""Training in numpy: a small network is trained before TensorFlow would have been imported and its function traced.

numpy's library takes one thread: on matrices of this size more of them wait for each other. What nothing waits for, the
gradients of large kernels, is multiplied by a second thread of ours, which also goes over half of the weights: each
number is computed as one thread would, so the result is the same whatever the machine has.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from autograd.tracer import getval
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from graphbuild.assistant.networks import autograd_ops
from graphbuild.assistant.networks.autograd_ops import Product
from graphbuild.assistant.networks.steps import BETAS, EPSILON, MEASURE, Chunk, Task, Watcher

_BLOCK = 1 << 15
"""So many numbers are changed at a time that all that Adam needs of them stays in the processor's cache."""

_SHARED = 1 << 19
"""So many numbers to change are shared with the second thread."""

Floats = NDArray[np.float32]
Prepared = tuple[Floats, float]
"""A gradient of what there is to learn, flat, and the sum of its squares."""
Step = Mapping[str, NDArray[Any]]


def train(task: Task, watch: Watcher) -> dict[str, Floats]:
    """The trained weights."""
    # A loss that is no number is told of once, after the epoch.
    quiet = partial(np.seterr, all="ignore")
    with (
        threadpool_limits(1),
        np.errstate(all="ignore"),
        _without_collecting(),
        ThreadPoolExecutor(1, initializer=quiet) as beside,
    ):
        trainer = _Trainer(task, beside)
        for epoch in range(task.count):
            rate = task.optimiser.learning_rate * task.rate_of(epoch)
            sums: dict[str, float] = {}
            before = trainer.taken
            for step in (one for chunk in task.epochs(epoch) for one in _steps(chunk)):
                for name, value in trainer.take(step, rate).items():
                    sums[name] = sums.get(name, 0.0) + value
            facts = {name: total / max(trainer.taken - before, 1) for name, total in sums.items()}
            if not watch(epoch + 1, facts, trainer.weights):
                break
        return trainer.weights()


@contextlib.contextmanager
def _without_collecting() -> Iterator[None]:
    """What a step makes has no cycles: looking for some would take a twentieth of the time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _steps(chunk: Chunk) -> Iterator[Step]:
    for number in range(len(next(iter(chunk.values())).splits) - 1):
        yield {name: one.values[one.splits[number] : one.splits[number + 1]] for name, one in chunk.items()}


class _Trainer:
    """The weights, and what Adam remembers of each."""

    def __init__(self, task: Task, beside: Executor) -> None:
        self._task = task
        self._beside = beside
        self._weights = {name: np.array(one.value, order="C") for name, one in task.weights.items()}
        self._there = {name: np.flatnonzero(one.mask) for name, one in task.weights.items() if one.mask is not None}
        """Of each kernel with few connections where these are: Adam goes over them alone."""
        self._moments = {name: _Moments(len(self._learnt(name))) for name in self._weights}
        self.taken = 0
        """Steps so far."""

    def weights(self) -> dict[str, Floats]:
        """A copy of what was learnt so far."""
        return {name: one.copy() for name, one in self._weights.items()}

    def take(self, step: Step, rate: float) -> dict[str, float]:
        """One step: what the loss tells."""
        self.taken += 1
        gradients: dict[str, Prepared | Future[Prepared]] = {}
        found: dict[str, float] = autograd_ops.gradients(lambda anchor: self._loss(anchor, step, gradients))
        prepared = {name: one.result() if isinstance(one, Future) else one for name, one in gradients.items()}
        most = self._task.optimiser.clip_norm
        scale = None
        if most is not None:
            norm = sum(square for _, square in prepared.values()) ** 0.5
            scale = np.float32(min(1.0, most / max(norm, EPSILON)))
        length = rate * (1 - BETAS[1] ** self.taken) ** 0.5 / (1 - BETAS[0] ** self.taken)

        def change(names: list[str]) -> None:
            for name in names:
                gradient, _ = prepared[name]
                self._change(name, gradient if scale is None else gradient * scale, length)

        some, others = _halves({name: gradient.size for name, (gradient, _) in prepared.items()})
        done = self._beside.submit(change, others) if others else None
        change(some)
        if done is not None:
            done.result()
        return found

    def _change(self, name: str, gradient: Floats, length: float) -> None:
        learnt = self._learnt(name)
        self._moments[name].step(learnt, gradient, length)
        if name in self._there:
            self._weights[name].reshape(-1)[self._there[name]] = learnt

    def _learnt(self, name: str) -> Floats:
        """What there is to learn of a weight, flat: a copy of the connections that there are, or the weight itself."""
        flat = self._weights[name].reshape(-1)
        return flat[self._there[name]] if name in self._there else flat

    def _loss(
        self, anchor: Any, step: Step, gradients: dict[str, Prepared | Future[Prepared]]
    ) -> tuple[Any, dict[str, float]]:
        """The loss and all that is told; where the anchor's gradient is asked for, the weights' are put down."""
        weights = {}
        for name, one in self._weights.items():
            watched = autograd_ops.watched(anchor, one, partial(self._keep, gradients, name))
            rows = self._task.weights[name].rows
            weights[name] = watched if rows is None else autograd_ops.take(watched, step[rows], axis=0)
        noise = _Noise(np.random.default_rng([self._task.seed, self.taken]))
        found = self._task.loss(autograd_ops, weights, self._task.tables, step, noise)
        loss = sum(value for name, value in found.items() if not name.endswith(MEASURE))
        return loss, {"loss": float(getval(loss)), **{name: float(getval(value)) for name, value in found.items()}}

    def _keep(self, gradients: dict[str, Prepared | Future[Prepared]], name: str, gradient: Floats | Product) -> None:
        if isinstance(gradient, Product):
            gradients[name] = self._beside.submit(lambda: self._prepared(name, gradient.value()))
        else:
            gradients[name] = self._prepared(name, gradient)

    def _prepared(self, name: str, gradient: Floats) -> Prepared:
        """The gradient of what there is to learn, with regularisation; and the sum of its squares."""
        flat = gradient.reshape(-1)
        flat = flat[self._there[name]] if name in self._there else flat
        if self._task.weights[name].decays and self._task.optimiser.regularisation:
            decay = np.float32(2 * self._task.optimiser.regularisation)
            flat = flat + decay * self._learnt(name) * (flat > 0)
        return flat, float(np.vdot(flat, flat)) if self._task.optimiser.clip_norm is not None else 0.0


def _halves(sizes: Mapping[str, int]) -> tuple[list[str], list[str]]:
    """Names of about as much each; all are the first half where they are too few to share."""
    if sum(sizes.values()) < _SHARED:
        return list(sizes), []
    halves: tuple[list[str], list[str]] = ([], [])
    sums = [0, 0]
    for name in sorted(sizes, key=lambda one: -sizes[one]):
        least = sums.index(min(sums))
        halves[least].append(name)
        sums[least] += sizes[name]
    return halves


class _Moments:
    """What Adam remembers of n numbers."""

    def __init__(self, count: int) -> None:
        self._first = np.zeros(count, dtype=np.float32)
        self._second = np.zeros(count, dtype=np.float32)

    def step(self, weight: Floats, gradient: Floats, length: float) -> None:
        """Changes the weight [n] by a gradient [n]; length: of the step, with the corrections of both biases."""
        scratch = np.empty(min(_BLOCK, weight.size), dtype=np.float32)
        for start in range(0, weight.size, _BLOCK):
            w, m, v, g = (one[start : start + _BLOCK] for one in (weight, self._first, self._second, gradient))
            s = scratch[: len(w)]
            m += np.multiply(np.subtract(g, m, out=s), np.float32(1 - BETAS[0]), out=s)
            v *= np.float32(BETAS[1])
            v += np.multiply(np.square(g, out=s), np.float32(1 - BETAS[1]), out=s)
            np.add(np.sqrt(v, out=s), np.float32(EPSILON), out=s)
            w -= np.multiply(np.divide(m, s, out=s), np.float32(length), out=s)


class _Noise:
    """Random numbers of one step (networks.layers.Noise)."""

    def __init__(self, random: np.random.Generator) -> None:
        self._random = random

    def drop(self, x: Any, rate: float, *, makes_up: bool = True) -> Any:
        """Dropout, at rates that are multiples of 1/256."""
        limit = min(round(rate * 256), 255)
        if limit == 0:
            return x
        kept = self._random.integers(0, 256, x.shape, dtype=np.uint8) >= limit
        return x * (kept * np.float32(256 / (256 - limit) if makes_up else 1.0))

    def below(self, shape: tuple[Any, ...], limit: Any) -> Any:
        """Whole numbers in [0, limit)."""
        return self._random.integers(0, limit, shape, dtype=np.int32)

    def happens(self, shape: tuple[Any, ...], rate: float) -> Any:
        """True with a probability of `rate`."""
        return self._random.random(shape, dtype=np.float32) < rate
