"""keras.ops, with what Keras does not have; the counterpart of numpy_ops for training.

Keras is imported where it is used: it imports TensorFlow, which has to be told first how to start (keras_start).
"""

from __future__ import annotations

from typing import Any


def __getattr__(name: str) -> Any:
    from graphbuild.assistant.networks.keras_start import keras

    return getattr(keras.ops, name)


def quick_gelu(x: Any) -> Any:
    """X * sigmoid(1.702 x)."""
    from graphbuild.assistant.networks.keras_start import keras

    return x * keras.ops.sigmoid(1.702 * x)


def affine(x: Any, kernel: Any, bias: Any) -> Any:
    """[..., inputs] times [inputs, units], plus [units]."""
    from graphbuild.assistant.networks.keras_start import keras

    return keras.ops.matmul(x, kernel) + bias


def standardise(x: Any, scale: Any, shift: Any, epsilon: float) -> Any:
    """Each row less its mean, over its standard deviation, times a scale, plus a shift.

    epsilon is added to the variance.
    """
    from graphbuild.assistant.networks.keras_start import keras

    centred = x - keras.ops.mean(x, axis=-1, keepdims=True)
    variance = keras.ops.mean(keras.ops.square(centred), axis=-1, keepdims=True)
    return centred * keras.ops.rsqrt(variance + epsilon) * scale + shift


def sparse_matmul(columns: Any, values: Any, rows: Any, count: Any, kernel: Any) -> Any:
    """Sparse rows [count, k], whose entries come by row, times a kernel [k, units].

    No entry's row of the kernel is written down by itself on TensorFlow, which saves half of the time there.
    """
    from graphbuild.assistant.networks.keras_start import keras

    if keras.backend.backend() == "tensorflow":
        from graphbuild.assistant.networks.tensorflow_start import tf

        places = tf.cast(tf.stack([rows, columns], axis=1), tf.int64)
        shape = tf.cast(tf.stack([count, tf.shape(kernel)[0]]), tf.int64)
        return tf.raw_ops.SparseTensorDenseMatMul(a_indices=places, a_values=values, a_shape=shape, b=kernel)
    parts = keras.ops.take(kernel, columns, axis=0) * keras.ops.expand_dims(values, -1)  # [e, units]
    return keras.ops.segment_sum(parts, rows, num_segments=count)
