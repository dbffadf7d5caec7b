"""TED: a transformer over the states of a dialogue, which tells what comes next by what is most similar to it.

b dialogues of at most p turns, t turns in all; u distinct states, n distinct turns (those of which equal things are to
be computed), i questions (what comes after a turn), d units, e dimensions of the embedding, l labels. Source:
Vlasov, Mosig and Nichol, "Dialogue Transformers", arXiv 1910.00486; options are Rasa's (TEDPolicy, RASA.md 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.networks import similarity, ted_texts, transformer
from graphbuild.assistant.networks.diet import DietShape
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
ENTITIES, WORDS = "entity", "words"
"""Parts of the loss: tags of what users say, hidden words."""


@dataclass(frozen=True)
class Attribute:
    """What states are described by."""

    name: str
    columns: int
    dense_dimension: int
    """Units that these become; texts with a network of their own have it from there."""


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
    texts: tuple[tuple[str, DietShape], ...] = ()
    """The networks of attributes that are texts, and of labels that are (ted_texts.LABELS)."""
    tags: int = 0
    """Tags of the words of users, k; 0 for none."""

    @property
    def networks(self) -> Mapping[str, DietShape]:
        """Those of texts by name."""
        return dict(self.texts)


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
    texts: Mapping[str, ted_texts.Texts] = field(default_factory=dict)
    """Of each attribute that has a network of its own, and of labels."""
    tagged: ted_texts.Tagged | None = None


@dataclass(frozen=True)
class Heard:
    """What was made of a step's dialogues and of the words in them."""

    vectors: Tensor  # [n, d]; with `asks_first` of dialogues, [b, d]
    words: Tensor | None  # [w, d] of what users say
    guessing: Tensor | None
    """The loss of guessing hidden words."""


def begin(shape: TedShape, seed: int) -> dict[str, Weight]:
    """The weights before training."""
    init = Initializer(seed)
    units = 0
    networks = shape.networks
    for place, one in enumerate(shape.attributes):
        if one.name in networks:
            ted_texts.begin(
                init, one.name, networks[one.name], shape.encoding_dimension, shape.density, seed + 1 + place
            )
            continue
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
    if ted_texts.LABELS in networks:
        own = networks[ted_texts.LABELS]
        ted_texts.begin(init, ted_texts.LABELS, own, shape.encoding_dimension, shape.density, seed)
    if shape.tags:
        ted_texts.begin_tags(init, networks[ted_texts.USER], shape.tags, units)
    return init.weights


def _sides(shape: TedShape) -> list[list[str]]:
    """The attributes of each side that there are."""
    names = {one.name for one in shape.attributes}
    found = [[name for name in side if name in names] for side in SIDES.values()]
    return [side for side in found if side]


def dialogue_vectors(ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise) -> Tensor:
    """The embeddings of what the questions are about, [i, e]."""
    return embedded(ops, weights, hear(ops, weights, shape, batch, noise), batch)


def embedded(ops: Any, weights: Weights, heard: Heard, batch: Batch) -> Tensor:
    """The embeddings of what the questions are about, [i, e]."""
    return dense(ops, weights, "dialogue.embed", gelu(ops, ops.take(heard.vectors, batch.asked, axis=0)))


def hear(ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise) -> Heard:
    """What the transformer makes of the turns, or of whole dialogues."""
    x, words, guessing = _turns(ops, weights, shape, batch, noise)  # [n, c]
    at = sequences(ops, batch)
    if shape.transformer is not None:
        asked = ops.zeros_like(batch.lengths) if shape.asks_first else None
        x = transformer.encode(ops, weights, "transformer", x, at, shape.transformer, noise, asked)
    elif shape.asks_first:
        x = ops.take(x, at.place[:, 0], axis=0)
    return Heard(x, words, guessing)


def sequences(ops: Any, batch: Batch) -> transformer.Sequences:
    """Where the distinct turns are at home; several dialogues may have one."""
    lengths = ops.expand_dims(batch.lengths, 1)
    starts = ops.expand_dims(ops.cumsum(batch.lengths), 1) - lengths  # [b, 1]
    at = ops.expand_dims(ops.arange(batch.positions), 0)  # [1, p]
    exists = at < lengths  # [b, p]
    place = ops.take(batch.turns, ops.where(exists, starts + at, 0), axis=0)
    return transformer.Sequences(place, exists, batch.home * batch.positions + batch.home_position)


def _turns(
    ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The states of the distinct turns as vectors, [n, c]; words of users [w, d]; the loss of guessing hidden words.

    Distinct states are computed once, and so are distinct texts.
    """
    seen = {}
    networks = shape.networks
    user_words, guessing = None, None
    for one in shape.attributes:
        if one.name in networks:
            texts = batch.texts.get(one.name)
            if texts is None:  # where something is asked of dialogues without texts
                states = ops.shape(batch.is_there[one.name])[0]
                seen[one.name] = ops.zeros((states, shape.encoding_dimension), dtype="float32")
                continue
            made, words, guesses = ted_texts.encode(ops, weights, one.name, networks[one.name], texts, noise)
            seen[one.name] = made * ops.expand_dims(batch.is_there[one.name], 1)
            user_words = words if one.name == ted_texts.USER else user_words
            guessing = guesses if guessing is None else guessing + guesses  # all are hidden words of, or none
            continue
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
    return ops.concatenate([*found, by_turn(beside)] if beside else found, axis=-1), user_words, guessing


def label_vectors(
    ops: Any, weights: Weights, shape: TedShape, noise: Noise, texts: ted_texts.Texts | None = None
) -> Tensor:
    """The embeddings of all labels, [l, e]: each is a feature of its own, but for those that are `texts`."""
    x = weights["labels.sparse.kernel"] + weights["labels.sparse.bias"]
    x = gelu(ops, dense(ops, weights, "labels.encode", x))
    if texts is not None:
        own = shape.networks[ted_texts.LABELS]
        spelt, _, _ = ted_texts.encode(ops, weights, ted_texts.LABELS, own, texts, noise)
        x = ops.where(ops.expand_dims(texts.is_there, 1) > 0, spelt, x)
    x = noise.drop(x, shape.drop_rate_dialogue)
    return dense(ops, weights, "labels.embed", x)


def losses(ops: Any, weights: Weights, shape: TedShape, batch: Batch, noise: Noise) -> dict[str, Tensor]:
    """The loss, and under a name with `_accuracy` how much was right."""
    heard = hear(ops, weights, shape, batch, noise)
    inputs = embedded(ops, weights, heard, batch)  # [i, e]
    labels = label_vectors(ops, weights, shape, noise, batch.texts.get(ted_texts.LABELS))  # [l, e]
    if shape.has_many_right:
        each, is_right = similarity.many_right_loss(ops, inputs, labels, batch.right, shape.similarity, noise)
    else:
        known = similarity.Labels(ops.take(labels, batch.labels, axis=0), batch.labels, labels)
        each, is_right = similarity.loss(ops, inputs, known, shape.similarity, noise, batch.count)
    name = "intent" if shape.has_many_right else "action"
    found = {
        name: ops.sum(each * batch.shares),
        f"{name}_accuracy": ops.sum(ops.cast(is_right, "float32") * batch.shares),
    }
    if batch.tagged is not None and heard.words is not None:
        found[ENTITIES] = ted_texts.tag_loss(
            ops,
            weights,
            heard.words,
            gelu(ops, heard.vectors),
            batch.texts[ted_texts.USER].batch,
            batch.tagged,
            scale=shape.similarity.scale_loss,
        )
    if heard.guessing is not None:
        found[WORDS] = heard.guessing
    return found
