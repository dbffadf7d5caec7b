"""Tokenizers, featurizers, classifiers and extractors in Rasa's style as ours. RASA.md 5.1.

What a message is known to be (its intent, its entities) is told in training alone; `process` gets what a user's message
has. A classifier or extractor sees what those before it said, as in Rasa, and what it leaves stands for all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Messages, TokenizedMessages, Tokens
from graphbuild.assistant.data.nlu_projections import Lookups, Regexes, Synonyms
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions
from graphbuild.assistant.nlu.tokenizers.tokenizing import TokenizerOptions, label_words
from graphbuild.assistant.rasa_style.adapter import CLASSIFIER, EXTRACTOR, FEATURIZER, TOKENIZER, Adapted
from graphbuild.assistant.rasa_style.message import Message, TrainingData
from graphbuild.assistant.rasa_style.resource import RasaResource
from graphbuild.assistant.rasa_style.views import (
    entities_of,
    features_of,
    intents_of,
    messages_of,
    set_entities,
    set_intents,
    tokens_of,
    training_data_of,
)
from graphbuild.contract.artifact import Ports


@dataclass(frozen=True)
class RasaStyleOutput(Ports):
    """Intents and entities of the messages."""

    intents: IntentPredictions
    entities: EntityPredictions


class _OfMessages(Adapted):
    """What all of them share."""

    def _processed(self, state: RasaResource | None, messages: list[Message]) -> list[Message]:
        """Messages after `process`, in their order; after `process_training_data` where there is no other."""
        made = self.loaded(state)
        if not messages:
            return messages
        if not hasattr(made, "process"):
            return list(made.process_training_data(TrainingData(messages)).training_examples)
        return list(made.process(messages))

    def _said(
        self,
        state: RasaResource | None,
        messages: Messages,
        features: Sequence[Features],
        intents: Sequence[IntentPredictions],
        entities: Sequence[EntityPredictions],
    ) -> list[Message]:
        """The same of messages of which others have said something before."""
        made = messages_of(messages, features)
        set_intents(made, IntentPredictions.latest(intents, len(messages)))
        # One that nothing was found for says nothing of any message.
        known = [one for one in entities if len(one.spans.splits) == len(messages) + 1]
        if known:
            set_entities(made, EntityPredictions.concatenate(known))
        return self._processed(state, made)

    def _tokenized(self, state: RasaResource | None, messages: Messages) -> TokenizedMessages:
        """N messages -> the same with t tokens."""
        found = self._processed(state, messages_of(messages))
        plain: Any = self.config
        split = getattr(plain, "intent_tokenization_flag", False)
        options = TokenizerOptions(bool(split), str(getattr(plain, "intent_split_symbol", None) or "_"))
        tokens = tokens_of(found) if found else Tokens.of([])
        return TokenizedMessages.of(messages, tokens, label_words(messages, options))

    def _featurized(self, state: RasaResource | None, messages: TokenizedMessages) -> Features:
        """N messages of t tokens -> sequence [t, c], sentence [n, c]."""
        return features_of(self._processed(state, messages_of(messages)), messages.tokens)


class _Learning(_OfMessages):
    """Those that learn from examples."""

    def train(
        self,
        messages: Messages,
        features: Sequence[Features] = (),
        synonyms: Synonyms | None = None,
        regexes: Regexes | None = None,
        lookups: Lookups | None = None,
    ) -> RasaResource:
        """The files that the component writes when it has seen all examples."""
        return self.learnt(training_data_of(messages, features, synonyms, regexes, lookups))


class _Tokenizer(_OfMessages):
    def apply(self, messages: Messages) -> TokenizedMessages:
        """N messages -> the same with their tokens."""
        return self._tokenized(None, messages)


class _LearningTokenizer(_Learning):
    def apply(self, state: RasaResource, messages: Messages) -> TokenizedMessages:
        """N messages -> the same with their tokens."""
        return self._tokenized(state, messages)


class _Featurizer(_OfMessages):
    def apply(self, messages: TokenizedMessages) -> Features:
        """N messages of t tokens -> sequence [t, c], sentence [n, c]."""
        return self._featurized(None, messages)


class _LearningFeaturizer(_Learning):
    def apply(self, state: RasaResource, messages: TokenizedMessages) -> Features:
        """N messages of t tokens -> sequence [t, c], sentence [n, c]."""
        return self._featurized(state, messages)


class _Classifier(_OfMessages):
    def apply(
        self, messages: Messages, features: Sequence[Features] = (), intents: Sequence[IntentPredictions] = ()
    ) -> IntentPredictions:
        """N messages -> their intents."""
        return intents_of(self._said(None, messages, features, intents, ()))


class _LearningClassifier(_Learning):
    def apply(
        self,
        state: RasaResource,
        messages: Messages,
        features: Sequence[Features] = (),
        intents: Sequence[IntentPredictions] = (),
    ) -> IntentPredictions:
        """N messages -> their intents."""
        return intents_of(self._said(state, messages, features, intents, ()))


class _Extractor(_OfMessages):
    def apply(
        self, messages: Messages, features: Sequence[Features] = (), entities: Sequence[EntityPredictions] = ()
    ) -> EntityPredictions:
        """N messages -> all of their entities."""
        return entities_of(self._said(None, messages, features, (), entities), type(self).__name__)


class _LearningExtractor(_Learning):
    def apply(
        self,
        state: RasaResource,
        messages: Messages,
        features: Sequence[Features] = (),
        entities: Sequence[EntityPredictions] = (),
    ) -> EntityPredictions:
        """N messages -> all of their entities."""
        return entities_of(self._said(state, messages, features, (), entities), type(self).__name__)


class _Both(_OfMessages):
    def apply(
        self,
        messages: Messages,
        features: Sequence[Features] = (),
        intents: Sequence[IntentPredictions] = (),
        entities: Sequence[EntityPredictions] = (),
    ) -> RasaStyleOutput:
        """N messages -> their intents and entities."""
        found = self._said(None, messages, features, intents, entities)
        return RasaStyleOutput(intents_of(found), entities_of(found, type(self).__name__))


class _LearningBoth(_Learning):
    def apply(
        self,
        state: RasaResource,
        messages: Messages,
        features: Sequence[Features] = (),
        intents: Sequence[IntentPredictions] = (),
        entities: Sequence[EntityPredictions] = (),
    ) -> RasaStyleOutput:
        """N messages -> their intents and entities."""
        found = self._said(state, messages, features, intents, entities)
        return RasaStyleOutput(intents_of(found), entities_of(found, type(self).__name__))


_BASES: dict[frozenset[str], tuple[type[Adapted], type[Adapted]]] = {
    frozenset({TOKENIZER}): (_Tokenizer, _LearningTokenizer),
    frozenset({FEATURIZER}): (_Featurizer, _LearningFeaturizer),
    frozenset({CLASSIFIER}): (_Classifier, _LearningClassifier),
    frozenset({EXTRACTOR}): (_Extractor, _LearningExtractor),
    frozenset({CLASSIFIER, EXTRACTOR}): (_Both, _LearningBoth),
}
"""By what it is: one that learns nothing, and one that learns."""


def nlu_base(kinds: set[str], *, learns: bool) -> type[Adapted] | None:
    """The component that a class of some types becomes; None where there is none."""
    pair = _BASES.get(frozenset(kinds))
    return None if pair is None else pair[int(learns)]
