"""DIET: a transformer over the words of a message and the message as a whole, which tells its intent and its entities.

b messages, s words of the longest, p = s + 1 positions (the message itself comes after its last word), d units,
e dimensions of the embedding, l labels, k tags. Source: Bunk, Varshneya, Vlasov and Nichol, "DIET: Lightweight Language
Understanding for Dialogue Systems", arXiv 2004.09936; options are those of Rasa's DIETClassifier (RASA.md 5.4).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphbuild.assistant.networks import crf, similarity, transformer
from graphbuild.assistant.networks.layers import (
    Initializer,
    Noise,
    Rows,
    Tensor,
    Weight,
    Weights,
    dense,
    feed_forward,
    gelu,
    sparse_dense,
)

MASKED, RANDOM, SAME = 0.7, 0.1, 0.2
"""What happens to a word that is to be guessed."""
GUESSED = 0.15
"""Of all words."""


@dataclass(frozen=True)
class Columns:
    """How many columns the features of one level have."""

    sparse: int = 0
    dense: int = 0


@dataclass(frozen=True)
class DietShape:
    """The network's sizes and options."""

    words: Columns
    messages: Columns
    labels: int
    """Labels to tell apart, l; 0 for none."""
    label_columns: int
    tags: tuple[tuple[str, int], ...]
    """(level, k) of entity, role, group, as far as there are any."""
    transformer: transformer.TransformerShape | None
    similarity: similarity.SimilarityShape
    embedding: int
    dense_dimension: int
    label_dense_dimension: int
    concat_dimension: int
    hidden_layers: tuple[int, ...] = ()
    label_hidden_layers: tuple[int, ...] = ()
    share_hidden_layers: bool = False
    density: float = 0.2
    drop_rate: float = 0.2
    drops_sparse_input: bool = True
    drops_dense_input: bool = True
    guesses_words: bool = False
    """Whether some words are hidden and guessed (masked language model)."""


@dataclass(frozen=True)
class Batch:
    """Some messages: w words in all, u distinct ones. Where shapes are rounded up, what is beyond counts nowhere."""

    count: Tensor
    """How many messages there are, at most b."""
    positions: Tensor
    """One more than the longest has words, p; at least 2."""
    lengths: Tensor  # [b] words
    words: Rows | None  # [u, columns]
    word_of: Tensor  # [w] which distinct word each is
    dense_words: Tensor | None  # [w, columns]
    messages: Rows | None  # [b, columns]
    dense_messages: Tensor | None  # [b, columns]
    labels: Tensor | None = None  # [b], -1 for none
    tags: tuple[Tensor, ...] = field(default_factory=tuple)  # [w] for each level


def begin(shape: DietShape, seed: int) -> dict[str, Weight]:
    """The weights before training."""
    init = Initializer(seed)
    units = _begin_inputs(init, shape)
    hidden = [units, *shape.hidden_layers]
    for position, (inputs, outputs) in enumerate(itertools.pairwise(hidden)):
        init.kernel(f"hidden.{position}", inputs, outputs, shape.density)
    units = hidden[-1]
    if shape.guesses_words:
        init.normal("mask", (1, units), 1 / np.sqrt(units), decays=False)
    if shape.transformer is not None:
        transformer.begin(init, "transformer", units, shape.transformer)
    made = units_out(shape)
    if shape.labels:
        _begin_labels(init, shape, made)
    before = 0
    for level, count in shape.tags:
        init.kernel(f"{level}.tags", made + before, count)
        init.normal(f"{level}.transitions", (count, count), 0.05)
        before = before or count  # roles and groups see the entities' tags
    if shape.guesses_words:
        init.kernel("guess", made, shape.embedding)
        init.kernel("guessed", units, shape.embedding)
    return init.weights


def units_out(shape: DietShape) -> int:
    """Units of what `encode` makes of words and messages."""
    if shape.transformer is not None:
        return shape.transformer.units
    return shape.hidden_layers[-1] if shape.hidden_layers else _units_in(shape)[0]


def _units_in(shape: DietShape) -> tuple[int, dict[str, int]]:
    """Units of the vectors of features, and of those of each level before they are made alike."""
    units = {
        level: (shape.dense_dimension if columns.sparse else 0) + columns.dense
        for level, columns in (("words", shape.words), ("messages", shape.messages))
    }
    differ = units["words"] and units["messages"] and units["words"] != units["messages"]
    return shape.concat_dimension if differ else max(units.values()), units


def _begin_inputs(init: Initializer, shape: DietShape) -> int:
    """The layers that make vectors of features; units of the result."""
    made, units = _units_in(shape)
    for level, columns in (("words", shape.words), ("messages", shape.messages)):
        if columns.sparse:
            init.kernel(f"{level}.sparse", columns.sparse, shape.dense_dimension, rows=f"{level}.used")
    if units["words"] and units["messages"] and units["words"] != units["messages"]:
        for level, inputs in units.items():
            init.kernel(f"{level}.concat.0", inputs, shape.concat_dimension, shape.density)
    return made


def _begin_labels(init: Initializer, shape: DietShape, units: int) -> None:
    sizes = [shape.label_dense_dimension, *shape.label_hidden_layers]
    init.kernel("labels.sparse", shape.label_columns, sizes[0])
    name = "hidden" if shape.share_hidden_layers else "labels.hidden"
    for position, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        if f"{name}.{position}.kernel" not in init.weights:
            init.kernel(f"{name}.{position}", inputs, outputs, shape.density)
    init.kernel("labels.embed", sizes[-1], shape.embedding)
    init.kernel("messages.embed", units, shape.embedding)


def encode(
    ops: Any, weights: Weights, shape: DietShape, batch: Batch, noise: Noise, *, with_words: bool
) -> tuple[Tensor | None, Tensor, Tensor | None]:
    """What the transformer makes of the words [w, d] and of the messages [b, d]; the loss of guessing words.

    Without words, which cost more than half of it, None in their place.
    """
    words = _vectors(ops, weights, "words", shape, batch, noise)  # [w, c]
    messages = _vectors(ops, weights, "messages", shape, batch, noise)  # [b, c]
    count = ops.shape(batch.lengths)[0]
    if messages is None:
        assert words is not None, "there are features of words or of messages"
        messages = ops.zeros((count, words.shape[-1]), dtype="float32")
    if words is None:
        words = ops.zeros((ops.shape(batch.word_of)[0], messages.shape[-1]), dtype="float32")
    total = ops.shape(words)[0]
    rows = ops.concatenate([words, messages], axis=0)  # [w + b, c]
    rows = feed_forward(ops, weights, "hidden", list(shape.hidden_layers), rows, noise, shape.drop_rate)
    x, hidden = rows, None
    if shape.guesses_words:
        x, hidden = _hide(ops, weights, rows, ops.sum(batch.lengths), noise)
    if shape.transformer is not None:
        at = sequences(ops, batch.lengths, total, batch.positions)
        asked = None if with_words or hidden is not None else batch.lengths
        x = gelu(ops, transformer.encode(ops, weights, "transformer", x, at, shape.transformer, noise, asked))
        if asked is not None:
            return None, x, None
    guessing = None
    if hidden is not None:
        words_of = ops.concatenate([batch.word_of, total + ops.arange(count)], axis=0)  # [w + b]
        guessing = _guess(ops, weights, shape, rows, words_of, hidden, x, noise)
    return x[:total], x[total:], guessing


def sequences(ops: Any, lengths: Tensor, total: Tensor, positions: Tensor) -> transformer.Sequences:
    """Where the rows [words, messages] are at home: a message comes after its last word."""
    count = ops.shape(lengths)[0]
    ends = ops.cumsum(lengths)
    starts = ends - lengths  # [b]
    at = ops.expand_dims(ops.arange(positions), 0)  # [1, p]
    exists = at <= ops.expand_dims(lengths, 1)
    own = total + ops.expand_dims(ops.arange(count), 1)  # [b, 1]
    place = ops.where(at < ops.expand_dims(lengths, 1), ops.expand_dims(starts, 1) + at, own)
    word = ops.arange(total)
    message = ops.cast(ops.searchsorted(ends, word, side="right"), "int32")  # [w]
    message = ops.minimum(message, count - 1)
    of_words = ops.minimum(message * positions + word - ops.take(starts, message), count * positions - 1)
    of_messages = ops.arange(count) * positions + lengths
    return transformer.Sequences(place, exists, ops.concatenate([of_words, of_messages], axis=0))


def _vectors(ops: Any, weights: Weights, level: str, shape: DietShape, batch: Batch, noise: Noise) -> Tensor | None:
    """The features of words [w, c] or messages [b, c] as dense vectors."""
    columns = shape.words if level == "words" else shape.messages
    sparse, given = (batch.words, batch.dense_words) if level == "words" else (batch.messages, batch.dense_messages)
    parts = []
    if sparse is not None:
        rate = shape.drop_rate if shape.drops_sparse_input else 0.0
        made = sparse_dense(ops, weights, f"{level}.sparse", sparse, noise, rate)
        made = ops.take(made, batch.word_of, axis=0) if level == "words" else made
        # As in Rasa only what sparse features have become is dropped: given vectors are as good as they are.
        parts.append(noise.drop(made, shape.drop_rate if shape.drops_dense_input else 0.0))
    if columns.dense:
        parts.append(given)
    if not parts:
        return None
    x = parts[0] if len(parts) == 1 else ops.concatenate(parts, axis=-1)
    if f"{level}.concat.0.kernel" in weights:
        x = feed_forward(ops, weights, f"{level}.concat", [shape.concat_dimension], x, noise, shape.drop_rate)
    return x


def samples(ops: Any, weights: Weights, shape: DietShape, batch: Batch, noise: Noise) -> dict[str, Tensor]:
    """What is made of each message by itself: its embedding `message` [b, e], and the loss of each level [b].

    And `words`, a number: the loss of guessing words, which is of all messages together.
    """
    words, whole, guessing = encode(ops, weights, shape, batch, noise, with_words=bool(shape.tags))
    made: dict[str, Tensor] = {}
    if shape.labels:
        made["message"] = dense(ops, weights, "messages.embed", whole)
    if words is not None and shape.tags:
        made.update(_tag_losses(ops, weights, shape, batch, words))
    if guessing is not None:
        made["words"] = guessing
    return made


def losses(
    ops: Any,
    weights: Weights,
    shape: DietShape,
    labels: tuple[Rows, Tensor] | None,
    made: Mapping[str, Tensor],
    count: Tensor,
    noise: Noise,
) -> dict[str, Tensor]:
    """The parts of the loss, each a number, and under names with `_accuracy` how much was right.

    `labels`: the features of all [l, columns], and those of the messages [b]; `made`: of the messages (samples), of
    which `count` count.
    """
    found: dict[str, Tensor] = {}
    if labels is not None:
        rows, codes = labels
        vectors = label_vectors(ops, weights, shape, rows, noise)  # [l, e]
        known = similarity.Labels(ops.take(vectors, codes, axis=0), codes, vectors)
        each, is_right = similarity.loss(ops, made["message"], known, shape.similarity, noise, count)
        found["intent"] = _mean(ops, each, count)
        found["intent_accuracy"] = _mean(ops, ops.cast(is_right, "float32"), count)
    for level, _ in shape.tags:
        each = made[level]  # [b]
        if shape.similarity.scale_loss:
            each = each * similarity.difficulty(ops, ops.exp(-each))
        found[level] = _mean(ops, each, count)
    if "words" in made:
        found["words"] = made["words"]
    return found


def _mean(ops: Any, each: Tensor, count: Tensor) -> Tensor:
    """Of the first so many, [b] -> a number."""
    exists = ops.cast(ops.arange(ops.shape(each)[0]) < count, "float32")
    return ops.sum(each * (exists / ops.cast(count, "float32")))


def label_vectors(ops: Any, weights: Weights, shape: DietShape, rows: Rows, noise: Noise) -> Tensor:
    """The labels' embeddings, [l, e]."""
    x = sparse_dense(ops, weights, "labels.sparse", rows, noise, 0.0)
    name = "hidden" if shape.share_hidden_layers else "labels.hidden"
    x = feed_forward(ops, weights, name, list(shape.label_hidden_layers), x, noise, shape.drop_rate)
    return dense(ops, weights, "labels.embed", x)


def tag_scores(ops: Any, weights: Weights, level: str, x: Tensor, entities: Tensor | None) -> Tensor:
    """Scores of tags for each position. x [..., d], and for roles and groups the entities' tags [..., k'], 0 or 1."""
    x = x if entities is None else ops.concatenate([x, entities], axis=-1)
    return dense(ops, weights, f"{level}.tags", x)


def _tag_losses(ops: Any, weights: Weights, shape: DietShape, batch: Batch, words: Tensor) -> dict[str, Tensor]:
    """The loss of each message at each level, [b]."""
    at = ops.expand_dims(ops.arange(batch.positions - 1), 0)  # [1, s]
    ends = ops.expand_dims(ops.cumsum(batch.lengths), 1)
    lengths = ops.expand_dims(batch.lengths, 1)
    exists = at < lengths  # [b, s]
    place = ops.where(exists, ends - lengths + at, 0)
    found: dict[str, Tensor] = {}
    entities = None
    for (level, count), codes in zip(shape.tags, batch.tags, strict=True):
        scores = ops.take(tag_scores(ops, weights, level, words, entities), place, axis=0)  # [b, s, k]
        tags = ops.where(exists, ops.take(codes, place, axis=0), 0)  # [b, s]
        found[level] = crf.losses(ops, scores, tags, exists, weights[f"{level}.transitions"])
        if entities is None:
            entities = ops.cast(ops.expand_dims(codes, -1) == ops.arange(count), "float32")  # [w, k]
    return found


def _hide(ops: Any, weights: Weights, rows: Tensor, total: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
    """The rows with some words hidden, and which are to be guessed [w + b]. Devlin and others, arXiv 1810.04805."""
    count = ops.shape(rows)[0]
    is_word = ops.arange(count) < total
    chosen = ops.logical_and(is_word, noise.happens((count,), GUESSED))
    masked = ops.logical_and(chosen, noise.happens((count,), MASKED))
    replaced = ops.logical_and(
        ops.logical_and(chosen, ops.logical_not(masked)), noise.happens((count,), RANDOM / (RANDOM + SAME))
    )
    source = ops.where(replaced, noise.below((count,), count), ops.arange(count))
    source = ops.where(masked, count, source)
    return ops.take(ops.concatenate([rows, weights["mask"]], axis=0), source, axis=0), chosen


def _guess(
    ops: Any,
    weights: Weights,
    shape: DietShape,
    rows: Tensor,
    words_of: Tensor,
    hidden: Tensor,
    x: Tensor,
    noise: Noise,
) -> Tensor:
    """The loss of telling hidden words from other words and messages of the batch."""
    guesses = dense(ops, weights, "guess", x)  # [w + b, e]
    words = dense(ops, weights, "guessed", rows)  # [w + b, e]
    counts = ops.cast(hidden, "float32")
    known = similarity.Labels(words, words_of)
    each, _ = similarity.loss(ops, guesses, known, shape.similarity, noise, ops.shape(rows)[0])
    return ops.sum(each * counts) / ops.maximum(ops.sum(counts), 1.0)
