"""ResponseSelector: which response of a retrieval intent a message asks for (RASA.md 5.4). The network is DIET's.

Labels are the keys of the responses (faq/ask_name), each a feature of its own, or the words of them where the tokenizer
splits names, or with `use_text_as_label` the words of their texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Coded, TokenizedMessages
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.predictions import ResponsePredictions
from graphbuild.assistant.data.response_texts import ResponseTexts, SelectedResponses
from graphbuild.assistant.learning.options import Density
from graphbuild.assistant.nlu.classifiers.diet_labels import Labels
from graphbuild.assistant.nlu.classifiers.diet_network import ask, rank, train
from graphbuild.assistant.nlu.classifiers.diet_options import LABEL, TEXT, NetworkOptions, Side, Sizes
from graphbuild.assistant.nlu.classifiers.diet_start import check_same
from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.contract.component import Component, Helper
from graphbuild.contract.options import AtLeastOne, NotNegative, option

_WORD = re.compile(r"\w+")


class ResponseSelector(Component):
    """Chooses among the responses of retrieval intents."""

    kind = "selector"
    requires = ("numpy", "scipy", "autograd", "keras", "tensorflow", "tensorflow-cpu", "jax")
    environment = ("KERAS_BACKEND",)
    training_threads = 2
    beside = (SelectedResponses,)

    @dataclass(frozen=True)
    class Config(NetworkOptions):
        """Options, with Rasa's names and defaults."""

        hidden_layers_sizes: dict[Side, list[AtLeastOne]] = option(
            {TEXT: [256, 128], LABEL: [256, 128]}, "Units of the layers; left out where there is a transformer."
        )
        transformer_size: Sizes | AtLeastOne | None = option(None, "Units of the transformer, 256 when empty.")
        number_of_transformer_layers: NotNegative = option(0, "Layers of the transformer; 0 for none.")
        dense_dimension: Sizes = option({TEXT: 512, LABEL: 512}, "Units that sparse features become.")
        concat_dimension: Sizes = option({TEXT: 512, LABEL: 512}, "Units where features of levels differ.")
        connection_density: Density = option(1.0, "Share of the connections of a dense layer that exist.")
        use_sparse_input_dropout: bool = option(False, "Drop features of sparse input.")
        use_dense_input_dropout: bool = option(False, "Drop features of dense input.")
        scale_loss: bool = option(True, "Give less weight to what is known well.")
        retrieval_intent: str | None = option(None, "The intent whose responses are learnt; of all when empty.")
        use_text_as_label: bool = option(False, "Learn from the texts of responses, too.")

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        asked = {"use_text_as_label": config.use_text_as_label, "retrieval_intent": config.retrieval_intent}
        return {"texts": Helper("ResponseLabels", asked)}

    def fits(self, start: DietState, messages: TokenizedMessages) -> Warnings:
        """Raises DataError where the responses that the messages ask for are not those that were learnt."""
        labels = Labels.of(self._keys(messages), kind="responses")
        check_same(start, labels.kind, labels.names, {})
        return Warnings()

    def train(
        self,
        messages: TokenizedMessages,
        features: Sequence[Features],
        texts: ResponseTexts,
        start: DietState | None = None,
    ) -> DietState:
        """N messages with their features -> the trained network. Those that ask for no response teach nothing."""
        labels = Labels.of(self._keys(messages), kind="responses")
        known = start.label_terms if start is not None else ()
        if self.config.use_text_as_label:
            by_key = dict(texts.pairs)
            labels = labels.in_words([_WORD.findall((by_key.get(key) or key).lower()) for key in labels.names], known)
        elif messages.label_words:
            labels = labels.in_words([messages.words_of(key) for key in labels.names], known)
        return train(self._options, self.context, messages, features, labels, {}, start)

    def apply(self, state: DietState, messages: TokenizedMessages, features: Sequence[Features]) -> ResponsePredictions:
        """N messages with their features -> a ranking of responses each."""
        said = ask(state, messages, features)
        ranked = rank(self._options, state, said, len(messages))
        return ResponsePredictions(ranked.names, ranked.ranking, ranked.confidences, self.config.retrieval_intent)

    @property
    def _options(self) -> NetworkOptions:
        """As in Rasa, a transformer stands in the place of hidden layers."""
        if not self.config.number_of_transformer_layers:
            return self.config
        return replace(self.config, hidden_layers_sizes={TEXT: [], LABEL: []})

    def _keys(self, messages: TokenizedMessages) -> Coded:
        """The response that each message asks for, of the intent that this selector is for."""
        wanted = self.config.retrieval_intent
        keys = messages.response_keys
        if wanted is None:
            return keys
        is_wanted = np.array([name.split("/")[0] == wanted for name in keys.names] + [False])  # the last for -1
        return Coded(keys.names, np.where(is_wanted[keys.codes], keys.codes, np.int32(-1)))
