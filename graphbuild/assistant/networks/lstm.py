"""The LSTM of KerasPolicy, in Keras 3: masking, one recurrent layer, one dense layer, softmax.

b samples a batch, w states a sample, f features a state, a actions. Sources: Hochreiter and Schmidhuber, "Long
Short-Term Memory", Neural Computation 9(8), 1997; the layer sizes and options are those of Rasa Core's KerasPolicy
(RASA.md 4.5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.tensorflow_start import keras, tf

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


def train(make: Callable[[], Any], examples: Examples, how: Training, progress: Progress) -> list[NDArray[Any]]:
    """Trains a compiled model and gives its weights. Deterministic for a seed on one machine.

    Few Python steps: the whole training reads one endless stream of batches, and one call goes through an epoch (or
    64 of its batches, in which case the last call of an epoch may take some batches of the next).
    """
    _make_deterministic(how.seed)
    # The samples come sorted; what is held back to watch shall be like the rest.
    order = np.random.default_rng(how.seed).permutation(len(examples.windows))
    held = min(int(len(order) * how.validation_split), len(order) - 1)
    learned = order[: len(order) - held]
    steps = -(-len(learned) // how.batch_size)
    calls = -(-steps // _STEPS_PER_CALL)
    model = make()
    model.steps_per_execution = -(-steps // calls)
    model.fit(
        _batches(examples, learned, how).repeat(),
        epochs=how.epochs,
        steps_per_epoch=model.steps_per_execution * calls,
        validation_data=_batches(examples, order[len(learned) :], how) if held else None,
        validation_freq=how.epochs,
        shuffle=False,  # the stream is in a new order already
        verbose=0,
        callbacks=[_Report(progress, how.epochs)],
    )
    found = [np.asarray(value) for value in model.get_weights()]
    keras.utils.clear_session()
    return found


def _batches(examples: Examples, which: NDArray[np.int64], how: Training) -> Any:
    """Some of the samples in a new order at each turn, as (inputs [b, w, f], targets, weights of the targets)."""
    padding = np.full((1, examples.states.shape[1]), PADDING, dtype=np.float32)
    states = tf.constant(np.concatenate([examples.states, padding]))  # [v + 1, f]
    count = len(examples.states)

    def encode(windows: Any, labels: Any) -> tuple[Any, Any, Any]:
        inputs = tf.gather(states, tf.where(windows < 0, count, windows))  # [b, w, f]
        targets = tf.one_hot(labels, examples.actions)  # [b, a] or [b, w, a]
        return inputs, targets, tf.cast(labels >= 0, tf.float32)  # [b] or [b, w]

    rows = tf.data.Dataset.from_tensor_slices((examples.windows[which], examples.labels[which]))
    return rows.shuffle(len(which), seed=how.seed).batch(how.batch_size).map(encode)


def predict(make: Callable[[], Any], weights: Sequence[NDArray[Any]], inputs: NDArray[np.float32]) -> NDArray[Any]:
    """Probabilities [m, a] or [m, w, a] for inputs [m, w, f]."""
    model = make()
    model.set_weights(list(weights))
    return np.asarray(model(inputs, training=False))


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
    tf.config.experimental.enable_op_determinism()
