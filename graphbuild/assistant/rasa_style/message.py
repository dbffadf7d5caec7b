"""Messages, tokens, features and training data as Rasa's components see them: an object each. RASA.md 5.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphbuild.assistant.rasa_style.names import (
    ENTITIES,
    ENTITY_ATTRIBUTE_TYPE,
    INTENT,
    INTENT_RESPONSE_KEY,
    TEXT,
)


class Token:
    """A word and its place in the text; `end` is exclusive."""

    def __init__(
        self,
        text: str,
        start: int,
        end: int | None = None,
        data: dict[str, Any] | None = None,
        lemma: str | None = None,
    ) -> None:
        self.text = text
        self.start = start
        self.end = start + len(text) if end is None else end
        self.data = data or {}
        self.lemma = lemma or text

    def get(self, prop: str, default: Any = None) -> Any:
        """What is noted of it."""
        return self.data.get(prop, default)

    def set(self, prop: str, info: Any) -> None:
        """Notes something."""
        self.data[prop] = info

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Token) and (self.start, self.end, self.text) == (other.start, other.end, other.text)

    def __lt__(self, other: Token) -> bool:
        return (self.start, self.end) < (other.start, other.end)

    def __hash__(self) -> int:
        return hash((self.start, self.end, self.text))

    def __repr__(self) -> str:
        return f"<Token {self.text!r} {self.start}:{self.end}>"


class Features:
    """What one featurizer says of one attribute of a message: [tokens, columns] or, of the sentence, [1, columns]."""

    def __init__(self, features: Any, feature_type: str, attribute: str, origin: str) -> None:
        self.features = features
        self.type = feature_type
        self.attribute = attribute
        self.origin = origin

    def is_dense(self) -> bool:
        """Whether it is an array of numpy's."""
        return isinstance(self.features, np.ndarray)

    def is_sparse(self) -> bool:
        """Whether it is a sparse matrix of scipy's."""
        return not self.is_dense()


class Message:
    """One message: properties by name, and features."""

    def __init__(
        self,
        data: dict[str, Any] | None = None,
        output_properties: set[str] | None = None,
        time: float | None = None,
        features: list[Features] | None = None,
    ) -> None:
        self.data = dict(data or {})
        self.output_properties = {TEXT, *(output_properties or ())}
        self.time = time
        self.features = list(features or ())

    @classmethod
    def build(
        cls, text: str, intent: str | None = None, entities: list[dict[str, Any]] | None = None, **_: Any
    ) -> Message:
        """A message of a text, with the intent (of a retrieval intent its full name) and the entities of an example."""
        data: dict[str, Any] = {TEXT: text}
        if intent:
            data[INTENT] = intent.partition("/")[0]
            data |= {INTENT_RESPONSE_KEY: intent} if "/" in intent else {}
        if entities:
            data[ENTITIES] = entities
        return cls(data)

    def get(self, prop: str, default: Any = None) -> Any:
        """A property."""
        return self.data.get(prop, default)

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """Sets a property."""
        self.data[prop] = info
        if add_to_output:
            self.output_properties.add(prop)

    def add_features(self, features: Features | None) -> None:
        """Adds what a featurizer says."""
        if features is not None:
            self.features.append(features)

    def get_full_intent(self) -> str | None:
        """The intent; of a retrieval intent with the key of its response."""
        name = self.get(INTENT_RESPONSE_KEY) or self.get(INTENT)
        return None if name is None else str(name)

    def get_sparse_features(
        self, attribute: str, featurizers: Sequence[str] | None = None
    ) -> tuple[Features | None, Features | None]:
        """Of the tokens and of the sentence, the columns of all featurizers (or of some) beside each other."""
        return self._joined(attribute, featurizers, sparse=True)

    def get_dense_features(
        self, attribute: str, featurizers: Sequence[str] | None = None
    ) -> tuple[Features | None, Features | None]:
        """The same of dense ones."""
        return self._joined(attribute, featurizers, sparse=False)

    def features_present(self, attribute: str, featurizers: Sequence[str] | None = None) -> bool:
        """Whether there are any."""
        return any(one for kind in (True, False) for one in self._joined(attribute, featurizers, sparse=kind))

    def as_dict(self, only_output_properties: bool = False) -> dict[str, Any]:
        """The properties that are there."""
        return {
            name: value
            for name, value in self.data.items()
            if value is not None and (not only_output_properties or name in self.output_properties)
        }

    def _joined(
        self, attribute: str, featurizers: Sequence[str] | None, *, sparse: bool
    ) -> tuple[Features | None, Features | None]:
        found: dict[str, list[Features]] = {"sequence": [], "sentence": []}
        for one in self.features:
            if (
                one.attribute == attribute
                and one.is_sparse() == sparse
                and (not featurizers or one.origin in featurizers)
            ):
                found[one.type].append(one)
        sequence, sentence = (_beside(parts) for parts in found.values())
        return sequence, sentence


class TrainingData:
    """The examples, and what else the NLU data says."""

    def __init__(
        self,
        training_examples: list[Message] | None = None,
        entity_synonyms: dict[str, str] | None = None,
        regex_features: list[dict[str, str]] | None = None,
        lookup_tables: list[dict[str, Any]] | None = None,
    ) -> None:
        self.training_examples = list(training_examples or ())
        self.entity_synonyms = entity_synonyms or {}
        self.regex_features = regex_features or []
        self.lookup_tables = lookup_tables or []

    @property
    def nlu_examples(self) -> list[Message]:
        """All examples: texts of stories are not among them."""
        return self.training_examples

    @property
    def intent_examples(self) -> list[Message]:
        """Those with an intent."""
        return [one for one in self.training_examples if one.get(INTENT)]

    @property
    def entity_examples(self) -> list[Message]:
        """Those with entities."""
        return [one for one in self.training_examples if one.get(ENTITIES)]

    @property
    def response_examples(self) -> list[Message]:
        """Those of retrieval intents."""
        return [one for one in self.training_examples if one.get(INTENT_RESPONSE_KEY)]

    @property
    def intents(self) -> set[str]:
        """Names of intents."""
        return {one.get(INTENT) for one in self.intent_examples}

    @property
    def entities(self) -> set[str]:
        """Types of entities."""
        return {span[ENTITY_ATTRIBUTE_TYPE] for one in self.entity_examples for span in one.get(ENTITIES)}

    @property
    def number_of_examples_per_intent(self) -> dict[str, int]:
        """Intent -> how many examples it has."""
        return dict(Counter(one.get(INTENT) for one in self.intent_examples))

    def is_empty(self) -> bool:
        """Whether it says nothing at all."""
        return not (self.training_examples or self.entity_synonyms or self.regex_features or self.lookup_tables)


def _beside(parts: Sequence[Features]) -> Features | None:
    """The columns of several, one after the other."""
    if not parts:
        return None
    first = parts[0]
    if first.is_dense():
        matrix = np.concatenate([one.features for one in parts], axis=-1)
    else:
        from scipy.sparse import hstack

        matrix = hstack([one.features for one in parts], format="coo")
    return Features(matrix, first.type, first.attribute, first.origin if len(parts) == 1 else "joined")
