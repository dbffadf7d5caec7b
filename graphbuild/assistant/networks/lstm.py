"""The LSTM of KerasPolicy, in Keras 3: masking, one recurrent layer, one dense layer, softmax.

b samples a batch, w states a sample, f features a state, a actions. Sources: Hochreiter and Schmidhuber, "Long
Short-Term Memory", Neural Computation 9(8), 1997; the layer sizes and options are those of Rasa Core's KerasPolicy
(RASA.md 4.5).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
from numpy.typing import NDArray

PADDING = -1.0
_STEPS_PER_CALL = 32

Progress = Callable[[int, int, dict[str, float]], None]


@dataclass(frozen=True)
class Training:
    """How to train."""

    epochs: int
    batch_size: int
    validation_split: float
    seed: int


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
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    return model


def train(
    make: Callable[[], Any],
    inputs: NDArray[np.float32],
    targets: NDArray[np.float32],
    weights: NDArray[np.float32] | None,
    how: Training,
    progress: Progress,
) -> list[NDArray[Any]]:
    """Trains a compiled model and gives its weights. inputs [m, w, f], targets [m, a] or [m, w, a].

    Deterministic for a seed on one machine.
    """
    _make_deterministic(how.seed)
    model = make()
    # Small assistants shall not pay for Python: many steps in one call.
    model.steps_per_execution = _STEPS_PER_CALL
    model.fit(
        inputs,
        targets,
        sample_weight=weights,
        epochs=how.epochs,
        batch_size=how.batch_size,
        validation_split=how.validation_split if len(inputs) * how.validation_split >= 1 else 0.0,
        shuffle=True,
        verbose=0,
        callbacks=[_Report(progress, how.epochs)],
    )
    found = [np.asarray(value) for value in model.get_weights()]
    keras.utils.clear_session()
    return found


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
        facts = {name: float(value) for name, value in (logs or {}).items() if name in ("loss", "accuracy")}
        self._progress(epoch + 1, self._epochs, facts)


def _make_deterministic(seed: int) -> None:
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
