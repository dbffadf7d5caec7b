"""The operations of keras_ops that our networks use, in numpy: so a trained network runs without Keras.

It answers in milliseconds from the first message on. Networks take their operations as an argument: `keras_ops` to be
trained, this module to be used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

arange = np.arange
cast = np.asarray
concatenate = np.concatenate
cumsum = np.cumsum
exp = np.exp
expand_dims = np.expand_dims
log = np.log
matmul = np.matmul
max = np.max  # noqa: A001 - named as in keras.ops
maximum = np.maximum
minimum = np.minimum
ones_like = np.ones_like
reshape = np.reshape
searchsorted = np.searchsorted
shape = np.shape
sin = np.sin
split = np.split
square = np.square
stop_gradient = np.asarray
sum = np.sum  # noqa: A001
take = np.take
take_along_axis = np.take_along_axis
transpose = np.transpose
zeros = np.zeros
zeros_like = np.zeros_like


def where(condition: Any, x: Any, y: Any) -> Array:
    """X where the condition holds, else y. Numbers are of single precision, as in the backends."""
    return np.where(condition, *(np.float32(one) if isinstance(one, float) else one for one in (x, y)))


def rsqrt(x: Array) -> Array:
    """1 / sqrt(x)."""
    return np.asarray(1 / np.sqrt(x))


def sigmoid(x: Array) -> Array:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(np.float32(0.5) * (np.tanh(np.float32(0.5) * x) + 1))


def quick_gelu(x: Array) -> Array:
    """X * sigmoid(1.702 x)."""
    return np.asarray(x * sigmoid(np.float32(1.702) * x))


def affine(x: Array, kernel: Array, bias: Array) -> Array:
    """[..., inputs] times [inputs, units], plus [units]."""
    product = np.matmul(x, kernel)
    product += bias
    return np.asarray(product)


def standardise(x: Array, scale: Array, shift: Array, epsilon: float) -> Array:
    """Each row less its mean, over its standard deviation, times a scale, plus a shift.

    epsilon is added to the variance.
    """
    centred = x - x.mean(axis=-1, keepdims=True)
    unit = centred * rsqrt(np.mean(np.square(centred), axis=-1, keepdims=True) + np.float32(epsilon))
    return np.asarray(unit * scale + shift)


def softmax(x: Array, axis: int = -1) -> Array:
    """exp(x) / sum(exp(x))."""
    exponents = np.exp(x - x.max(axis=axis, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=axis, keepdims=True))


def sparse_matmul(columns: Array, values: Array, rows: Array, count: int, kernel: Array) -> Array:
    """Sparse rows [count, k], whose entries come by row, times a kernel [k, units]."""
    out = np.zeros((count, kernel.shape[1]), dtype=kernel.dtype)
    if len(columns):
        starts = np.flatnonzero(np.r_[True, rows[1:] != rows[:-1]])
        out[rows[starts]] = np.add.reduceat(kernel[columns] * values[:, None], starts, axis=0)
    return out
