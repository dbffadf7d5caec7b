"""ResponseSelector on a few questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graphbuild.assistant.data.messages import Coded, TokenizedMessages
from graphbuild.assistant.data.parts import ResponsesPart
from graphbuild.assistant.data.response_texts import ResponseTexts
from graphbuild.assistant.nlu.classifiers.diet_state import DietState
from graphbuild.assistant.nlu.selectors.response_labels import ResponseLabels
from graphbuild.assistant.nlu.selectors.response_selector import ResponseSelector
from tests.assistant.nlu.classifiers.network_samples import annotated, vocabulary, words

QUESTIONS = (
    ("when do you open", "faq/hours"),
    ("opening hours please", "faq/hours"),
    ("where are you", "faq/place"),
    ("what is the place of your shop", "faq/place"),
    ("tell me a joke", "chitchat/joke"),
    ("how old are you", "chitchat/age"),
    ("hello there", None),
)
TEXTS = (
    ResponsesPart((("utter_faq/hours", ({"image": "x"}, {"text": "From nine to five."})), ("utter_hi", ()))),
    ResponsesPart((("utter_faq/place", ({"text": "In Rome."},)), ("utter_chitchat/age", ({"image": "y"},)))),
)


def questions() -> TokenizedMessages:
    keys = [key for _, key in QUESTIONS]
    messages = annotated([(text, key.split("/")[0] if key else "greet") for text, key in QUESTIONS])
    return replace(messages, response_keys=Coded.of(keys))


def trained(texts: ResponseTexts | None = None, **options: Any) -> tuple[ResponseSelector, DietState]:
    selector = ResponseSelector(ResponseSelector.Config(**{"epochs": 30, "random_seed": 1, **options}))
    messages = questions()
    return selector, selector.train(messages, words(vocabulary(messages), messages), texts or ResponseTexts())


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, {"number_of_transformer_layers": 1}, {"use_text_as_label": True}])
def test_it_learns_which_response_a_message_asks_for(options: dict[str, Any]) -> None:
    texts = ResponseLabels(ResponseLabels.Config(options.get("use_text_as_label", False))).apply(TEXTS)
    selector, state = trained(texts, **options)
    messages = questions()
    output = selector.apply(DietState.decode(state.encode()), messages, words(vocabulary(messages), messages))
    assert output.retrieval_intent is None
    assert [output.names[output.ranking[row, 0]] for row in range(6)] == [key for _, key in QUESTIONS[:6]]
    assert state.shape.transformer is None or state.shape.hidden_layers == ()


@pytest.mark.slow
def test_it_may_be_for_one_intent() -> None:
    selector, state = trained(retrieval_intent="faq")
    assert state.labels == ("faq/hours", "faq/place")
    messages = annotated([("when do you open", None)])
    known = vocabulary(questions())
    assert selector.apply(state, messages, words(known, messages)).retrieval_intent == "faq"


def test_without_questions_it_learns_nothing() -> None:
    selector, state = trained(retrieval_intent="weather")
    assert state == DietState.empty()
    messages = annotated([("when do you open", None)])
    assert selector.apply(state, messages, words(vocabulary(questions()), messages)).ranking.shape == (1, 0)


def test_texts_are_read_only_where_they_are_wanted() -> None:
    assert ResponseLabels().apply(TEXTS) == ResponseTexts()
    wanted = ResponseLabels(ResponseLabels.Config(use_text_as_label=True)).apply(TEXTS)
    assert wanted.pairs == (
        ("chitchat/age", ""),
        ("faq/hours", "From nine to five."),
        ("faq/place", "In Rome."),
    )
    assert ResponseTexts.decode(wanted.encode()) == wanted
    of_one = ResponseLabels(ResponseLabels.Config(use_text_as_label=True, retrieval_intent="faq")).apply(TEXTS)
    assert of_one.pairs == wanted.pairs[1:]
