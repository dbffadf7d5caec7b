"""Training on JAX: a step is compiled for its shapes, which are rounded up to powers of two so that few occur."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import keras_ops
from graphbuild.assistant.networks.steps import BETAS, EPSILON, MEASURE, Chunk, Task, Watcher

_LEAST = 8

Arrays = dict[str, Any]


def train(task: Task, watch: Watcher) -> dict[str, NDArray[np.float32]]:
    """The trained weights."""
    weights: Arrays = {name: jnp.asarray(one.value) for name, one in task.weights.items()}
    moments = {name: (jnp.zeros_like(one), jnp.zeros_like(one)) for name, one in weights.items()}
    tables = {name: jnp.asarray(table) for name, table in task.tables.items()}
    step = jax.jit(partial(_step, task), static_argnames="sizes", donate_argnums=(0, 1))
    taken = 0

    def copied() -> dict[str, NDArray[np.float32]]:
        return {name: np.array(one) for name, one in weights.items()}

    for epoch in range(task.count):
        rate = task.optimiser.learning_rate * task.rate_of(epoch)
        sums: dict[str, float] = {}
        before = taken
        for values, sizes in (one for chunk in task.epochs(epoch) for one in _padded(chunk)):
            taken += 1
            weights, moments, found = step(weights, moments, tables, values, taken, rate, sizes=sizes)
            sums = {name: sums.get(name, 0.0) + float(value) for name, value in found.items()}
        facts = {name: total / max(taken - before, 1) for name, total in sums.items()}
        if not watch(epoch + 1, facts, copied):
            break
    return copied()


def _step(
    task: Task,
    weights: Arrays,
    moments: Mapping[str, tuple[Any, Any]],
    tables: Arrays,
    values: Arrays,
    taken: Any,
    rate: Any,
    *,
    sizes: tuple[tuple[str, int], ...],
) -> tuple[Arrays, dict[str, tuple[Any, Any]], Arrays]:
    """One step: the weights and moments after it, and what the loss tells."""
    step = {**values, **{name: [size] for name, size in sizes}}
    noise = _Noise(jax.random.fold_in(jax.random.key(task.seed), taken))

    def total(weights: Arrays) -> tuple[Any, Arrays]:
        used = {
            name: weights[name] if one.rows is None else jnp.take(weights[name], values[one.rows], axis=0)
            for name, one in task.weights.items()
        }
        if task.precision != "float32":
            used = {name: one.astype(task.precision) if task.is_multiplied(name) else one for name, one in used.items()}
        found = task.loss(keras_ops, used, tables, step, noise)
        loss = sum(value for name, value in found.items() if not name.endswith(MEASURE))
        return loss, {"loss": loss, **found}

    gradients, found = jax.grad(total, has_aux=True)(weights)
    for name, one in task.weights.items():
        if task.optimiser.regularisation and one.decays:
            pull = 2 * task.optimiser.regularisation * weights[name]
            gradients[name] += jnp.where(gradients[name] > 0, pull, 0.0)
        if one.mask is not None:
            gradients[name] *= one.mask
    if task.optimiser.clip_norm is not None:
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(one)) for one in gradients.values()))
        scale = jnp.minimum(1.0, task.optimiser.clip_norm / jnp.maximum(norm, EPSILON))
        gradients = {name: one * scale for name, one in gradients.items()}
    after, remembered = {}, {}
    length = rate * jnp.sqrt(1 - jnp.power(BETAS[1], taken)) / (1 - jnp.power(BETAS[0], taken))
    for name, gradient in gradients.items():
        first = BETAS[0] * moments[name][0] + (1 - BETAS[0]) * gradient
        second = BETAS[1] * moments[name][1] + (1 - BETAS[1]) * jnp.square(gradient)
        after[name] = weights[name] - length * first / (jnp.sqrt(second) + EPSILON)
        remembered[name] = first, second
    return after, remembered, found


def _padded(chunk: Chunk) -> Iterator[tuple[Arrays, tuple[tuple[str, int], ...]]]:
    """The steps of a chunk: arrays filled up to rounded lengths, and the sizes that shapes depend on."""
    count = len(next(iter(chunk.values())).splits) - 1
    for number in range(count):
        values: Arrays = {}
        sizes = []
        for name, column in chunk.items():
            rows = column.values[column.splits[number] : column.splits[number + 1]]
            if column.is_size:
                sizes.append((name, _rounded(int(rows[0]))))
                continue
            wanted = len(rows) if name == "count" else _rounded(len(rows))
            filling = np.full((wanted - len(rows), *rows.shape[1:]), column.fill, dtype=rows.dtype)
            values[name] = np.concatenate([rows, filling])
        yield values, tuple(sizes)


def _rounded(size: int) -> int:
    """The next power of two."""
    return max(_LEAST, 1 << (size - 1).bit_length())


class _Noise:
    """Random numbers of one step (networks.layers.Noise)."""

    def __init__(self, key: Any) -> None:
        self._key = key
        self._drawn = 0

    def drop(self, x: Any, rate: float, *, makes_up: bool = True) -> Any:
        """Dropout."""
        if rate == 0:
            return x
        return jnp.where(jax.random.bernoulli(self._next(), 1 - rate, x.shape), x / (1 - rate) if makes_up else x, 0.0)

    def below(self, shape: tuple[Any, ...], limit: Any) -> Any:
        """Whole numbers in [0, limit)."""
        return jax.random.randint(self._next(), shape, 0, limit)

    def happens(self, shape: tuple[Any, ...], rate: float) -> Any:
        """True with a probability of `rate`."""
        return jax.random.bernoulli(self._next(), rate, shape)

    def _next(self) -> Any:
        self._drawn += 1
        return jax.random.fold_in(self._key, self._drawn)
