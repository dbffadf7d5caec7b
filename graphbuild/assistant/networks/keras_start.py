"""Keras, told how to start before it is imported, and set as it is made: no keras.json of the user's changes a result.

What is asked to be trained in numpy and has no such training (the network of a subclass of KerasPolicy) takes
TensorFlow, which is told to say little, and to add up in one order.
"""

from __future__ import annotations

import os

from graphbuild.assistant.networks.backend import VARIABLE, asked

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

_given, _backend = os.environ.get(VARIABLE), asked()
os.environ[VARIABLE] = "jax" if _backend == "jax" else "tensorflow"
try:
    import keras
finally:
    if _given is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = _given

keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-7)
keras.config.set_image_data_format("channels_last")
for _limit in ("set_max_epochs", "set_max_steps_per_epoch"):  # releases of late 2025 and after have these
    if hasattr(keras.config, _limit):
        getattr(keras.config, _limit)(None)

__all__ = ["keras"]
