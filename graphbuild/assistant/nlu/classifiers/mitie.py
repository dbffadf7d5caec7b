"""MitieIntentClassifier: intents by MITIE's text categoriser. RASA.md 5.4."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel, open_mitie
from graphbuild.assistant.nlu.pretrained.mitie_trained import MitieTrained, mitie_words
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option

_KIND = "text_categorizer"


class MitieIntentClassifier(Component):
    """Predicts intents with MITIE."""

    kind = "classifier"
    requires = ("mitie",)
    extra = "mitie"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        num_threads: AtLeastOne = option(1, "Threads of the training.", training_only=True)

    config: Config

    def train(self, messages: TokenizedMessages, model: MitieModel) -> MitieTrained:
        """N examples -> a model of their intents. Examples without an intent or a word are passed over."""
        import mitie

        labelled = [
            (mitie_words(messages.tokens.row(row)), intent)
            for row, intent in enumerate(messages.intents.decoded())
            if intent is not None and messages.tokens.row(row)
        ]
        intents = {intent for _, intent in labelled}
        if len(intents) < 2:
            # One intent, or none, is no question: nothing is learnt, and the one is always the answer.
            return MitieTrained(_KIND, tuple(sorted(intents)), None)
        trainer = mitie.text_categorizer_trainer(model.place(self.context.project))
        trainer.num_threads = self.config.num_threads
        for words, intent in labelled:
            trainer.add_labeled_text(words, intent.encode("utf-8", "replace"))
        return MitieTrained.of(_KIND, intents, trainer.train())

    def apply(self, state: MitieTrained, messages: TokenizedMessages, model: MitieModel) -> IntentPredictions:
        """N messages -> a ranking of one intent each, with MITIE's score in the place of a confidence."""
        features = open_mitie(model, self.context.project) if state.model is not None else None
        ranking = np.full((len(messages), 1), -1, dtype=np.int32)
        scores = np.zeros((len(messages), 1), dtype=np.float32)
        for row in range(len(messages)):
            if state.model is not None:
                name, scores[row] = state.opened(mitie_words(messages.tokens.row(row)), features)
                ranking[row] = state.names.index(name)
            elif state.names:
                ranking[row], scores[row] = 0, 1
        return IntentPredictions(state.names, ranking, scores)
