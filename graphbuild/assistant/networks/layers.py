"""Layers that the networks share: weights, dense layers, dropout, sparse rows, layer normalisation.

A network is a function of its weights and a batch. Weights are arrays by name; `ops` is keras_ops, or numpy_ops for a
trained network. Knows no network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = Any
"""An array of the backend."""
Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class Weight:
    """The beginning of a weight, and what training does to it."""

    value: NDArray[np.float32]
    decays: bool = True
    """Whether the regularisation pulls it towards zero."""
    mask: NDArray[np.bool_] | None = None
    """Connections that there are; the others stay zero."""
    rows: str | None = None
    """The column of the steps that says which rows a step uses; a step sees no others. All when None."""


class Noise(Protocol):
    """What is random in a step of the training."""

    def drop(self, x: Tensor, rate: float, *, makes_up: bool = True) -> Tensor:
        """Dropout: each value is zero with a probability of `rate`; the others are scaled up, where they make up."""

    def below(self, shape: tuple[Any, ...], limit: Any) -> Tensor:
        """Whole numbers in [0, limit)."""

    def happens(self, shape: tuple[Any, ...], rate: float) -> Tensor:
        """True with a probability of `rate`."""


class Silence:
    """No noise: a trained network."""

    def drop(self, x: Tensor, rate: float, *, makes_up: bool = True) -> Tensor:  # noqa: ARG002 - nothing is dropped
        """As it is."""
        return x

    def below(self, shape: tuple[Any, ...], limit: Any) -> Tensor:
        """Only training draws."""
        raise NotImplementedError

    def happens(self, shape: tuple[Any, ...], rate: float) -> Tensor:
        """Only training draws."""
        raise NotImplementedError


class Initializer:
    """Makes the weights of a network, by name, from one seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        self.weights: dict[str, Weight] = {}

    def kernel(
        self,
        name: str,
        inputs: int,
        units: int,
        density: float = 1.0,
        *,
        bias: bool = True,
        rows: str | None = None,
        copies: int = 1,
        decays: bool = True,
    ) -> None:
        """A kernel [inputs, units] and a bias [units]; with `copies` so many kernels side by side.

        Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010. With a
        density below 1 only so many of the connections exist, drawn at random, and those of each input with the unit of
        its number; as in Rasa they begin no stronger for it.
        """
        limit = math.sqrt(6 / (inputs + units))
        value = self._random.uniform(-limit, limit, (inputs, copies * units)).astype(np.float32)
        mask = None
        if density < 1:
            mask = np.concatenate([self._connections(inputs, units, density) for _ in range(copies)], axis=1)
        value = value if mask is None else value * mask
        self.weights[f"{name}.kernel"] = Weight(value, decays=decays, mask=mask, rows=rows)
        if bias:
            self.constant(f"{name}.bias", np.zeros(copies * units))

    def constant(self, name: str, value: NDArray[Any]) -> None:
        """A weight that begins with a value and is not regularised."""
        self.weights[name] = Weight(value.astype(np.float32), decays=False)

    def normal(self, name: str, shape: tuple[int, ...], deviation: float, *, decays: bool = True) -> None:
        """A weight that begins at random around zero."""
        self.weights[name] = Weight(self._random.normal(0, deviation, shape).astype(np.float32), decays=decays)

    def _connections(self, inputs: int, units: int, density: float) -> NDArray[np.bool_]:
        mask = self._random.random((inputs, units)) < density
        most = np.arange(max(inputs, units))
        mask[most % inputs, most % units] = True
        return mask


def dense(ops: Any, weights: Weights, name: str, x: Tensor) -> Tensor:
    """[..., inputs] -> [..., units]."""
    kernel, bias = weights[f"{name}.kernel"], weights[f"{name}.bias"]
    if kernel.dtype == x.dtype:
        return ops.affine(x, kernel, bias)
    return linear(ops, weights, name, x) + bias


def linear(ops: Any, weights: Weights, name: str, x: Tensor) -> Tensor:
    """[..., inputs] -> [..., units], multiplied in the precision of the kernel; the rest is single precision."""
    kernel = weights[f"{name}.kernel"]
    if kernel.dtype == x.dtype:
        return ops.matmul(x, kernel)
    return ops.cast(ops.matmul(ops.cast(x, kernel.dtype), kernel), x.dtype)


def gelu(ops: Any, x: Tensor) -> Tensor:
    """X times the probability that a normal variable is below x, by the logistic approximation.

    Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, section 2: x * sigmoid(1.702 x).
    """
    return ops.quick_gelu(x)


def feed_forward(
    ops: Any, weights: Weights, name: str, sizes: list[int], x: Tensor, noise: Noise, rate: float
) -> Tensor:
    """Dense layers with gelu, each followed by dropout. [..., inputs] -> [..., sizes[-1]]."""
    for position in range(len(sizes)):
        x = noise.drop(gelu(ops, dense(ops, weights, f"{name}.{position}", x)), rate)
    return x


def layer_norm(ops: Any, weights: Weights, name: str, x: Tensor) -> Tensor:
    """Ba, Kiros and Hinton, "Layer Normalization", 2016. [..., units] -> [..., units]."""
    return ops.standardise(x, weights[f"{name}.scale"], weights[f"{name}.shift"], 1e-6)


@dataclass(frozen=True)
class Rows:
    """Sparse rows: e entries, those of a row together, rows ascending."""

    columns: Tensor  # [e]
    values: Tensor  # [e]
    rows: Tensor  # [e]
    count: Any
    """How many rows there are, r."""


def sparse_dense(ops: Any, weights: Weights, name: str, x: Rows, noise: Noise, rate: float) -> Tensor:
    """A dense layer over sparse rows, [r, units]: the rows of the kernel that occur are gathered and added up.

    As in Rasa, what is left of the features does not make up for what is dropped: trained, the layer sees more of them.
    """
    values = noise.drop(x.values, rate, makes_up=False)  # [e]
    return ops.sparse_matmul(x.columns, values, x.rows, x.count, weights[f"{name}.kernel"]) + weights[f"{name}.bias"]
