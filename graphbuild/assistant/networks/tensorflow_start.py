"""TensorFlow, after Keras told it how to start."""

from __future__ import annotations

from graphbuild.assistant.networks.keras_start import keras  # first: it says how TensorFlow starts

import tensorflow as tf  # isort: skip

__all__ = ["keras", "tf"]
