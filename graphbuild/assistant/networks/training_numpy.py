"""Training in numpy: what most networks of assistants take (networks.training says which).

numpy's library takes one thread: on matrices of this size more of them wait for each other. A step comes in two parts
where its loss allows it, one for each of two threads; else what nothing waits for, the gradients of large kernels, is
multiplied by the second. Half of the weights are changed by each. Parts are summed in their order, and each number is
computed as one thread would, so the result is the same whatever the machine has.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from graphbuild.assistant.networks.numpy_adam import Floats, Learnt, Pace, learnt
from graphbuild.assistant.networks.numpy_step import Network, Step, gradients_of
from graphbuild.assistant.networks.steps import EPSILON, Chunk, Task, Watcher, is_like

_SHARED = 1 << 19
"""So many numbers to change are shared with the second thread."""

_PARTS = 2
"""Of a step, at most."""

_TAKEN = "taken"


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
        for epoch in range(watch.begin(trainer, "numpy"), task.count):
            rate = task.optimiser.learning_rate * task.rate_of(epoch)
            sums: dict[str, float] = {}
            before = trainer.taken
            for parts in (one for chunk in task.epochs(epoch, _PARTS) for one in _steps(chunk)):
                for name, value in trainer.take(parts, rate).items():
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


def _steps(chunk: Chunk) -> Iterator[list[Step]]:
    """Each step in its parts."""
    parts: list[Step] = []
    for number in range(len(next(iter(chunk.values())).splits) - 1):
        parts.append({name: one.values[one.splits[number] : one.splits[number + 1]] for name, one in chunk.items()})
        if "parts" not in chunk or len(parts) == parts[0]["parts"][0]:
            yield parts
            parts = []


class _Trainer:
    """The weights, and the steps that change them."""

    def __init__(self, task: Task, beside: Executor) -> None:
        self._task = task
        self._network = Network(task.loss, task.tables, task.seed)
        self._beside = beside
        self._weights = {name: learnt(one) for name, one in task.weights.items()}
        self._halves = _halves({name: one.size for name, one in self._weights.items()})
        self._pace = Pace(0, 0.0, 2 * task.optimiser.regularisation)

    @property
    def taken(self) -> int:
        """Steps so far."""
        return self._pace.taken

    def weights(self) -> dict[str, Floats]:
        """A copy of what was learnt so far."""
        return {name: one.value(self._pace) for name, one in self._weights.items()}

    def kept(self) -> dict[str, NDArray[Any]]:
        """A copy of all that later steps depend on (networks.steps.State)."""
        return {name: one.copy() for name, one in self._arrays().items()}

    def go_on(self, kept: Mapping[str, NDArray[Any]]) -> bool:
        """Takes up what was kept, in the place of what there is."""
        own = self._arrays()
        if not is_like(kept, own):
            return False
        for name, one in own.items():
            np.copyto(one, kept[name])
        self._pace = replace(self._pace, taken=int(kept[_TAKEN]))
        return True

    def _arrays(self) -> dict[str, NDArray[Any]]:
        found = {f"{name}/{part}": own for name, one in self._weights.items() for part, own in one.arrays().items()}
        return {**found, _TAKEN: np.array(self.taken)}

    def take(self, parts: Sequence[Step], rate: float) -> dict[str, float]:
        """One step: what the loss tells."""
        self._pace = replace(self._pace, taken=self.taken + 1, rate=rate)
        seen = self._seen(parts)
        told, gradients = gradients_of(self._network, seen, parts, self.taken, self._beside)
        self._change(gradients)
        return told

    def _seen(self, parts: Sequence[Step]) -> dict[str, list[Floats]]:
        """Each weight as each part sees it."""
        found: dict[str, list[Floats]] = {}

        def see(name: str, one: Learnt) -> None:
            rows = self._task.weights[name].rows
            used = [np.zeros(0, np.int32) if rows is None else part[rows] for part in parts]
            found[name] = one.seen(used, self._pace)

        self._for_each(self._weights, see)
        return found

    def _change(self, gradients: Mapping[str, Sequence[Floats]]) -> None:
        most = self._task.optimiser.clip_norm
        if most is None:
            self._for_each(gradients, lambda name, one: one.change(gradients[name], self._pace))
            return
        summed: dict[str, Floats] = {}

        def sum_up(name: str, one: Learnt) -> None:
            summed[name] = one.summed(gradients[name], self._pace)

        self._for_each(gradients, sum_up)
        norm = sum(float(np.vdot(summed[name], summed[name])) for name in gradients) ** 0.5
        scale = np.float32(min(1.0, most / max(norm, EPSILON)))
        self._for_each(gradients, lambda name, one: one.take(summed[name] * scale, self._pace))

    def _for_each(self, wanted: Container[str], do: Callable[[str, Learnt], None]) -> None:
        """Does something for each of some weights, for half of them beside."""

        def do_all(names: Sequence[str]) -> None:
            for name in names:
                if name in wanted:
                    do(name, self._weights[name])

        some, others = self._halves
        done = self._beside.submit(do_all, others) if others else None
        do_all(some)
        if done is not None:
            done.result()


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
