"""The gradients of one step, in numpy: what the loss tells, and for each weight the gradients of its parts.

In parts a step goes forwards in two threads; what they made is judged together; then it goes backwards in two. So the
loss is that of the whole step, and each number is computed as one thread would.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from autograd.tracer import getval
from numpy.typing import NDArray

from graphbuild.assistant.networks import autograd_ops
from graphbuild.assistant.networks.autograd_ops import Product
from graphbuild.assistant.networks.numpy_adam import Floats
from graphbuild.assistant.networks.steps import MEASURE, Loss, PartedLoss

Step = Mapping[str, NDArray[Any]]
Told = dict[str, float]
Gradients = dict[str, list[Floats]]
"""Of each weight one for each part, or for what judges them, that asks for it."""
_Keep = Callable[[str, Any], None]


@dataclass(frozen=True)
class Network:
    """What does not change from step to step."""

    loss: Loss
    tables: Mapping[str, NDArray[Any]]
    seed: int

    def noise(self, number: int, place: int = 0) -> Noise:
        """What is random in a step, and in a part of it."""
        return Noise(np.random.default_rng([self.seed, number, *([place] if place else [])]))


def gradients_of(
    network: Network, seen: Mapping[str, Sequence[Floats]], parts: Sequence[Step], number: int, beside: Executor
) -> tuple[Told, Gradients]:
    """What the loss of a step tells, and the gradients. `seen`: the weights as each part sees them."""
    if len(parts) == 1:
        return _at_once(network, seen, parts[0], number, beside)
    return _in_parts(network, seen, parts, number, beside)


def _at_once(
    network: Network, seen: Mapping[str, Sequence[Floats]], step: Step, number: int, beside: Executor
) -> tuple[Told, Gradients]:
    """In one thread; what nothing waits for, gradients of large kernels, is multiplied beside."""
    kept: dict[str, Floats | Future[Floats]] = {}

    def keep(name: str, gradient: Floats | Product) -> None:
        kept[name] = beside.submit(gradient.value) if isinstance(gradient, Product) else gradient

    def loss(anchor: Any) -> tuple[Any, Told]:
        weights = _watched(anchor, seen, 0, keep)
        return _told(network.loss(autograd_ops, weights, network.tables, step, network.noise(number)))

    told: Told = autograd_ops.gradients(loss)
    return told, {name: [one.result() if isinstance(one, Future) else one] for name, one in kept.items()}


def _in_parts(
    network: Network, seen: Mapping[str, Sequence[Floats]], parts: Sequence[Step], number: int, beside: Executor
) -> tuple[Told, Gradients]:
    """In a thread for each part, but for the judgement of all."""
    assert isinstance(network.loss, PartedLoss), "its samples go their own way"
    kept: list[dict[str, Floats]] = [{} for _ in (*parts, None)]

    def forwards(place: int) -> tuple[Any, dict[str, Any]]:
        def make(anchor: Any) -> dict[str, Any]:
            weights = _watched(anchor, seen, place, partial(_keep, kept[place]))
            return part(autograd_ops, weights, network.tables, parts[place], network.noise(number, place))

        return autograd_ops.forwards(make)

    part, whole, joined = network.loss.part, network.loss.whole, network.loss.joined(parts)
    made = _for_all(forwards, len(parts), beside)
    values = {name: np.concatenate([getval(own[name]) for _, own in made]) for name in made[0][1]}
    backs: dict[str, Floats] = {}

    def judge(anchor: Any) -> tuple[Any, Told]:
        weights = _watched(anchor, seen, 0, partial(_keep, kept[-1]))
        samples = {name: autograd_ops.watched(anchor, one, partial(_keep, backs, name)) for name, one in values.items()}
        noise = network.noise(number, len(parts))
        return _told(whole(autograd_ops, weights, network.tables, joined, samples, noise))

    told: Told = autograd_ops.gradients(judge)
    ends = np.cumsum([len(getval(next(iter(own.values())))) for _, own in made])
    given = {name: np.split(one, ends[:-1]) for name, one in backs.items()}

    def backwards(place: int) -> None:
        root, own = made[place]
        # A number whose gradients by what was made are those that the judgement has.
        back = [autograd_ops.sum(one * given[name][place]) for name, one in own.items() if name in given]
        autograd_ops.backwards(root, sum(back))

    _for_all(backwards, len(parts), beside)
    return told, {name: [own[name] for own in kept if name in own] for name in seen if any(name in own for own in kept)}


def _for_all(do: Callable[[int], Any], count: int, beside: Executor) -> list[Any]:
    """Does something for each part: the first here, the others beside."""
    others = [beside.submit(do, place) for place in range(1, count)]
    return [do(0), *(one.result() for one in others)]


def _watched(anchor: Any, seen: Mapping[str, Sequence[Floats]], place: int, keep: _Keep) -> dict[str, Any]:
    return {name: autograd_ops.watched(anchor, own[place], partial(keep, name)) for name, own in seen.items()}


def _keep(kept: dict[str, Floats], name: str, gradient: Floats | Product) -> None:
    kept[name] = gradient.value() if isinstance(gradient, Product) else gradient


def _told(found: Mapping[str, Any]) -> tuple[Any, Told]:
    """The loss, and all that is told."""
    loss = sum(value for name, value in found.items() if not name.endswith(MEASURE))
    return loss, {"loss": float(getval(loss)), **{name: float(getval(value)) for name, value in found.items()}}


class Noise:
    """Random numbers (networks.layers.Noise)."""

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
