"""Texts in TED: what users say and the bot says word for word, each encoded by a network of DIET's kind.

b texts of w words in all, u distinct states, l labels, d units, e units of the encoding, k tags, q texts of which words
are tagged, s words of the longest. Rasa's options and sizes: RASA.md 4.3. The layers are those of diet.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphbuild.assistant.networks import crf, diet, similarity
from graphbuild.assistant.networks.layers import Initializer, Noise, Tensor, Weights, dense, gelu, linear

USER = "text"
LABELS = "label_action_text"
_TAGS = "entity"


@dataclass(frozen=True)
class Texts:
    """The texts of one attribute in a step, and which of them each state or label has."""

    batch: diet.Batch
    of: Tensor  # [u] or [l]; any where there is none
    is_there: Tensor | None = None  # [l] 1 for labels that are texts, else 0


@dataclass(frozen=True)
class Tagged:
    """Texts whose words are tagged, each in the light of a dialogue."""

    about: Tensor  # [q] the row of what was made of the dialogue
    text: Tensor  # [q] which text of the step
    shares: Tensor | None = None  # [q] how much of the loss is each one's


def own(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Those whose names begin with `name.`, without that."""
    return {key[len(name) + 1 :]: value for key, value in values.items() if key.startswith(f"{name}.")}


def begin(init: Initializer, name: str, shape: diet.DietShape, units: int, density: float, seed: int) -> None:
    """The weights of the network of an attribute, whose encoding has so many units."""
    for key, weight in diet.begin(shape, seed).items():
        rows = f"{name}.{weight.rows}" if weight.rows is not None else None
        init.weights[f"{name}.{key}"] = replace(weight, rows=rows)
    init.kernel(f"{name}.encode", diet.units_out(shape), units, density)


def begin_tags(init: Initializer, shape: diet.DietShape, tags: int, units: int) -> None:
    """The weights that tag the words of users, where the vectors of dialogues have so many units."""
    init.kernel(f"{_TAGS}.tags", diet.units_out(shape), tags)
    init.kernel(f"{_TAGS}.context", units, tags, bias=False)
    init.normal(f"{_TAGS}.transitions", (tags, tags), 0.05)


def encode(
    ops: Any, weights: Weights, name: str, shape: diet.DietShape, texts: Texts, noise: Noise
) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """The encodings of the texts that states or labels have [u, e], the words of users [w, d]; the loss of guessing."""
    with_words = name == USER
    words, whole, guessing = diet.encode(ops, own(weights, name), shape, texts.batch, noise, with_words=with_words)
    encoded = gelu(ops, dense(ops, weights, f"{name}.encode", whole))  # [b, e]
    return ops.take(encoded, texts.of, axis=0), words, guessing


def tag_scores(ops: Any, weights: Weights, words: Tensor, context: Tensor) -> Tensor:
    """Scores of tags [..., k] of words [..., d], each in the light of a dialogue's vector [..., c]."""
    return dense(ops, weights, f"{_TAGS}.tags", words) + linear(ops, weights, f"{_TAGS}.context", context)


def transitions(weights: Weights) -> Tensor:
    """Scores of steps from tag to tag, [k, k]."""
    return weights[f"{_TAGS}.transitions"]


def tag_loss(
    ops: Any, weights: Weights, words: Tensor, dialogues: Tensor, batch: diet.Batch, tagged: Tagged, *, scale: bool
) -> Tensor:
    """The mean loss of the tags of some texts. words [w, d], dialogues [n, c]: what was made of each.

    As in Rasa what tells the tags of a word is its vector next to that of the dialogue; their products are added here.
    """
    (codes,) = batch.tags
    lengths = ops.expand_dims(ops.take(batch.lengths, tagged.text, axis=0), 1)  # [q, 1]
    starts = ops.take(ops.cumsum(batch.lengths) - batch.lengths, tagged.text, axis=0)  # [q]
    at = ops.expand_dims(ops.arange(batch.positions - 1), 0)  # [1, s]
    exists = at < lengths  # [q, s]
    place = ops.where(exists, ops.expand_dims(starts, 1) + at, 0)
    own_words = ops.take(dense(ops, weights, f"{_TAGS}.tags", words), place, axis=0)  # [q, s, k]
    context = linear(ops, weights, f"{_TAGS}.context", ops.take(dialogues, tagged.about, axis=0))  # [q, k]
    tags = ops.where(exists, ops.take(codes, place, axis=0), 0)  # [q, s]
    scores = own_words + ops.expand_dims(context, 1)
    each = crf.losses(ops, scores, tags, exists, transitions(weights))  # [q]
    if scale:
        each = each * similarity.difficulty(ops, ops.exp(-each))
    return ops.sum(each * tagged.shares)
