"""Trains a network with the backend that Keras runs on: TensorFlow, or JAX where KERAS_BACKEND says so."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks.steps import Task, Watcher
from graphbuild.errors import BuildFailed, Problem


def train(task: Task, watch: Watcher) -> dict[str, NDArray[np.float32]]:
    """The trained weights. The same task gives the same bytes on one machine. Raises BuildFailed for other backends."""
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if backend == "jax":
        from graphbuild.assistant.networks import training_jax

        return training_jax.train(task, watch)
    if backend != "tensorflow":
        hint = "unset KERAS_BACKEND, or set it to tensorflow or jax"
        raise BuildFailed(Problem(f"networks are not trained with KERAS_BACKEND={backend}", hint=hint))
    from graphbuild.assistant.networks import training_tensorflow

    return training_tensorflow.train(task, watch)
