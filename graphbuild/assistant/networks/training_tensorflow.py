"""Training on TensorFlow: one traced function, which takes many steps of any shapes a call.

Of a kernel over sparse features a step uses few rows: those alone are read and changed (networks.sparse_adam).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import keras_ops
from graphbuild.assistant.networks.sparse_adam import SparseAdam
from graphbuild.assistant.networks.steps import BETAS, EPSILON, MEASURE, Chunk, Task, Watcher, is_like
from graphbuild.assistant.networks.tensorflow_start import keras, tf


def train(task: Task, watch: Watcher) -> dict[str, NDArray[np.float32]]:
    """The trained weights."""
    tf.config.experimental.enable_op_determinism()
    trainer = _Trainer(task)
    for epoch in range(watch.begin(trainer, "tensorflow"), task.count):
        trainer.rate.assign(task.optimiser.learning_rate * task.rate_of(epoch))
        totals: dict[str, float] = {}
        steps = 0
        for chunk in task.epochs(epoch):
            sums, count = trainer.take(chunk)
            steps += count
            for name, value in sums.items():
                totals[name] = totals.get(name, 0.0) + float(value)
        facts = {name: total / max(steps, 1) for name, total in totals.items()}
        if not watch(epoch + 1, facts, trainer.weights):
            break
    found = trainer.weights()
    keras.utils.clear_session()
    return found


class _Trainer:
    """The weights, what Adam remembers of each, and the function that goes through a chunk."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._step = tf.Variable(0, dtype=tf.int64)
        self.rate = tf.Variable(0.0)
        whole = {name: one for name, one in task.weights.items() if one.rows is None}
        self._weights = {name: tf.Variable(one.value) for name, one in whole.items()}
        self._moments = {
            name: (tf.Variable(tf.zeros_like(one)), tf.Variable(tf.zeros_like(one)))
            for name, one in self._weights.items()
        }
        self._masks = {name: tf.constant(one.mask, tf.float32) for name, one in whole.items() if one.mask is not None}
        self._sparse = {name: SparseAdam(one.value) for name, one in task.weights.items() if one.rows is not None}
        self._tables = {name: tf.constant(table) for name, table in task.tables.items()}
        self._run: Any = None

    def take(self, chunk: Chunk) -> tuple[dict[str, Any], int]:
        """Goes through the steps of a chunk. Sums of the losses and measures, and how many steps there were."""
        values = {name: column.values for name, column in chunk.items()}
        splits = {name: column.splits for name, column in chunk.items()}
        if self._run is None:
            self._run = tf.function(
                self._steps,
                autograph=False,
                input_signature=[
                    {name: tf.TensorSpec([None, *one.shape[1:]], one.dtype) for name, one in values.items()},
                    {name: tf.TensorSpec([None], tf.int64) for name in splits},
                ],
            )
        found = self._run(values, splits)
        return {name: value.numpy() for name, value in found.items()}, len(next(iter(splits.values()))) - 1

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """A copy of what was learnt so far."""
        found = {name: np.array(one.numpy()) for name, one in self._weights.items()}
        found |= {name: one.caught_up(self._step, self.rate) for name, one in self._sparse.items()}
        return {name: found[name] for name in self._task.weights}

    def kept(self) -> dict[str, NDArray[Any]]:
        """A copy of all that later steps depend on (networks.steps.State)."""
        return {name: np.array(one.numpy()) for name, one in self._variables().items()}

    def go_on(self, kept: Mapping[str, NDArray[Any]]) -> bool:
        """Takes up what was kept, in the place of what there is."""
        own = self._variables()
        if not is_like(kept, {name: one.numpy() for name, one in own.items()}):
            return False
        for name, one in own.items():
            one.assign(kept[name])
        return True

    def _variables(self) -> dict[str, Any]:
        found = {"step": self._step}
        for name, one in self._weights.items():
            first, second = self._moments[name]
            found |= {f"{name}/value": one, f"{name}/first": first, f"{name}/second": second}
        for name, rows in self._sparse.items():
            found |= {f"{name}/{part}": own for part, own in rows.variables().items()}
        return found

    def _steps(self, values: Mapping[str, Any], splits: Mapping[str, Any]) -> dict[str, Any]:
        count = tf.shape(next(iter(splits.values())))[0] - 1
        names = ("loss", *self._task.loss.names)

        def one(number: Any, sums: Any) -> tuple[Any, Any]:
            step = {name: part[splits[name][number] : splits[name][number + 1]] for name, part in values.items()}
            found = self._one(step)
            return number + 1, sums + tf.stack([found[name] for name in names])

        _, sums = tf.while_loop(
            lambda number, _: number < count, one, (tf.constant(0), tf.zeros([len(names)])), parallel_iterations=1
        )
        return dict(zip(names, tf.unstack(sums, num=len(names)), strict=True))

    def _one(self, step: Mapping[str, Any]) -> dict[str, Any]:
        """One step."""
        self._step.assign_add(1)
        noise = _Noise(self._task.seed, self._step)
        used = {
            name: one.rows(step[str(self._task.weights[name].rows)], self._step, self.rate)
            for name, one in self._sparse.items()
        }
        with tf.GradientTape() as tape:
            tape.watch([rows.weights for rows in used.values()])
            weights = {**self._weights, **{name: rows.weights for name, rows in used.items()}}
            found = self._task.loss(keras_ops, self._cast(weights), self._tables, step, noise)
            loss = tf.add_n([value for name, value in found.items() if not name.endswith(MEASURE)])
        gradients = tape.gradient(loss, weights)
        dense = {name: tf.convert_to_tensor(one) for name, one in gradients.items() if one is not None}
        self._apply(self._prepared(dense, weights), used)
        return {"loss": loss, **found}

    def _cast(self, weights: Mapping[str, Any]) -> Mapping[str, Any]:
        precision = self._task.precision
        if precision == "float32":
            return weights
        return {
            name: tf.cast(one, precision) if self._task.is_multiplied(name) else one for name, one in weights.items()
        }

    def _prepared(self, gradients: Mapping[str, Any], weights: Mapping[str, Any]) -> dict[str, Any]:
        """The gradients with regularisation, without connections that do not exist, in bounds."""
        decay = 2 * self._task.optimiser.regularisation
        found = {}
        for name, one in gradients.items():
            gradient = one
            if decay and self._task.weights[name].decays:
                gradient += tf.where(one > 0, decay * weights[name], 0.0)
            found[name] = gradient * self._masks[name] if name in self._masks else gradient
        if self._task.optimiser.clip_norm is not None:
            clipped, _ = tf.clip_by_global_norm(list(found.values()), self._task.optimiser.clip_norm)
            found = dict(zip(found, clipped, strict=True))
        return found

    def _apply(self, gradients: Mapping[str, Any], used: Mapping[str, Any]) -> None:
        taken = tf.cast(self._step, tf.float32)
        for name, gradient in gradients.items():
            if name in used:
                self._sparse[name].apply(used[name], gradient, self._step, self.rate)
                continue
            first, second = self._moments[name]
            tf.raw_ops.ResourceApplyAdam(  # one pass over the weights, where the optimiser of Keras makes ten
                var=self._weights[name].handle,
                m=first.handle,
                v=second.handle,
                beta1_power=tf.pow(BETAS[0], taken),
                beta2_power=tf.pow(BETAS[1], taken),
                lr=self.rate,
                beta1=BETAS[0],
                beta2=BETAS[1],
                epsilon=EPSILON,
                grad=gradient,
            )


class _Noise:
    """Random numbers of one step, the same for the same seed and step (networks.layers.Noise)."""

    def __init__(self, seed: int, step: Any) -> None:
        self._seed = seed
        self._step = step
        self._drawn = 0

    def drop(self, x: Any, rate: float, *, makes_up: bool = True) -> Any:
        """Dropout. Four values share 32 random bits, so rates are multiples of 1/256."""
        limit = min(round(rate * 256), 255)
        if limit == 0:
            return x
        kept = self._bytes(tf.shape(x)) >= tf.constant(limit, tf.uint8)
        return x * tf.where(kept, 256 / (256 - limit) if makes_up else 1.0, 0.0)  # whose gradient needs one pass, too

    def below(self, shape: tuple[Any, ...], limit: Any) -> Any:
        """Whole numbers in [0, limit)."""
        return tf.random.stateless_uniform(shape, self._next(), maxval=limit, dtype=tf.int32)

    def happens(self, shape: tuple[Any, ...], rate: float) -> Any:
        """True with a probability of `rate`."""
        return tf.random.stateless_uniform(shape, self._next()) < rate

    def _bytes(self, shape: Any) -> Any:
        count = tf.reduce_prod(shape)
        drawn = tf.random.stateless_uniform([(count + 3) // 4], self._next(), minval=None, maxval=None, dtype=tf.int32)
        return tf.reshape(tf.reshape(tf.bitcast(drawn, tf.uint8), [-1])[:count], shape)

    def _next(self) -> Any:
        self._drawn += 1
        return tf.stack([tf.constant(self._seed + (self._drawn << 32), tf.int64), tf.cast(self._step, tf.int64)])
