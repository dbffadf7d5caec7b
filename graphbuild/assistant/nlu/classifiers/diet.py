"""DIETClassifier: intents and entities by one network over all features. RASA.md 5.4; the network: networks/diet.py.

Keras trains, numpy predicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages, no_names
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions
from graphbuild.assistant.nlu.classifiers.diet_labels import Labels
from graphbuild.assistant.nlu.classifiers.diet_network import ask, rank, train
from graphbuild.assistant.nlu.classifiers.diet_options import NetworkOptions
from graphbuild.assistant.nlu.classifiers.diet_start import check_same
from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.assistant.nlu.extractors.bilou import Tags, TagScheme, entities_of_tags, tag_tokens
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component
from graphbuild.contract.options import option

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet_predict import Said

LEVELS = ("entity", "role", "group")


@dataclass(frozen=True)
class DIETClassifierOutput(Ports):
    """Intents and entities of the messages."""

    intents: IntentPredictions
    entities: EntityPredictions


class DIETClassifier(Component):
    """Predicts intents and entities together, with a transformer."""

    kind = "classifier"
    requires = ("numpy", "scipy", "autograd", "keras", "tensorflow", "tensorflow-cpu", "jax")
    environment = ("KERAS_BACKEND",)
    training_threads = 2

    @dataclass(frozen=True)
    class Config(NetworkOptions):
        """Options, with Rasa's names and defaults."""

        intent_classification: bool = option(True, "Learn intents.")
        entity_recognition: bool = option(True, "Learn entities.")
        BILOU_flag: bool = option(True, "Tell where in an entity a word stands.")
        split_entities_by_comma: bool | dict[str, bool] = option(True, "Let commas end entities, or those of a type.")

    config: Config

    def fits(self, start: DietState, messages: TokenizedMessages) -> Warnings:
        """Raises DataError where the intents and entities of the messages are not those that were learnt."""
        names = messages.intents if self.config.intent_classification else no_names(len(messages))
        labels = Labels.of(names)
        check_same(start, labels.kind, labels.names, {level: one.scheme for level, one in self._tags(messages).items()})
        return Warnings()

    def train(
        self, messages: TokenizedMessages, features: Sequence[Features], start: DietState | None = None
    ) -> DietState:
        """N messages with their features -> the trained network. Where intents are learnt, those without are left."""
        learns = self.config.intent_classification
        labels = Labels.of(messages.intents if learns else no_names(len(messages)))
        if messages.label_words:
            known = start.label_terms if start is not None else ()
            labels = labels.in_words([messages.words_of(name) for name in labels.names], known)
        return train(self.config, self.context, messages, features, labels, self._tags(messages), start)

    def apply(
        self, state: DietState, messages: TokenizedMessages, features: Sequence[Features]
    ) -> DIETClassifierOutput:
        """N messages with their features -> a ranking and the entities of each."""
        said = ask(state, messages, features)
        return DIETClassifierOutput(
            rank(self.config, state, said, len(messages)), self._entities(state, said, messages)
        )

    def _tags(self, messages: TokenizedMessages) -> dict[str, Tags]:
        """The tags of the words by level, as far as some word has one."""
        if not self.config.entity_recognition:
            return {}
        tagged = tag_tokens(messages, bilou=self.config.BILOU_flag)
        kinds = zip(LEVELS, (tagged.entity, tagged.role, tagged.group), strict=True)
        return {level: tags for level, tags in kinds if tags.codes.any()}

    def _entities(self, state: DietState, said: Sequence[Said], messages: TokenizedMessages) -> EntityPredictions:
        """The entities that the tags of all messages mean."""
        found: dict[str, Tags] = {}
        for place, (level, scheme) in enumerate(state.schemes.items() if said else ()):
            tags = [one.tags[place] for one in said if one.tags]
            codes = np.concatenate([np.zeros(0, dtype=np.int32), *(one for one, _ in tags)])
            sure = np.concatenate([np.zeros(0, dtype=np.float32), *(one for _, one in tags)])
            found[level] = Tags(scheme, codes, sure)
        nothing = Tags(TagScheme((), self.config.BILOU_flag), np.zeros(len(messages.tokens.starts), dtype=np.int32))
        return entities_of_tags(
            messages,
            type(self).__name__,
            found.get("entity", nothing),
            found.get("role"),
            found.get("group"),
            split_by_comma=self.config.split_entities_by_comma,
        )
