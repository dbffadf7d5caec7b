"""SpacyFeaturizer: the word vectors of a spaCy model. RASA.md 5.3.

Tokens need not be spaCy's own: a token has the mean of the vectors of spaCy's words that it overlaps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.featurizers.pooling import Pooling, Vectors, aligned, pooled
from graphbuild.assistant.nlu.pretrained.spacy import SpacyModel, open_spacy
from graphbuild.assistant.nlu.remembering import features_by_message
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.errors import ComponentError, Problem


class SpacyFeaturizer(Component):
    """Gives words the vectors of a spaCy model, and messages the mean of them."""

    kind = "featurizer"
    requires = ("spacy", "numpy")
    extra = "spacy"
    remembers = "messages"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        pooling: Pooling = option("mean", "What a message's vector is of its words': the mean, or the maximum.")
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

    config: Config

    def apply(self, messages: TokenizedMessages, model: SpacyModel) -> Features:
        """N messages of t tokens -> sequence [t, d], sentence [n, d]."""
        return features_by_message(self.context.memory, messages, lambda new: self._features(new, model))

    def _features(self, messages: TokenizedMessages, model: SpacyModel) -> Features:
        nlp = open_spacy(model, self.context.project)
        # A model without a table of vectors has those of its inner layers.
        read = nlp.make_doc if nlp.vocab.vectors_length else nlp
        width = len(read("a")[0].vector)
        if not width:
            what = f"the spaCy model `{model.name}` has no vectors"
            raise ComponentError(Problem(what, hint="models whose names end in _md or _lg have"))
        tokens = messages.tokens
        rows = [np.zeros((0, width), dtype=np.float32)]
        for row, text in enumerate(messages.texts):
            inside = slice(int(tokens.splits[row]), int(tokens.splits[row + 1]))
            words = [word for word in read(model.seen(text)) if not word.is_space]
            spans = [(word.idx, word.idx + len(word.text)) for word in words]
            rows.append(aligned(_vectors(words, width), spans, tokens.starts[inside], tokens.ends[inside]))
        sequence = np.concatenate(rows)
        return Features(sequence, pooled(sequence, tokens.splits, self.config.pooling))


def _vectors(words: list[Any], width: int) -> Vectors:
    return np.array([word.vector for word in words], dtype=np.float32).reshape(len(words), width)
