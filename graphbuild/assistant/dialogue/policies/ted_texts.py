"""Texts of dialogues as TED's networks take them: which have features, which labels they are, the tags of their words.

n texts of t words, v states, l labels. Learns nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Spans, TokenizedMessages
from graphbuild.assistant.data.text_features import TextEntities, TextFeatures
from graphbuild.assistant.dialogue.featurizers.single_state import ACTION_NAME, ACTION_TEXT, TEXT, Vocabulary
from graphbuild.assistant.nlu.classifiers.diet_features import encode, layout_of, parts_of
from graphbuild.assistant.nlu.extractors.bilou import Tags, tag_tokens

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import Columns
    from graphbuild.assistant.networks.diet_steps import Encoded

LABELS = "label_action_text"
SPELT = (TEXT, ACTION_TEXT)
"""Attributes of states that are texts."""

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class KnownTexts:
    """Texts with features, by number."""

    encoded: Encoded
    number_of: Mapping[str, int]
    parts: tuple[tuple[int, ...], ...] = ()
    """Columns of each sparse matrix of words and of texts (diet_features.parts_of)."""
    tags: Tags | None = None
    """Of their words, where these are learnt."""

    @classmethod
    def of(cls, texts: TextFeatures, like: Sequence[tuple[int, int]] | None = None) -> KnownTexts | None:
        """None where there are no texts, or no features of them. `like`: the columns of the training.

        Raises DataError for others.
        """
        if not len(texts.messages):
            return None
        encoded = encode(texts.messages, texts.features, like=like)
        if not any(one.sparse + one.dense for one in layout_of(encoded)):
            return None
        numbers = {text: number for number, text in enumerate(texts.messages.texts)}
        return cls(encoded, numbers, parts_of(texts.features))

    @property
    def layout(self) -> tuple[Columns, Columns]:
        """Columns of the features of words and of texts."""
        return layout_of(self.encoded)

    def columns(self, vocabulary: Vocabulary, labels: Sequence[str | None]) -> dict[str, tuple[Columns, Columns]]:
        """The attributes that some of these texts are of, and LABELS where some label is: what has a network."""
        named: dict[str, Sequence[str | None]] = {name: vocabulary.get(name, ()) for name in SPELT}
        named[LABELS] = labels
        return {name: self.layout for name, said in named.items() if (self.numbers(said) >= 0).any()}

    def tagged(self, texts: TextFeatures, entities: TextEntities, *, bilou: bool) -> KnownTexts:
        """The same with the tags of entities, where some word has one."""
        found = tag_tokens(_marked(texts.messages, entities), bilou=bilou).entity
        if not found.codes.any():
            return self
        return replace(self, encoded=replace(self.encoded, tags=(found.codes,)), tags=found)

    def numbers(self, names: Sequence[str | None]) -> Ints:
        """The texts of some states or labels by number, -1 for none and for those that are not known."""
        return np.array([-1 if name is None else self.number_of.get(name, -1) for name in names], dtype=np.int32)


def texts_among(names: Sequence[str], vocabulary: Vocabulary) -> list[str | None]:
    """Those of some labels [l] that the bot says word for word; None for actions with a name."""
    said = set(vocabulary.get(ACTION_TEXT, ())) - set(vocabulary.get(ACTION_NAME, ()))
    return [name if name in said else None for name in names]


def _marked(messages: TokenizedMessages, entities: TextEntities) -> TokenizedMessages:
    """The texts with the entities that stories mark in them."""
    place = {text: row for row, text in enumerate(entities.texts)}
    rows = [entities.entities.row(place[text]) if text in place else [] for text in messages.texts]
    return replace(messages, entities=Spans.of(rows))
