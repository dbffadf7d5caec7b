"""MitieFeaturizer: the word features of MITIE. RASA.md 5.3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.featurizers.pooling import Pooling, pooled
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel, open_mitie
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


class MitieFeaturizer(Component):
    """Gives words the features of MITIE, and messages the mean of them."""

    kind = "featurizer"
    requires = ("mitie", "numpy")
    extra = "mitie"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        pooling: Pooling = option("mean", "What a message's vector is of its words': the mean, or the maximum.")
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

    config: Config

    def apply(self, messages: TokenizedMessages, model: MitieModel) -> Features:
        """N messages of t tokens -> sequence [t, d], sentence [n, d]. Each distinct word is looked up once."""
        extractor = open_mitie(model, self.context.project)
        tokens = messages.tokens
        vectors = [np.zeros((0, extractor.num_dimensions), dtype=np.float32)]
        for word in tokens.words.names:
            found = extractor.get_feature_vector(word.encode("utf-8", "replace"))
            vectors.append(np.array(found, dtype=np.float32).reshape(1, -1))
        sequence = np.concatenate(vectors)[tokens.words.codes]
        return Features(sequence, pooled(sequence, tokens.splits, self.config.pooling))
