"""DIETClassifier: intents and entities by one network over all features. RASA.md 5.4; the network: networks/diet.py.

Keras trains, numpy predicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions
from graphbuild.assistant.nlu.classifiers.diet_features import encode, identity, layout_of, take
from graphbuild.assistant.nlu.classifiers.diet_options import NetworkOptions, diet_shape
from graphbuild.assistant.nlu.classifiers.diet_state import DietState, plain_of
from graphbuild.assistant.nlu.classifiers.diet_training import HeldOut, train_network
from graphbuild.assistant.nlu.classifiers.held_out import split_off
from graphbuild.assistant.nlu.classifiers.ranking import confidences_of, ranked
from graphbuild.assistant.nlu.extractors.bilou import Tags, TagScheme, entities_of_tags, tag_tokens
from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component
from graphbuild.contract.options import option

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet_predict import Said
    from graphbuild.assistant.networks.diet_steps import Encoded

LEVELS = ("entity", "role", "group")
_SEEDS = 2**31


@dataclass(frozen=True)
class DIETClassifierOutput(Ports):
    """Intents and entities of the messages."""

    intents: IntentPredictions
    entities: EntityPredictions


class DIETClassifier(Component):
    """Predicts intents and entities together, with a transformer."""

    kind = "classifier"
    requires = ("numpy", "keras", "tensorflow", "tensorflow-cpu")

    @dataclass(frozen=True)
    class Config(NetworkOptions):
        """Options, with Rasa's names and defaults."""

        intent_classification: bool = option(True, "Learn intents.")
        entity_recognition: bool = option(True, "Learn entities.")
        BILOU_flag: bool = option(True, "Tell where in an entity a word stands.")
        split_entities_by_comma: bool | dict[str, bool] = option(True, "Let commas end entities, or those of a type.")

    config: Config

    def train(self, messages: TokenizedMessages, features: Sequence[Features]) -> DietState:
        """N messages with their features -> the trained network. Those without an intent teach entities only."""
        labels, codes = self._labels(messages)
        tags = self._tags(messages)
        encoded = encode(messages, features, codes if labels else None, [one.codes for one in tags.values()])
        learnable = np.flatnonzero(codes >= 0) if labels else np.arange(len(messages))
        if not len(learnable) or not (labels or tags):
            return DietState.empty()
        layout = layout_of(encoded)
        counted = tuple((level, len(one.scheme.tags)) for level, one in tags.items())
        shape = diet_shape(self.config, *layout, (len(labels), len(labels)), counted)
        schemes = {level: one.scheme for level, one in tags.items()}
        sizes = tuple((one.sparse, one.dense) for one in layout)
        state = DietState({}, plain_of(shape), labels, schemes, sizes)
        seed = self.config.random_seed if self.config.random_seed is not None else self.context.seed
        weights = train_network(
            self.config,
            shape,
            encoded,
            identity(len(labels)) if labels else None,
            seed % _SEEDS,
            self.context.progress,
            self._held_out(state, encoded, learnable, seed % _SEEDS),
        )
        return replace(state, weights=weights)

    def apply(
        self, state: DietState, messages: TokenizedMessages, features: Sequence[Features]
    ) -> DIETClassifierOutput:
        """N messages with their features -> a ranking and the entities of each."""
        said: list[Said] = []
        if state.weights:
            from graphbuild.assistant.networks.diet_predict import predict

            labels = identity(len(state.labels)) if state.labels else None
            encoded = encode(messages, features, like=state.layout)
            said = list(predict(state.weights, state.shape, encoded, labels))
        return DIETClassifierOutput(self._intents(state, said, len(messages)), self._entities(state, said, messages))

    def _labels(self, messages: TokenizedMessages) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """The intents that are learnt, and the code of each message's, -1 for none. One intent is no question."""
        used = np.unique(messages.intents.codes[messages.intents.codes >= 0])
        if not self.config.intent_classification or len(used) < 2:
            return (), np.full(len(messages), -1, dtype=np.int32)
        recode = np.full(len(messages.intents.names) + 1, -1, dtype=np.int32)
        recode[used] = np.arange(len(used))
        return tuple(messages.intents.names[code] for code in used.tolist()), recode[messages.intents.codes]

    def _tags(self, messages: TokenizedMessages) -> dict[str, Tags]:
        """The tags of the words by level, as far as some word has one."""
        if not self.config.entity_recognition:
            return {}
        tagged = tag_tokens(messages, bilou=self.config.BILOU_flag)
        kinds = zip(LEVELS, (tagged.entity, tagged.role, tagged.group), strict=True)
        return {level: tags for level, tags in kinds if tags.codes.any()}

    def _held_out(self, state: DietState, encoded: Encoded, learnable: NDArray[np.int64], seed: int) -> HeldOut:
        """What is learnt from, and how the rest is scored."""
        learned, held = split_off(learnable, encoded.labels, self.config.evaluate_on_number_of_examples, seed)
        if not len(held):
            return HeldOut(learned)
        from graphbuild.assistant.networks.diet_predict import predict

        others = take(encoded, held)
        labels = identity(len(state.labels)) if state.labels else None

        def score(weights: dict[str, NDArray[np.float32]]) -> dict[str, float]:
            said = list(predict(weights, state.shape, others, labels))
            found = {}
            if others.labels is not None:
                guesses = [int(one.similarities.argmax()) for one in said if one.similarities is not None]
                found["intent_accuracy"] = float((np.array(guesses) == others.labels).mean())
            for level, codes in zip(state.schemes, others.tags, strict=True):
                place = list(state.schemes).index(level)
                tags = np.concatenate([one.tags[place][0] if one.tags else np.zeros(0, np.int32) for one in said])
                found[f"{level}_f1"] = _f1(codes, tags)
            return found

        return HeldOut(learned, score)

    def _intents(self, state: DietState, said: Sequence[Said], count: int) -> IntentPredictions:
        names = state.labels if said else ()
        similarities = np.zeros((count, len(names)), dtype=np.float32)
        for row, one in enumerate(said):
            if one.similarities is not None:
                similarities[row] = one.similarities
        confidences = confidences_of(similarities)
        return ranked(names, confidences, self.config.ranking_length, renormalise=self.config.renormalize_confidences)

    def _entities(self, state: DietState, said: Sequence[Said], messages: TokenizedMessages) -> EntityPredictions:
        """The entities that the tags of all messages mean."""
        kinds: list[Tags | None] = []
        for level in LEVELS:
            scheme = state.schemes.get(level)
            if scheme is None or not said:
                kinds.append(None)
                continue
            place = list(state.schemes).index(level)
            codes = [one.tags[place][0] for one in said if one.tags]
            sure = [one.tags[place][1] for one in said if one.tags]
            empty = np.zeros(0, dtype=np.int32)
            kinds.append(
                Tags(scheme, np.concatenate([empty, *codes]), np.concatenate([empty.astype(np.float32), *sure]))
            )
        entity, role, group = kinds
        if entity is None:
            entity = Tags(TagScheme((), self.config.BILOU_flag), np.zeros(len(messages.tokens.starts), dtype=np.int32))
            role = group = None
        splitting = self.config.split_entities_by_comma
        return entities_of_tags(messages, type(self).__name__, entity, role, group, split_by_comma=splitting)


def _f1(truth: NDArray[np.int32], found: NDArray[np.int32]) -> float:
    """Of tags other than "O", by words."""
    right = int(((truth == found) & (truth > 0)).sum())
    both = int((truth > 0).sum() + (found > 0).sum())
    return 2 * right / both if both else 1.0
