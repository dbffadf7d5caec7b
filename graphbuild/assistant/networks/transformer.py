"""The transformer encoder of DIET and TED.

n rows in b sequences of at most p, d units, h heads. Sources: Vaswani and others, "Attention Is All You Need", arXiv
1706.03762, with the normalisation before each part (section 5.2 of Tensor2Tensor, arXiv 1803.07416); relative
positions: Shaw and others, arXiv 1803.02155, clipped at a distance and shared by the heads, as Huang and others, arXiv
1809.04281.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.networks.layers import Initializer, Noise, Tensor, Weights, dense, gelu, layer_norm, linear

_NEVER = -1e9
"""A logit of what must not be attended to."""


@dataclass(frozen=True)
class Sequences:
    """Where rows are at home: all but attention is computed row by row, without what sequences are filled up with."""

    place: Tensor  # [b, p] the row of each position; any where there is none
    exists: Tensor  # [b, p]
    home: Tensor  # [n] which of the b * p positions each row has


@dataclass(frozen=True)
class TransformerShape:
    """The options of an encoder."""

    layers: int
    units: int
    heads: int
    drop_rate: float
    drop_rate_attention: float
    density: float
    unidirectional: bool = False
    relative_keys: bool = False
    relative_values: bool = False
    max_relative_position: int | None = 5


def begin(init: Initializer, name: str, inputs: int, shape: TransformerShape) -> None:
    """The weights of an encoder over [n, inputs]."""
    d = shape.units
    init.kernel(f"{name}.embed", inputs, d, shape.density)
    for layer in range(shape.layers):
        at = f"{name}.{layer}"
        # As in Rasa, regularisation pulls at none of these: on hwu64, entities are found better without.
        init.kernel(f"{at}.heads", d, d, shape.density, bias=False, copies=3, decays=False)  # queries, keys, values
        init.kernel(f"{at}.output", d, d, shape.density, decays=False)
        init.kernel(f"{at}.filter", d, 4 * d, shape.density, decays=False)
        init.kernel(f"{at}.units", 4 * d, d, shape.density, decays=False)
        for norm in ("before_attention", "before_filter"):
            _begin_norm(init, f"{at}.{norm}", d)
        for is_used, part in ((shape.relative_keys, "relative_keys"), (shape.relative_values, "relative_values")):
            if is_used:
                init.normal(f"{at}.{part}", (_distances(shape), d // shape.heads), 0.05, decays=False)
    _begin_norm(init, f"{name}.after", d)


def encode(
    ops: Any,
    weights: Weights,
    name: str,
    x: Tensor,
    at: Sequences,
    shape: TransformerShape,
    noise: Noise,
    asked: Tensor | None = None,
) -> Tensor:
    """[n, inputs] -> [n, d]; where one position of each sequence is asked for alone, `asked` [b], -> [b, d].

    Then the last layer computes nothing else, and where it is the only one, sequences may share the rows that have
    equal inputs at equal positions.
    """
    length = ops.shape(at.place)[1]
    x = dense(ops, weights, f"{name}.embed", x) * math.sqrt(shape.units)  # [n, d]
    x = x + ops.take(_positions(ops, length, shape.units), at.home % length, axis=0)
    x = noise.drop(x, shape.drop_rate)
    for layer in range(shape.layers):
        own = f"{name}.{layer}"
        alone = asked if layer == shape.layers - 1 else None
        normal = layer_norm(ops, weights, f"{own}.before_attention", x)
        if alone is not None:
            x = ops.take(x, _places(ops, at, alone)[:, 0], axis=0)  # [b, d] from here on
        attended = _attend(ops, weights, own, normal, at, shape, noise, alone)
        x = x + noise.drop(attended, shape.drop_rate)
        normal = layer_norm(ops, weights, f"{own}.before_filter", x)
        wide = noise.drop(gelu(ops, dense(ops, weights, f"{own}.filter", normal)), shape.drop_rate)  # [n, 4d]
        x = x + noise.drop(dense(ops, weights, f"{own}.units", wide), shape.drop_rate)
    return layer_norm(ops, weights, f"{name}.after", x)


def _attend(
    ops: Any,
    weights: Weights,
    name: str,
    x: Tensor,
    at: Sequences,
    shape: TransformerShape,
    noise: Noise,
    asked: Tensor | None,
) -> Tensor:
    """Each row gathers from those of its sequence that it attends to. [n, d] -> [n, d].

    Where one position of each sequence is asked for, only that does: q is 1 in the place of p. [n, d] -> [b, d].
    """
    length = ops.shape(at.place)[1]
    size = shape.units // shape.heads

    def by_head(part: Tensor, place: Tensor) -> Tensor:
        split = ops.reshape(ops.take(part, place, axis=0), (-1, ops.shape(place)[1], shape.heads, size))
        return ops.transpose(split, (0, 2, 1, 3))  # [b, h, p, d / h]

    asking, key, value = ops.split(linear(ops, weights, f"{name}.heads", x), 3, axis=-1)  # [n, d] each

    def by_asker(pairs: Tensor) -> Tensor:
        """Of pairs of positions [p, p] those of who attends: as they are, or [b, 1, 1, p]."""
        if asked is None:
            return pairs
        return ops.expand_dims(ops.expand_dims(ops.take(pairs, asked, axis=0), 1), 1)

    query = by_head(asking, at.place if asked is None else _places(ops, at, asked))  # [b, h, q, d / h]
    key, value = by_head(key, at.place), by_head(value, at.place)
    logits = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))  # [b, h, q, p]
    distances = by_asker(_relative(ops, length, shape)) if shape.relative_keys or shape.relative_values else None
    if shape.relative_keys:
        relative = ops.take(weights[f"{name}.relative_keys"], distances, axis=0)  # [(b, 1,) q, p, d / h]
        logits = logits + ops.sum(ops.expand_dims(query, 3) * relative, axis=-1)
    hidden = ops.where(ops.expand_dims(ops.expand_dims(at.exists, 1), 1), 0.0, _NEVER)  # [b, 1, 1, p]
    if shape.unidirectional:
        ahead = ops.expand_dims(ops.arange(length), 0) > ops.expand_dims(ops.arange(length), 1)  # [p, p]
        hidden = hidden + by_asker(ops.where(ahead, _NEVER, 0.0))
    attention = ops.softmax(logits * (1 / math.sqrt(size)) + hidden, axis=-1)
    attention = noise.drop(attention, shape.drop_rate_attention)
    gathered = ops.matmul(attention, value)  # [b, h, q, d / h]
    if shape.relative_values:
        relative = ops.take(weights[f"{name}.relative_values"], distances, axis=0)  # [(b, 1,) q, p, d / h]
        gathered = gathered + ops.sum(ops.expand_dims(attention, -1) * relative, axis=3)
    joined = ops.reshape(ops.transpose(gathered, (0, 2, 1, 3)), (-1, shape.units))  # [b * q, d]
    return dense(ops, weights, f"{name}.output", joined if asked is not None else ops.take(joined, at.home, axis=0))


def _places(ops: Any, at: Sequences, asked: Tensor) -> Tensor:
    """The rows of one position of each sequence, [b, 1]."""
    return ops.take_along_axis(at.place, ops.expand_dims(asked, 1), axis=1)


def _positions(ops: Any, length: Any, units: int) -> Tensor:
    """Sines and cosines of positions, [p, d]."""
    rates = np.power(10_000.0, -2 * (np.arange(units) // 2) / units).astype(np.float32)  # [d]
    is_even = np.arange(units) % 2 == 0
    angles = ops.expand_dims(ops.cast(ops.arange(length), "float32"), 1) * rates  # [p, d]
    shifted = angles + np.where(is_even, 0, math.pi / 2).astype(np.float32)
    return ops.sin(shifted)


def _relative(ops: Any, length: Any, shape: TransformerShape) -> Tensor:
    """The row of the relative weights for each pair of positions, [p, p]."""
    furthest = shape.max_relative_position or 0
    apart = ops.expand_dims(ops.arange(length), 0) - ops.expand_dims(ops.arange(length), 1)
    nearest = 0 if shape.unidirectional else furthest
    return ops.minimum(ops.maximum(apart, -furthest), nearest) + furthest


def _distances(shape: TransformerShape) -> int:
    furthest = shape.max_relative_position or 0
    return furthest + 1 if shape.unidirectional else 2 * furthest + 1


def _begin_norm(init: Initializer, name: str, units: int) -> None:
    init.constant(f"{name}.scale", np.ones(units))
    init.constant(f"{name}.shift", np.zeros(units))
