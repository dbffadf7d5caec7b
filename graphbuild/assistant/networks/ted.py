"""TED: a transformer over the states of a dialogue, which tells what comes next by what is most similar to it.

b dialogues of at most p turns, t turns in all; u distinct states, n distinct turns (those of which equal things are to
be computed), i questions (what comes after a turn), d units, e dimensions of the embedding, l labels. Source:
Vlasov, Mosig and Nichol, "Dialogue Transformers", arXiv 1910.00486; options are Rasa's (TEDPolicy, RASA.md 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.networks import similarity, transformer
from graphbuild.assistant.networks.layers import (
    Initializer,
    Noise,
    Rows,
    Tensor,
    Weight,
    Weights,
    dense,
    gelu,
    sparse_dense,
)

SIDES = {"user": ("intent", "text"), "action": ("action_name", "action_text")}
"""Attributes of which a state has one at most: they are encoded alike and added up."""
BESIDE = ("entities", "slots", "active_loop")


@dataclass(frozen=True)
class Attribute:
    """What states are described by."""

    name: str
    columns: int
    dense_dimension: int


@dataclass(frozen=True)
class TedShape:
    """The network's sizes and options."""

    attributes: tuple[Attribute, ...]
    labels: int
    """Labels to tell apart, l."""
    label_dense_dimension: int
    encoding_dimension: int
    transformer: transformer.TransformerShape | None
    similarity: similarity.SimilarityShape
    embedding: int
    density: float = 0.2
    drop_rate: float = 0.0
    """Of features."""
    drop_rate_dialogue: float = 0.1
    has_many_right: bool = False
    """Whether several labels may be right at once."""
    asks_first: bool = False
    """Whether questions are about the first turns of dialogues alone; each turn then sees those after it, too."""


@dataclass(frozen=True)
class Batch:
    """Some dialogues. Where shapes are rounded up, what is beyond counts nowhere."""

    features: Mapping[str, Rows]  # of each attribute, [u, columns]
    is_there: Mapping[str, Tensor]  # of each attribute, [u] 1 where a state has it, else 0
    state_of: Tensor  # [n]
    positions: Tensor
    """Turns of the longest dialogue, p."""
    lengths: Tensor  # [b]
    turns: Tensor  # [t] which distinct turn each turn is, dialogue by dialogue
    home: Tensor  # [n] a dialogue of each distinct turn
    home_position: Tensor  # [n] and where it is in there
    asked: Tensor  # [i] the distinct turn that each question is about; with `asks_first` the dialogue
    labels: Tensor | None = None  # [i]
    shares: Tensor | None = None  # [i] how much of the loss is each question's
    count: Tensor | None = None
    """How many questions there are, at most i."""
    right: Tensor | None = None  # [i, l] which labels are right where several may be


def begin(shape: TedShape, seed: int) -> dict[str, Weight]:
    """The weights before training."""
    init = Initializer(seed)
    units = 0
    for one in shape.attributes:
        init.kernel(f"{one.name}.sparse", one.columns, one.dense_dimension)
        if one.name in BESIDE:
            units += one.dense_dimension
        else:
            init.kernel(f"{one.name}.encode", one.dense_dimension, shape.encoding_dimension, shape.density)
    units += shape.encoding_dimension * len(_sides(shape))
    if shape.transformer is not None:
        transformer.begin(init, "transformer", units, shape.transformer)
        units = shape.transformer.units
    init.kernel("dialogue.embed", units, shape.embedding)
    init.kernel("labels.sparse", shape.labels, shape.label_dense_dimension)
    init.kernel("labels.encode", shape.label_dense_dimension, shape.encoding_dimension, shape.density)
    init.kernel("labels.embed", shape.encoding_dimension, shape.embedding)
    return init.weights


def _sides(shape: TedShape) -> list[list[str]]:
    """The attributes of each side that there are."""
    names = {one.name for one in shape.attributes}
    found = [[name for name in side if name in names] for side in SIDES.values()]
    return [side for side in found if side]


def dialogue_vectors(ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise) -> Tensor:
    """The embeddings of what the questions are about, [i, e]."""
    x = _turns(ops, weights, shape, batch, noise)  # [n, c]
    at = sequences(ops, batch)
    if shape.transformer is not None:
        first_only = shape.asks_first
        x = transformer.encode(ops, weights, "transformer", x, at, shape.transformer, noise, first_only=first_only)
    elif shape.asks_first:
        x = ops.take(x, at.place[:, 0], axis=0)
    return dense(ops, weights, "dialogue.embed", gelu(ops, ops.take(x, batch.asked, axis=0)))


def sequences(ops: Any, batch: Batch) -> transformer.Sequences:
    """Where the distinct turns are at home; several dialogues may have one."""
    lengths = ops.expand_dims(batch.lengths, 1)
    starts = ops.expand_dims(ops.cumsum(batch.lengths), 1) - lengths  # [b, 1]
    at = ops.expand_dims(ops.arange(batch.positions), 0)  # [1, p]
    exists = at < lengths  # [b, p]
    place = ops.take(batch.turns, ops.where(exists, starts + at, 0), axis=0)
    return transformer.Sequences(place, exists, batch.home * batch.positions + batch.home_position)


def _turns(ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise) -> Tensor:
    """The states of the distinct turns as vectors, [n, c]. Distinct states are computed once."""
    seen = {}
    for one in shape.attributes:
        made = sparse_dense(ops, weights, f"{one.name}.sparse", batch.features[one.name], noise, shape.drop_rate)
        if one.name not in BESIDE:
            made = gelu(ops, dense(ops, weights, f"{one.name}.encode", made))
        seen[one.name] = made * ops.expand_dims(batch.is_there[one.name], 1)  # nothing where there is nothing
    sides = [sum(seen[name] for name in side) for side in _sides(shape)]  # [u, encoding_dimension] each
    beside = [seen[name] for name in BESIDE if name in seen]

    def by_turn(parts: list[Tensor]) -> Tensor:
        return ops.take(ops.concatenate(parts, axis=-1), batch.state_of, axis=0)

    # What is dropped is drawn for each turn, not for each state.
    found = [noise.drop(by_turn(sides), shape.drop_rate_dialogue)] if sides else []
    return ops.concatenate([*found, by_turn(beside)] if beside else found, axis=-1)


def label_vectors(ops: Any, weights: Weights, shape: TedShape, noise: Noise) -> Tensor:
    """The embeddings of all labels, each of which is a feature of its own, [l, e]."""
    x = weights["labels.sparse.kernel"] + weights["labels.sparse.bias"]
    x = noise.drop(gelu(ops, dense(ops, weights, "labels.encode", x)), shape.drop_rate_dialogue)
    return dense(ops, weights, "labels.embed", x)


def losses(ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise) -> dict[str, Tensor]:
    """The loss, and under a name with `_accuracy` how much was right."""
    inputs = dialogue_vectors(ops, weights, shape, batch, noise)  # [i, e]
    labels = label_vectors(ops, weights, shape, noise)  # [l, e]
    if shape.has_many_right:
        each, is_right = similarity.many_right_loss(ops, inputs, labels, batch.right, shape.similarity, noise)
    else:
        known = similarity.Labels(ops.take(labels, batch.labels, axis=0), batch.labels, labels)
        each, is_right = similarity.loss(ops, inputs, known, shape.similarity, noise, batch.count)
    name = "intent" if shape.has_many_right else "action"
    return {
        name: ops.sum(each * batch.shares),
        f"{name}_accuracy": ops.sum(ops.cast(is_right, "float32") * batch.shares),
    }
