"""MitieEntityExtractor and MitieIntentClassifier, with a stand-in for MITIE's trainers."""

from __future__ import annotations

import pytest

from graphbuild.assistant.nlu.classifiers.mitie import MitieIntentClassifier
from graphbuild.assistant.nlu.extractors.mitie import MitieEntityExtractor
from graphbuild.assistant.nlu.pretrained.mitie import MitieModel
from graphbuild.assistant.nlu.pretrained.mitie_trained import MitieTrained, mitie_words
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from tests.assistant.nlu.extractors.test_crf import annotated
from tests.assistant.nlu.fake_mitie import fake_mitie
from tests.assistant.nlu.optional import mitie_model, needs
from tests.assistant.nlu.samples import messages_of, tokenized


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> MitieModel:
    fake_mitie(monkeypatch)
    return mitie_model(monkeypatch)


def test_entities_of_several_words_are_learnt_and_found(model: MitieModel) -> None:
    messages = annotated("fly to [New York](city) on [monday](day)", "[New York](city) [monday](day)", "hi", "")
    state = MitieEntityExtractor().train(messages, model)
    state = MitieTrained.decode(state.encode())
    assert state.names == ("city", "day")
    made = MitieEntityExtractor().apply(state, tokenized("New York, monday!", "", "hello"), model)
    assert [(one["start"], one["end"], one["entity"], one["value"]) for one in made.spans.row(0)] == [
        (0, 8, "city", "New York"),
        (10, 16, "day", "monday"),
    ]
    assert made.spans.splits.tolist() == [0, 2, 2, 2]


def test_without_entities_nothing_is_learnt(model: MitieModel) -> None:
    state = MitieEntityExtractor().train(tokenized("hello"), model)
    assert state.model is None
    assert MitieEntityExtractor().apply(state, tokenized("New York"), model).spans.values == ()


def test_intents_are_learnt_and_predicted(model: MitieModel) -> None:
    messages = messages_of("hello you", "bye", "", "other", intents=["greet", "leave", "greet", None])
    state = MitieIntentClassifier().train(WhitespaceTokenizer().apply(messages), model)
    made = MitieIntentClassifier().apply(MitieTrained.decode(state.encode()), tokenized("bye", "hello"), model)
    assert [made.top(row) for row in range(2)] == [("leave", 0.5), ("greet", 0.5)]


@pytest.mark.parametrize(("intents", "top"), [(["greet"], ("greet", 1.0)), ([None], (None, 0.0))])
def test_one_intent_is_always_the_answer_and_none_never(model: MitieModel, intents: list[str], top: object) -> None:
    messages = WhitespaceTokenizer().apply(messages_of("hello", intents=intents))
    state = MitieIntentClassifier().train(messages, model)
    assert MitieIntentClassifier().apply(state, tokenized("x"), model).top(0) == top


def test_examples_are_made_as_the_library_takes_them() -> None:
    needs("mitie")
    import mitie

    example = mitie.ner_training_instance(mitie_words(["a\0b", "\ud800", "नम", "d"]))
    example.add_entity(range(1, 3), b"city")
    assert (example.num_tokens, example.num_entities) == (4, 1)
