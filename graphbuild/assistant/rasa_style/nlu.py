"""Bases of Rasa's components of messages: tokenizers, featurizers, classifiers and extractors. RASA.md 5.2 to 5.4."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from graphbuild.assistant.rasa_style.engine import GraphComponent
from graphbuild.assistant.rasa_style.message import Features, Message, Token, TrainingData
from graphbuild.assistant.rasa_style.names import (
    ACTION_NAME,
    FEATURE_TYPE_SENTENCE,
    FEATURE_TYPE_SEQUENCE,
    FEATURIZER_CLASS_ALIAS,
    INTENT,
    INTENT_RESPONSE_KEY,
    MESSAGE_ATTRIBUTES,
    TOKENS_NAMES,
)

_NAMES = (INTENT, ACTION_NAME, INTENT_RESPONSE_KEY)


class Tokenizer(GraphComponent):
    """Base of tokenizers: subclasses write `tokenize`."""

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self.intent_tokenization_flag = config.get("intent_tokenization_flag", False)
        self.intent_split_symbol = config.get("intent_split_symbol", "_")
        pattern = config.get("token_pattern")
        self.token_pattern_regex = re.compile(pattern) if pattern else None

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any) -> Any:
        return cls(config)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The tokens of an attribute of a message. Raises NotImplementedError where a subclass has none."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `tokenize`")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the tokens of all attributes that examples have."""
        for example in training_data.training_examples:
            for attribute in MESSAGE_ATTRIBUTES:
                if example.get(attribute):
                    split = attribute in _NAMES
                    tokens = self._split_name(example, attribute) if split else self.tokenize(example, attribute)
                    example.set(TOKENS_NAMES[attribute], tokens)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the tokens of texts."""
        for message in messages:
            for attribute in ("text", "action_text"):
                if message.get(attribute) is not None:
                    message.set(TOKENS_NAMES[attribute], self.tokenize(message, attribute))
        return messages

    def _split_name(self, message: Message, attribute: str = INTENT) -> list[Token]:
        text = str(message.get(attribute))
        words = text.split(self.intent_split_symbol) if self.intent_tokenization_flag else [text]
        return self._convert_words_to_tokens(words, text)

    def _apply_token_pattern(self, tokens: list[Token]) -> list[Token]:
        """Tokens split again into the matches of `token_pattern`, where there is one."""
        if self.token_pattern_regex is None:
            return tokens
        found = []
        for token in tokens:
            words = [word for word in self.token_pattern_regex.findall(token.text) if word]
            found += [Token(word, token.start + token.text.index(word)) for word in words] or [token]
        return found

    @staticmethod
    def _convert_words_to_tokens(words: list[str], text: str) -> list[Token]:
        """Words with their places in a text that has them in this order."""
        tokens, begin = [], 0
        for word in words:
            start = text.index(word, begin)
            tokens.append(Token(word, start))
            begin = start + len(word)
        return tokens


class _Featurizer(GraphComponent):
    """What dense and sparse featurizers share."""

    def __init__(self, name: str, config: dict[str, Any]) -> None:
        self._config = config
        self._identifier = config.get(FEATURIZER_CLASS_ALIAS) or name

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {FEATURIZER_CLASS_ALIAS: None}

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Adds features to all examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds features to messages. Raises NotImplementedError where a subclass has none."""
        raise NotImplementedError(f"`{type(self).__name__}` has no `process`")

    def add_features_to_message(self, sequence: Any, sentence: Any, attribute: str, message: Message) -> None:
        """Adds features of the tokens and of the sentence, those that are there, under the name of this featurizer."""
        for kind, matrix in ((FEATURE_TYPE_SEQUENCE, sequence), (FEATURE_TYPE_SENTENCE, sentence)):
            if matrix is not None:
                message.add_features(Features(matrix, kind, attribute, self._identifier))


class DenseFeaturizer(_Featurizer):
    """Base of featurizers that make arrays."""

    def aggregate_sequence_features(
        self, dense_sequence_features: Any, pooling_operation: str = "mean", only_non_zero_vectors: bool = True
    ) -> Any:
        """[tokens, columns] -> [1, columns]: the mean or the maximum over tokens, without tokens that have nothing."""
        rows = np.asarray(dense_sequence_features)
        kept = rows[np.any(rows, axis=-1)] if only_non_zero_vectors else rows
        if not len(kept):
            return np.zeros((1, rows.shape[-1]), dtype=rows.dtype)
        return (kept.max if pooling_operation == "max" else kept.mean)(axis=0, keepdims=True)


class SparseFeaturizer(_Featurizer):
    """Base of featurizers that make sparse matrices of scipy's."""


class IntentClassifier:
    """Marks a class that predicts intents."""


class EntityExtractorMixin:
    """Marks a class that finds entities."""

    @property
    def name(self) -> str:
        """What entities say of who found them."""
        return type(self).__name__

    def add_extractor_name(self, entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Entities that say who found them."""
        for entity in entities:
            entity["extractor"] = self.name
        return entities

    def add_processor_name(self, entity: dict[str, Any]) -> dict[str, Any]:
        """An entity that says who changed it."""
        entity["processors"] = [*entity.get("processors", []), self.name]
        return entity
