"""Losses that pull what belongs together close, and push the rest apart: StarSpace's, as DIET and TED use them.

b samples, n negatives a sample, e dimensions. Sources: Wu and others, "StarSpace", arXiv 1709.03856; Bunk and others,
"DIET", arXiv 2004.09936, section 3; Vlasov and others, "Dialogue Transformers", arXiv 1910.00486.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.networks.layers import Noise, Tensor

_NEVER = -1e9
"""A similarity of what is no negative at all: it has the same label."""


@dataclass(frozen=True)
class SimilarityShape:
    """The options of the loss, with Rasa's names."""

    number_of_negative_examples: int = 20
    similarity_type: str = "inner"
    loss_type: str = "cross_entropy"
    maximum_positive_similarity: float = 0.8
    maximum_negative_similarity: float = -0.4
    use_maximum_negative_similarity: bool = True
    scale_loss: bool = False
    negative_margin_scale: float = 0.8
    constrain_similarities: bool = False


@dataclass(frozen=True)
class _Similarities:
    """Of each sample with its own label, and with what was drawn as negatives."""

    positive: Tensor  # [b, 1]
    input_label: Tensor  # [b, n]
    label_input: Tensor  # [b, n]
    input_input: Tensor  # [b, n]
    label_label: Tensor  # [b, n]


@dataclass(frozen=True)
class Labels:
    """What samples are to be close to."""

    own: Tensor  # [b, e] of each sample
    codes: Tensor  # [b]
    all: Tensor | None = None  # [l, e] by code


def loss(
    ops: Any, inputs: Tensor, labels: Labels, shape: SimilarityShape, noise: Noise, count: Any
) -> tuple[Tensor, Tensor]:
    """Losses [b], and whether each sample is closer to its label than to all negatives [b].

    inputs [b, e]. Negatives are drawn with replacement: inputs from those of the first `count` samples, labels from all
    that there are, or where they are not known from those of the same samples.
    """
    found = _similarities(ops, inputs, labels, shape, noise, count)
    is_right = ops.max(found.input_label, axis=-1) < found.positive[:, 0]
    if shape.loss_type == "margin":
        return _margin(ops, found, shape), is_right
    return _cross_entropy(ops, found, shape), is_right


def many_right_loss(
    ops: Any, inputs: Tensor, labels: Tensor, right: Tensor, shape: SimilarityShape, noise: Noise
) -> tuple[Tensor, Tensor]:
    """Losses [b] where several labels may be right, and whether all that was looked at was told right [b].

    inputs [b, e], labels [l, e] of all there are, right [b, l], 1 or 0. Each of the right labels and each of n that
    are drawn is judged by itself.
    """
    logits = ops.matmul(inputs, ops.transpose(labels, (1, 0)))  # [b, l]
    size = (ops.shape(inputs)[0], shape.number_of_negative_examples)
    drawn = noise.below(size, ops.shape(labels)[0])  # [b, n]
    signs = 1 - 2 * ops.take_along_axis(right, drawn, axis=1)  # [b, n]: 1 where the label is wrong
    wrongness = ops.concatenate([-logits, signs * ops.take_along_axis(logits, drawn, axis=1)], axis=1)  # [b, l + n]
    each = ops.softplus(wrongness)
    counts = ops.concatenate([right, ops.ones_like(signs)], axis=1)
    if shape.scale_loss:
        each = each * difficulty(ops, ops.where(counts > 0, ops.exp(-each), 0.0))
    is_right = ops.max(ops.where(counts > 0, wrongness, _NEVER), axis=1) < 0
    return ops.sum(each * counts, axis=1) / ops.sum(counts, axis=1), is_right


def similarity(ops: Any, a: Tensor, b: Tensor, kind: str) -> Tensor:
    """Inner products or cosines along the last axis, the others broadcast."""
    if kind == "cosine":
        a, b = _normal(ops, a), _normal(ops, b)
    return ops.sum(a * b, axis=-1)


def _similarities(
    ops: Any, inputs: Tensor, labels: Labels, shape: SimilarityShape, noise: Noise, count: Any
) -> _Similarities:
    own, every = labels.own, labels.all
    if shape.similarity_type == "cosine":
        inputs, own = _normal(ops, inputs), _normal(ops, own)
        every = _normal(ops, every) if every is not None else None
    codes = ops.expand_dims(labels.codes, 1)  # [b, 1]
    size = (ops.shape(inputs)[0], shape.number_of_negative_examples)
    drawn = noise.below(size, count)  # [b, n] samples
    other_inputs, same_input = ops.take(inputs, drawn, axis=0), ops.take(labels.codes, drawn, axis=0) == codes
    if every is None:
        drawn = noise.below(size, count)
        other_labels, same_label = ops.take(own, drawn, axis=0), ops.take(labels.codes, drawn, axis=0) == codes
    else:
        drawn = noise.below(size, ops.shape(every)[0])
        other_labels, same_label = ops.take(every, drawn, axis=0), drawn == codes
    own_input, own_label = ops.expand_dims(inputs, 1), ops.expand_dims(own, 1)  # [b, 1, e]; others [b, n, e]

    def compare(one: Tensor, other: Tensor, is_same: Tensor) -> Tensor:
        return ops.sum(one * other, axis=-1) + ops.where(is_same, _NEVER, 0.0)  # [b, n]

    return _Similarities(
        positive=ops.sum(own_input * own_label, axis=-1),
        input_label=compare(own_input, other_labels, same_label),
        label_input=compare(own_label, other_inputs, same_input),
        input_input=compare(own_input, other_inputs, same_input),
        label_label=compare(own_label, other_labels, same_label),
    )


def _cross_entropy(ops: Any, found: _Similarities, shape: SimilarityShape) -> Tensor:
    terms = [found.positive, found.input_label, found.label_input]
    others = [found.input_input, found.label_label]
    logits = ops.concatenate(terms if shape.constrain_similarities else [*terms, *others], axis=-1)
    losses = ops.logsumexp(logits, axis=-1) - found.positive[:, 0]
    if shape.constrain_similarities:
        # Each similarity on its own, too: high for the label, low for all else.
        negative = ops.concatenate([*terms[1:], *others], axis=-1)
        count = 1 + negative.shape[-1]
        apart = ops.sum(ops.softplus(negative), axis=-1) + ops.softplus(-found.positive[:, 0])
        losses = losses + apart / count
    if shape.scale_loss:
        losses = losses * difficulty(ops, ops.exp(found.positive[:, 0] - ops.logsumexp(logits, axis=-1)))
    return losses


def difficulty(ops: Any, probabilities: Tensor) -> Tensor:
    """Weights of samples: less for what is known well already, once something is. [b] -> [b]."""
    probabilities = ops.stop_gradient(probabilities)
    weights = ops.square(ops.square((1 - probabilities) / 0.5))
    return ops.where(ops.max(probabilities) > 0.5, weights, ops.ones_like(weights))


def _margin(ops: Any, found: _Similarities, shape: SimilarityShape) -> Tensor:
    def excess(similarities: Tensor) -> Tensor:
        return ops.relu(similarities + shape.maximum_negative_similarity)

    losses = ops.relu(shape.maximum_positive_similarity - found.positive[:, 0])
    if shape.use_maximum_negative_similarity:
        losses = losses + excess(ops.max(found.input_label, axis=-1))
    else:
        losses = losses + ops.sum(excess(found.input_label), axis=-1)
    for others in (found.label_label, found.input_input, found.label_input):
        losses = losses + shape.negative_margin_scale * excess(ops.max(others, axis=-1))
    return losses


def _normal(ops: Any, x: Tensor) -> Tensor:
    return x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis=-1, keepdims=True), 1e-12))
