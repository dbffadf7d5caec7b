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
"""As much where two threads share each step: beyond it more cores than two pay. Measured in docs/decisions/0023."""


def train(task: Task, watch: Watcher) -> dict[str, NDArray[np.float32]]:
    """The trained weights. The same task gives the same bytes on one machine. Raises BuildFailed for other backends."""
    name = backend.asked() or chosen(task)
    if name == "numpy":
        from graphbuild.assistant.networks import training_numpy

        return training_numpy.train(task, watch)
    if name == "jax":
        from graphbuild.assistant.networks import training_jax

        return training_jax.train(task, watch)
    from graphbuild.assistant.networks import training_tensorflow

    return training_tensorflow.train(task, watch)


def chosen(task: Task) -> str:
    """The backend where the environment asks for none: told from the task alone, never from a clock or the machine."""
    kernels = sum(one.value.size for name, one in task.weights.items() if task.is_multiplied(name))
    most = _SMALL_IN_PARTS if task.comes_in_parts else _SMALL
    is_small = task.precision == "float32" and task.count * task.rows * kernels <= most
    return "numpy" if is_small else "tensorflow"
