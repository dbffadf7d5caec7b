"""The transformer encoder of DIET and TED.

b samples, s positions, d units, h heads. Sources: Vaswani and others, "Attention Is All You Need", arXiv 1706.03762,
with the normalisation before each part (section 5.2 of Tensor2Tensor, arXiv 1803.07416); relative positions: Shaw and
others, arXiv 1803.02155, clipped at a distance and shared by the heads, as Huang and others, arXiv 1809.04281.
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
    """The weights of an encoder over [b, s, inputs]."""
    d = shape.units
    init.kernel(f"{name}.embed", inputs, d, shape.density)
    for layer in range(shape.layers):
        at = f"{name}.{layer}"
        for part in ("query", "key", "value"):
            init.kernel(f"{at}.{part}", d, d, shape.density, bias=False)
        init.kernel(f"{at}.output", d, d, shape.density)
        init.kernel(f"{at}.filter", d, 4 * d, shape.density)
        init.kernel(f"{at}.units", 4 * d, d, shape.density)
        for norm in ("before_attention", "before_filter"):
            _begin_norm(init, f"{at}.{norm}", d)
        for is_used, part in ((shape.relative_keys, "relative_keys"), (shape.relative_values, "relative_values")):
            if is_used:
                init.normal(f"{at}.{part}", (_distances(shape), d // shape.heads), 0.05)
    _begin_norm(init, f"{name}.after", d)


def encode(
    ops: Any, weights: Weights, name: str, x: Tensor, mask: Tensor, shape: TransformerShape, noise: Noise
) -> Tensor:
    """[b, s, inputs] and a mask [b, s] of the positions that exist -> [b, s, d]."""
    length = ops.shape(x)[1]
    x = dense(ops, weights, f"{name}.embed", x) * math.sqrt(shape.units)  # [b, s, d]
    x = noise.drop(x + _positions(ops, length, shape.units), shape.drop_rate)
    hidden = ops.where(ops.expand_dims(ops.expand_dims(mask, 1), 1), 0.0, _NEVER)  # [b, 1, 1, s]
    if shape.unidirectional:
        ahead = ops.expand_dims(ops.arange(length), 0) > ops.expand_dims(ops.arange(length), 1)  # [s, s]
        hidden = hidden + ops.where(ahead, _NEVER, 0.0)
    for layer in range(shape.layers):
        at = f"{name}.{layer}"
        normal = layer_norm(ops, weights, f"{at}.before_attention", x)
        x = x + noise.drop(_attend(ops, weights, at, normal, hidden, shape, noise), shape.drop_rate)
        normal = layer_norm(ops, weights, f"{at}.before_filter", x)
        wide = noise.drop(gelu(ops, dense(ops, weights, f"{at}.filter", normal)), shape.drop_rate)  # [b, s, 4d]
        x = x + noise.drop(dense(ops, weights, f"{at}.units", wide), shape.drop_rate)
    return layer_norm(ops, weights, f"{name}.after", x)


def _attend(
    ops: Any, weights: Weights, name: str, x: Tensor, hidden: Tensor, shape: TransformerShape, noise: Noise
) -> Tensor:
    """Each position gathers from those that it attends to. [b, s, d] -> [b, s, d]."""
    _, length, _ = ops.shape(x)
    size = shape.units // shape.heads

    def heads(part: str) -> Tensor:
        split = ops.reshape(linear(ops, weights, f"{name}.{part}", x), (-1, length, shape.heads, size))
        return ops.transpose(split, (0, 2, 1, 3))  # [b, h, s, d / h]

    query, key, value = heads("query"), heads("key"), heads("value")
    logits = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2)))  # [b, h, s, s]
    distances = None
    if shape.relative_keys or shape.relative_values:
        distances = _relative(ops, length, shape)  # [s, s]
    if shape.relative_keys:
        relative = ops.take(weights[f"{name}.relative_keys"], distances, axis=0)  # [s, s, d / h]
        logits = logits + ops.sum(ops.expand_dims(query, 3) * relative, axis=-1)
    attention = ops.softmax(logits * (1 / math.sqrt(size)) + hidden, axis=-1)
    attention = noise.drop(attention, shape.drop_rate_attention)
    gathered = ops.matmul(attention, value)  # [b, h, s, d / h]
    if shape.relative_values:
        relative = ops.take(weights[f"{name}.relative_values"], distances, axis=0)  # [s, s, d / h]
        gathered = gathered + ops.sum(ops.expand_dims(attention, -1) * relative, axis=3)
    joined = ops.reshape(ops.transpose(gathered, (0, 2, 1, 3)), (-1, length, shape.units))
    return dense(ops, weights, f"{name}.output", joined)


def _positions(ops: Any, length: Any, units: int) -> Tensor:
    """Sines and cosines of positions, [s, d]."""
    rates = np.power(10_000.0, -2 * (np.arange(units) // 2) / units).astype(np.float32)  # [d]
    is_even = np.arange(units) % 2 == 0
    angles = ops.expand_dims(ops.cast(ops.arange(length), "float32"), 1) * rates  # [s, d]
    shifted = angles + np.where(is_even, 0, math.pi / 2).astype(np.float32)
    return ops.sin(shifted)


def _relative(ops: Any, length: Any, shape: TransformerShape) -> Tensor:
    """The row of the relative weights for each pair of positions, [s, s]."""
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
