"""SentenceEncoderFeaturizer: one vector a message, of a pretrained sentence encoder.

Sentence encoders put texts of like meaning near each other, so that few examples go a long way. As in
LanguageModelFeaturizer, it does not matter to a message's vector which messages are encoded with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.pretrained.sentence_encoder import (
    DEFAULT_MODEL,
    SentenceEncoderReference,
    open_sentence_encoder,
)
from graphbuild.assistant.nlu.remembering import features_by_message
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import option


class SentenceEncoderFeaturizer(Component):
    """Gives messages the vectors of a pretrained sentence encoder."""

    kind = "featurizer"
    requires = ("sentence-transformers", "torch", "transformers", "numpy")
    extra = "sentence-transformers"
    remembers = "messages"

    @dataclass(frozen=True)
    class Config(Options):
        """Which model."""

        model: str = option(DEFAULT_MODEL, "A folder, or a name on the hub.")
        cache_dir: str | None = option(None, "Where downloads are kept.", display_only=True)
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"encoder": Helper("SentenceEncoder", {"model": config.model, "cache_dir": config.cache_dir})}

    def apply(self, messages: TokenizedMessages, encoder: SentenceEncoderReference) -> Features:
        """N messages -> sentence [n, d]; no sequence features."""
        return features_by_message(self.context.memory, messages, lambda new: self._features(new, encoder))

    def _features(self, messages: TokenizedMessages, encoder: SentenceEncoderReference) -> Features:
        opened = open_sentence_encoder(encoder, self.context.project, self.config.cache_dir)
        return Features(None, opened.encode(messages.texts, lambda done, total: self.context.progress(done, total, {})))
