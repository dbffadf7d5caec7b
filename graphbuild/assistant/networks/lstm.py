"""The LSTM of KerasPolicy, in Keras 3: masking, one recurrent layer, one dense layer, softmax.

b samples a batch, w states a sample, f features a state, a actions. Sources: Hochreiter and Schmidhuber, "Long
Short-Term Memory", Neural Computation 9(8), 1997; the layer sizes and options are those of Rasa Core's KerasPolicy
(RASA.md 4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.steps import is_like
from graphbuild.assistant.networks.tensorflow_start import keras, tf
from graphbuild.contract.checkpoints import Checkpoint, Checkpoints, NoCheckpoints

PADDING = -1.0
_STEPS_PER_CALL = 64
_REPORTED = ("loss", "accuracy", "val_loss", "val_accuracy")

Progress = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Training:
    """How to train."""

    epochs: int
    batch_size: int
    validation_split: float
    seed: int


@dataclass(frozen=True)
class Examples:
    """What to train on: m samples, kept as codes, for the same few states come again and again."""

    states: NDArray[np.float32]  # [v, f]
    windows: NDArray[np.int32]  # [m, w] codes into states, -1 for padding
    labels: NDArray[np.int32]  # [m] or [m, w] codes of actions, -1 for padding
    actions: int  # a


def build(input_shape: tuple[int, int], output_shape: tuple[int, ...], rnn_size: int) -> Any:
    """The model. input_shape (w, f); output_shape (a,) for one action a sample, (w, a) for one a state."""
    every_state = len(output_shape) == 2
    model = keras.Sequential(
        [
            keras.Input(input_shape),  # [b, w, f]
            keras.layers.Masking(PADDING),  # [b, w, f], padded states passed over
            keras.layers.LSTM(rnn_size, dropout=0.2, return_sequences=every_state),  # [b, rnn] or [b, w, rnn]
            keras.layers.Dense(output_shape[-1]),  # [b, a] or [b, w, a]
            keras.layers.Activation("softmax"),
        ]
    )
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", weighted_metrics=["accuracy"])
    return model


def train(
    make: Callable[[], Any],
    examples: Examples,
    how: Training,
    progress: Progress,
    checkpoints: Checkpoints | None = None,
) -> list[NDArray[Any]]:
    """Trains a compiled model and gives its weights. Deterministic for a seed on one machine.

    Few Python steps: the whole training reads one endless stream of batches, and one call goes through an epoch (or
    64 of its batches, in which case the last call of an epoch may take some batches of the next).
    """
    shelf = checkpoints or NoCheckpoints()
    found = shelf.newest()
    try:
        return _trained(make, examples, how, progress, shelf, found)
    except _OfAnotherError:
        return _trained(make, examples, how, progress, shelf, None)


def _trained(
    make: Callable[[], Any],
    examples: Examples,
    how: Training,
    progress: Progress,
    shelf: Checkpoints,
    found: Checkpoint | None,
) -> list[NDArray[Any]]:
    """The weights. Raises _OfAnotherError for the checkpoint of another training."""
    _make_deterministic(how.seed)
    # The samples come sorted; what is held back to watch shall be like the rest.
    order = np.random.default_rng(how.seed).permutation(len(examples.windows))
    held = min(int(len(order) * how.validation_split), len(order) - 1)
    learned = order[: len(order) - held]
    steps = -(-len(learned) // how.batch_size)
    calls = -(-steps // _STEPS_PER_CALL)
    model = make()
    model.steps_per_execution = -(-steps // calls)
    done = found.done if found is not None else 0
    model.fit(
        _stream(examples, learned, how, done * model.steps_per_execution * calls),
        epochs=how.epochs,
        initial_epoch=done,
        steps_per_epoch=model.steps_per_execution * calls,
        validation_data=_batches(examples, order[len(learned) :], how.batch_size) if held else None,
        validation_freq=how.epochs,
        shuffle=False,  # the stream is in a new order already
        verbose=0,
        callbacks=[_Keep(shelf, how.epochs, found), _Report(progress, how.epochs)],
    )
    weights = [np.asarray(value) for value in model.get_weights()]
    keras.utils.clear_session()
    return weights


def _stream(examples: Examples, which: NDArray[np.int64], how: Training, taken: int) -> Any:
    """Samples in a new order at each turn, for ever, from after so many batches on."""
    whole = tf.data.Dataset.from_tensor_slices((examples.windows[which], examples.labels[which]))
    begun, gone = divmod(taken, -(-len(which) // how.batch_size))
    # The order of a turn depends on its number alone, so that it can be begun anywhere.
    turns = tf.data.Dataset.counter(how.seed + begun).flat_map(
        lambda seed: whole.shuffle(len(which), seed=seed, reshuffle_each_iteration=False).batch(how.batch_size)
    )
    return turns.skip(gone).map(_encoder(examples))


def _batches(examples: Examples, which: NDArray[np.int64], size: int) -> Any:
    """Some of the samples in their order, as (inputs [b, w, f], targets, weights of the targets)."""
    rows = tf.data.Dataset.from_tensor_slices((examples.windows[which], examples.labels[which]))
    return rows.batch(size).map(_encoder(examples))


def _encoder(examples: Examples) -> Callable[[Any, Any], tuple[Any, Any, Any]]:
    padding = np.full((1, examples.states.shape[1]), PADDING, dtype=np.float32)
    states = tf.constant(np.concatenate([examples.states, padding]))  # [v + 1, f]
    count = len(examples.states)

    def encode(windows: Any, labels: Any) -> tuple[Any, Any, Any]:
        inputs = tf.gather(states, tf.where(windows < 0, count, windows))  # [b, w, f]
        targets = tf.one_hot(labels, examples.actions)  # [b, a] or [b, w, a]
        return inputs, targets, tf.cast(labels >= 0, tf.float32)  # [b] or [b, w]

    return encode


def predict(make: Callable[[], Any], weights: Sequence[NDArray[Any]], inputs: NDArray[np.float32]) -> NDArray[Any]:
    """Probabilities [m, a] or [m, w, a] for inputs [m, w, f]."""
    model = make()
    model.set_weights(list(weights))
    return np.asarray(model(inputs, training=False))


class _OfAnotherError(Exception):
    """The checkpoint is of another training."""


class _Keep(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Keeps all that later epochs depend on, and takes it up: weights, what the optimiser remembers, seeds of dropout.

    Metrics begin anew in each epoch.
    """

    def __init__(self, shelf: Checkpoints, epochs: int, found: Checkpoint | None) -> None:
        super().__init__()
        self._shelf = shelf
        self._epochs = epochs
        self._found = found

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:  # noqa: ARG002 - Keras calls this
        """Takes up what was kept."""
        if self._found is None:
            return
        self.model.optimizer.build(self.model.trainable_variables)  # as the first step does
        own = self._variables()
        if self._found.total != self._epochs or not is_like(self._found.arrays, own):
            raise _OfAnotherError
        for name, one in own.items():
            one.assign(self._found.arrays[name])
        self._shelf.goes_on(self._found)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:  # noqa: ARG002
        """Keeps what there is."""
        if epoch + 1 < self._epochs and self._shelf.is_due():
            self._shelf.keep(lambda: self._checkpoint(epoch + 1))

    def _checkpoint(self, done: int) -> Checkpoint:
        arrays = {name: np.array(one.numpy()) for name, one in self._variables().items()}
        return Checkpoint(done, self._epochs, {}, arrays)

    def _variables(self) -> dict[str, Any]:
        found = [*self.model.variables, *self.model.optimizer.variables]
        return {f"{place:04}": one for place, one in enumerate(found)}


class _Report(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Tells of each epoch."""

    def __init__(self, progress: Progress, epochs: int) -> None:
        super().__init__()
        self._progress = progress
        self._epochs = epochs

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Keras calls this."""
        facts = {name: float(value) for name, value in (logs or {}).items() if name in _REPORTED}
        self._progress(epoch + 1, self._epochs, facts)


def _make_deterministic(seed: int) -> None:
    keras.utils.set_random_seed(seed)
    tf.random.set_seed(seed or 1)  # with 0 TensorFlow would compare the seed of a turn while it is not known yet
    tf.config.experimental.enable_op_determinism()
