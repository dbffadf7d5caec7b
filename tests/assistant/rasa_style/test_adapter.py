"""Classes in Rasa's style as components: what their types wire, what they are given, what is made of what they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import ActionPredictions, AugmentedDialogues, Dialogues
from graphbuild.assistant.data.features import Csr, Features
from graphbuild.assistant.data.messages import Messages, TokenizedMessages, Tokens
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.rasa_style.resource import RasaResource
from graphbuild.contract.artifact import ArtifactFormatError
from graphbuild.contract.component import Operation, is_trainable, signature
from graphbuild.errors import ComponentError
from graphbuild.rasa_style import (
    ENTITIES,
    INTENT,
    INTENT_RANKING_KEY,
    TEXT,
    DefaultV1Recipe,
    DenseFeaturizer,
    EntityExtractorMixin,
    GraphComponent,
    IntentClassifier,
    Message,
    Policy,
    PolicyPrediction,
    Token,
    Tokenizer,
)

TYPES = DefaultV1Recipe.ComponentType


class Halves(Tokenizer):
    """Splits at blanks."""

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        return self._convert_words_to_tokens(message.get(attribute).split(), message.get(attribute))


class Lengths(DenseFeaturizer):
    """Knows words by their length."""

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any) -> Any:
        return cls("lengths", config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            rows = np.array([[len(one.text), 1.0] for one in message.get("text_tokens")]).reshape(-1, 2)
            self.add_features_to_message(rows, self.aggregate_sequence_features(rows, "max"), TEXT, message)
        return messages


@DefaultV1Recipe.register([TYPES.INTENT_CLASSIFIER, TYPES.ENTITY_EXTRACTOR], is_trainable=True)
class Shouter(GraphComponent, IntentClassifier, EntityExtractorMixin):
    """Learns which words are shouted, and hears an intent in them."""

    def __init__(
        self, config: dict[str, Any], storage: Any, resource: Any, words: frozenset[str] = frozenset()
    ) -> None:
        self.config, self.storage, self.resource, self.words = config, storage, resource, words

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent": "shout", "sure": 0.75}

    @classmethod
    def create(cls, config: dict[str, Any], model_storage: Any, resource: Any, execution_context: Any) -> Any:
        return cls(config, model_storage, resource)

    @classmethod
    def load(cls, config: dict[str, Any], model_storage: Any, resource: Any, execution_context: Any, **_: Any) -> Any:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, frozenset((folder / "a" / "words.txt").read_text().split()))

    def train(self, training_data: Any) -> Any:
        words = {word for one in training_data.intent_examples for word in one.get(TEXT).split() if word.isupper()}
        with self.storage.write_to(self.resource) as folder:
            (folder / "a").mkdir()
            (folder / "a" / "words.txt").write_text(" ".join(sorted(words)))
        return self.resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            found = [word for word in message.get(TEXT).split() if word in self.words]
            if found:
                said = {"name": self.config["intent"], "confidence": self.config["sure"]}
                message.set(INTENT, said)
                message.set(INTENT_RANKING_KEY, [said, *message.get(INTENT_RANKING_KEY, [])])
            start = [message.get(TEXT).index(word) for word in found]
            spans = [
                {"start": at, "end": at + len(word), "entity": "word", "value": len(word), "confidence_entity": 0.5}
                for at, word in zip(start, found, strict=True)
            ]
            message.set(ENTITIES, message.get(ENTITIES, []) + self.add_extractor_name(spans))
        return messages


class Fixed(Policy):
    """Always does the same."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 5, "action": "utter_hi"}

    def predict_action_probabilities(self, tracker: Any, domain: Any, rule_only_data: Any = None, **_: Any) -> Any:
        return PolicyPrediction.for_action_name(domain, self.config["action"], "Fixed", 0.5)


def adapted(style: Any) -> Any:
    return style.__graphbuild_component__()


def test_types_say_what_is_wired() -> None:
    tokenizer, featurizer, both, policy = (adapted(one) for one in (Halves, Lengths, Shouter, Fixed))
    assert [one.kind for one in (tokenizer, featurizer, both, policy)] == [
        *("tokenizer", "featurizer", "classifier", "policy")
    ]
    assert [is_trainable(one) for one in (tokenizer, featurizer, both, policy)] == [False, False, True, False]
    assert signature(tokenizer, Operation.APPLY).outputs == {"output": TokenizedMessages}
    assert signature(featurizer, Operation.APPLY).outputs == {"output": Features}
    assert signature(both, Operation.APPLY).outputs == {"intents": IntentPredictions, "entities": EntityPredictions}
    assert signature(policy, Operation.APPLY).outputs == {"output": ActionPredictions}
    assert adapted(Shouter) is both
    assert both.__module__ == __name__


class Trained(Fixed):
    def train(self, training_trackers: Any, domain: Any, **_: Any) -> Any:
        return self.resource


def test_a_policy_learns_of_all_dialogues() -> None:
    ports = signature(adapted(Trained), Operation.TRAIN).inputs
    assert {port.type for port in ports.values()} == {AugmentedDialogues, DomainSpace}
    assert signature(adapted(Trained), Operation.APPLY).inputs["trackers"].type is Dialogues


def test_tokens_and_features_are_columns() -> None:
    tokenizer, featurizer = adapted(Halves), adapted(Lengths)
    messages = tokenizer(tokenizer.Config()).apply(Messages.of_texts(["hello there", "", "you"]))
    assert messages.tokens.row(0) == ["hello", "there"]
    assert messages.tokens.splits.tolist() == [0, 2, 2, 3]
    features = featurizer(featurizer.Config()).apply(messages)
    assert features.sequence.tolist() == [[5, 1], [5, 1], [3, 1]]
    assert features.sentence.tolist() == [[5, 1], [0, 0], [3, 1]]


def test_what_others_said_before_is_seen_and_kept() -> None:
    component = adapted(Shouter)
    made = component(component.Config(sure=0.5))
    examples = Messages.of_texts(["HEY you", "so quiet"])
    learning = Messages(
        examples.texts, type(examples.intents).of(["call", None]), examples.response_keys, examples.entities
    )
    state = made.train(learning)
    assert state == RasaResource((("a/words.txt", b"HEY"),))
    before = IntentPredictions(("call",), np.array([[0], [0]], np.int32), np.array([[0.9], [0.8]], np.float32))
    spans = EntityPredictions.found([[], [{"start": 0, "end": 2, "entity": "so", "value": "so"}]], "Other")
    said = made.apply(RasaResource.decode(state.encode()), examples, intents=[before], entities=[spans])
    assert said.intents.top(0) == ("shout", 0.5)
    assert said.intents.top(1) == ("call", pytest.approx(0.8))
    assert [said.entities.spans.row(0)[0]["value"], said.entities.spans.row(1)[0]["value"]] == ["3", "so"]
    assert said.entities.extractors.decoded() == ["Shouter", "Other"]
    assert said.entities.details == ('{"value":3}', "")


def test_messages_alone_and_together_are_the_same() -> None:
    component = adapted(Shouter)
    made = component(component.Config())
    state = RasaResource((("a/words.txt", b"HEY YOU"),))
    texts = ["HEY", "hey YOU there", ""]
    together = made.apply(state, Messages.of_texts(texts))
    for row, text in enumerate(texts):
        alone = made.apply(state, Messages.of_texts([text]))
        assert alone.intents.top(0) == together.intents.top(row)
        assert alone.entities.spans.row(0) == together.entities.spans.row(row)


def test_sparse_features_of_others_reach_a_message_and_come_back() -> None:
    from graphbuild.assistant.rasa_style.views import features_of, messages_of

    tokens = Tokens.of([[("a", 0, 1), ("b", 2, 3)], [], [("c", 0, 1)]])
    messages = TokenizedMessages.of(Messages.of_texts(["a b", "", "c"]), tokens)
    matrix = Csr(np.array([1, 2], np.float32), np.array([1, 0], np.int32), np.array([0, 1, 1, 2], np.int64), 2)
    (again, *_) = [features_of(messages_of(messages, [Features(matrix, None)]), tokens)]
    assert isinstance(again.sequence, Csr)
    assert again.sentence is None
    for name in ("data", "indices", "indptr", "columns"):
        assert np.array_equal(getattr(again.sequence, name), getattr(matrix, name))


class Picky(GraphComponent, IntentClassifier):
    """Counts the features of the featurizers that it was told to take."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.featurizers = config["featurizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"featurizers": []}

    @classmethod
    def create(cls, config: dict[str, Any], *_: Any) -> Any:
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            _, sentence = message.get_dense_features(TEXT, self.featurizers)
            message.set(INTENT, {"name": str(sentence.features.shape[-1]), "confidence": 1.0})
        return messages


def test_featurizers_are_chosen_by_the_wiring() -> None:
    component = adapted(Picky)
    features = Features(None, np.ones((1, 3), np.float32))
    said = component(component.Config(featurizers=["mine"])).apply(Messages.of_texts(["hi"]), features=[features])
    assert said.top(0) == ("3", 1.0)


class Nothing(GraphComponent):
    """Is of no type."""


@DefaultV1Recipe.register(TYPES.MESSAGE_FEATURIZER, is_trainable=False, model_from="SpacyNLP")
class Lent(DenseFeaturizer):
    """Uses the model of another."""


@pytest.mark.parametrize(("style", "what"), [(Nothing, "is of no type that is known"), (Lent, "loads a model for")])
def test_what_cannot_be_adapted_says_so(style: Any, what: str) -> None:
    with pytest.raises(ComponentError) as raised:
        adapted(style)
    assert what in raised.value.problems[0].what


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}(/[a-z]{1,8})?", fullmatch=True), st.binary(max_size=40), max_size=5))
def test_a_resource_reads_the_same_again(files: dict[str, bytes]) -> None:
    resource = RasaResource(tuple(sorted(files.items())))
    assert RasaResource.decode(resource.encode()) == resource


@pytest.mark.parametrize("label", ["../up", "/root", "a\\b", ""])
def test_a_resource_stays_in_its_folder(label: str) -> None:
    with pytest.raises(ArtifactFormatError):
        RasaResource.decode(RasaResource(((label, b"x"),)).encode())
