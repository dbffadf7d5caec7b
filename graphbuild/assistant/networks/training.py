"""Trains a network: in numpy where that is as fast, else with the backend that Keras runs on; KERAS_BACKEND decides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import backend
from graphbuild.assistant.networks.steps import Task, Watcher

_SMALL = 210e9
"""Multiplications forwards up to which numpy is taken: it needs about as much of the processor, and far less memory.

Measured in docs/decisions/0011.
"""
_SMALL_IN_PARTS = 30e12
"""As much where two threads share each step. More takes hours, and can use more cores than two."""


def train(task: Task, watch: Watcher) -> dict[str, NDArray[np.float32]]:
    """The trained weights. The same task gives the same bytes on one machine. Raises BuildFailed for other backends."""
    name = backend.asked() or ("numpy" if _is_small(task) else "tensorflow")
    if name == "numpy":
        from graphbuild.assistant.networks import training_numpy

        return training_numpy.train(task, watch)
    if name == "jax":
        from graphbuild.assistant.networks import training_jax

        return training_jax.train(task, watch)
    from graphbuild.assistant.networks import training_tensorflow

    return training_tensorflow.train(task, watch)


def _is_small(task: Task) -> bool:
    kernels = sum(one.value.size for name, one in task.weights.items() if task.is_multiplied(name))
    most = _SMALL_IN_PARTS if task.comes_in_parts else _SMALL
    return task.precision == "float32" and task.count * task.rows * kernels <= most
