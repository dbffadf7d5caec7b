"""LanguageModelFeaturizer: vectors of a pretrained language model (BERT and its like). RASA.md 5.3.

Vectors of sub-tokens are averaged back to tokens. Whatever messages are encoded together, each has the same vectors to
the last bit (pretrained.batches), so that they can be remembered message by message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.pretrained.language_model import Family, LanguageModelReference, open_language_model
from graphbuild.assistant.nlu.remembering import features_by_message
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import option


class LanguageModelFeaturizer(Component):
    """Gives words and messages the vectors of a pretrained language model."""

    kind = "featurizer"
    requires = ("transformers", "torch", "numpy")
    extra = "transformers"
    remembers = "messages"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        model_name: Family = option("bert", "The family of the model.")
        model_weights: str | None = option(None, "A folder, or a name on the hub; by default the family's usual one.")
        cache_dir: str | None = option(None, "Where downloads are kept.", display_only=True)
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        names = ("model_name", "model_weights", "cache_dir")
        return {"model": Helper("LanguageModel", {name: getattr(config, name) for name in names})}

    def apply(self, messages: TokenizedMessages, model: LanguageModelReference) -> Features:
        """N messages of t tokens -> sequence [t, d], sentence [n, d]. A message without words has zeros."""
        return features_by_message(self.context.memory, messages, lambda new: self._features(new, model))

    def _features(self, messages: TokenizedMessages, model: LanguageModelReference) -> Features:
        encoder = open_language_model(model, self.context.project, self.config.cache_dir)
        tokens = messages.tokens
        sequence = np.zeros((len(tokens.starts), encoder.width), dtype=np.float32)
        sentence = np.zeros((len(messages), encoder.width), dtype=np.float32)
        words = [tokens.row(row) for row in range(len(messages))]
        encoded = encoder.encode(words, lambda done, total: self.context.progress(done, total, {}))
        for row, (vectors, whole) in enumerate(encoded):
            sequence[tokens.splits[row] : tokens.splits[row + 1]], sentence[row] = vectors, whole
        return Features(sequence, sentence)
