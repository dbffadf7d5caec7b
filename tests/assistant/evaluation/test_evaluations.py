"""Evaluations of intents, entities and responses: goldens of RASA.md 6.2."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.messages import Coded, Messages, Spans, TokenizedMessages, no_names
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.assistant.evaluation.entities import EntityEvaluation, label_of, token_labels
from graphbuild.assistant.evaluation.evaluation import ENTITY, INTENT, RESPONSE, Evaluations
from graphbuild.assistant.evaluation.intents import IntentEvaluation
from graphbuild.assistant.evaluation.responses import ResponseEvaluation
from graphbuild.assistant.nlu.classifiers.fallback import FallbackClassifier
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from tests.assistant.nlu.samples import messages_of

TEXTS = ("hello", "bye", "hi", "ciao")
INTENTS = ("greet", "goodbye", "greet", None)


def intents(*rows: tuple[tuple[str, float], ...]) -> IntentPredictions:
    names = tuple(sorted({name for row in rows for name, _ in row}))
    width = max(len(row) for row in rows)
    ranking = [[names.index(row[i][0]) if i < len(row) else -1 for i in range(width)] for row in rows]
    sure = [[row[i][1] if i < len(row) else 0.0 for i in range(width)] for row in rows]
    return IntentPredictions(names, np.array(ranking, dtype=np.int32), np.array(sure, dtype=np.float32))


PREDICTED = intents(
    (("greet", 0.75), ("goodbye", 0.25)),
    (("greet", 0.5), ("goodbye", 0.25)),
    (("greet", 0.125), ("goodbye", 0.0625)),
    (("greet", 1.0),),
)


def found(rows: list[list[dict[str, Any]]], extractors: list[str], sure: float = 1.0) -> EntityPredictions:
    count = len(extractors)
    return EntityPredictions(
        Spans.of(rows), np.full(count, sure, dtype=np.float32), Coded.of(extractors), ("",) * count
    )


def span(text: str, part: str, entity: str, **more: str) -> dict[str, Any]:
    start = text.index(part)
    return {"start": start, "end": start + len(part), "entity": entity, "value": part, **more}


def with_entities(texts: tuple[str, ...], rows: list[list[dict[str, Any]]]) -> Messages:
    return Messages(texts, no_names(len(texts)), no_names(len(texts)), Spans.of(rows))


def test_intents_right_and_wrong() -> None:
    part = IntentEvaluation().apply(messages_of(*TEXTS, intents=INTENTS), PREDICTED).parts[INTENT]
    assert part.examples == 3
    assert part.errors == (
        {"text": "bye", "intent": "goodbye", "intent_prediction": {"name": "greet", "confidence": 0.5}},
    )
    assert [one["text"] for one in part.successes] == ["hello", "hi"]
    assert (part.right, part.wrong) == ((0.75, 0.125), (0.5,))
    report = part.report()
    assert report is not None
    assert report["accuracy"] == pytest.approx(2 / 3)
    assert report["labels"]["goodbye"]["confused_with"] == {"greet": 1}
    assert report["labels"]["greet"]["precision"] == pytest.approx(2 / 3)
    assert report["labels"]["greet"]["support"] == 2


def test_fallbacks_are_undone() -> None:
    messages = messages_of(*TEXTS, intents=INTENTS)
    unsure = FallbackClassifier().apply(PREDICTED)
    assert unsure.top(2)[0] == "nlu_fallback"
    assert IntentEvaluation().apply(messages, unsure).encode() == IntentEvaluation().apply(messages, PREDICTED).encode()


def test_a_message_without_any_prediction_is_an_error() -> None:
    none = IntentPredictions((), np.zeros((2, 0), dtype=np.int32), np.zeros((2, 0), dtype=np.float32))
    part = IntentEvaluation().apply(messages_of("a", "b", intents=("x", "y")), none).parts[INTENT]
    assert [one["intent_prediction"] for one in part.errors] == [{"name": None, "confidence": 0.0}] * 2
    report = part.report()
    assert report is not None
    assert report["accuracy"] == 0
    assert report["labels"]["x"]["confused_with"] == {"(none)": 1}


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (IntentEvaluation().apply(messages_of("a", intents=("x",)), PREDICTED), "fewer than two different intents"),
        (IntentEvaluation().apply(messages_of("a")), "no component of the recipe predicts intents"),
        (IntentEvaluation().apply(messages_of(), PREDICTED), "there are no examples"),
        (EntityEvaluation().apply(messages_of()), "there are no examples"),
        (ResponseEvaluation().apply(messages_of()), "there are no examples"),
        (EntityEvaluation().apply(messages_of("a")), "no annotated entities"),
        (EntityEvaluation().apply(with_entities(("a",), [[span("a", "a", "x")]])), "no component of the recipe"),
        (ResponseEvaluation().apply(messages_of("a")), "no component of the recipe selects responses"),
    ],
)
def test_nothing_to_evaluate_has_its_reason(made: Evaluations, reason: str) -> None:
    (part,) = made.parts.values()
    assert part.reason is not None
    assert reason in part.reason
    assert part.report() is None


def test_entities_token_by_token() -> None:
    text = "from New York to Rome"
    wanted = [span(text, "New York", "city", role="from"), span(text, "Rome", "city", role="to")]
    messages = WhitespaceTokenizer().apply(with_entities((text, "nothing here"), [wanted, []]))
    said = [span(text, "York", "city", role="from"), span(text, "Rome", "city", role="from")]
    parts = EntityEvaluation().apply(messages, [found([said, []], ["A", "A"], 0.5)]).parts
    assert list(parts) == [ENTITY, "A"]
    report = parts[ENTITY].report()
    assert report is not None
    assert set(report["labels"]) == {"city.from", "city.to"}
    assert report["labels"]["city.from"] == {
        "precision": 0.5,
        "recall": 0.5,
        "f1-score": 0.5,
        "support": 2,
        "confused_with": {"no_entity": 1},
    }
    assert report["labels"]["city.to"]["confused_with"] == {"city.from": 1}
    # 7 tokens, 2 of them wrong; averages are over entities alone.
    assert report["accuracy"] == pytest.approx(5 / 7)
    assert report["micro avg"] == {"precision": 0.5, "recall": pytest.approx(1 / 3), "f1-score": 0.4, "support": 3}
    assert report["exact"] == {"precision": 0.0, "recall": 0.0, "f1-score": 0.0, "support": 2}
    (error,) = parts[ENTITY].errors
    assert error["text"] == text
    assert error["entities"] == wanted
    assert [one["extractor"] for one in error["predicted_entities"]] == ["A", "A"]
    assert (parts["A"].right, parts["A"].wrong) == ((0.5,), (0.5,))


def test_each_extractor_alone_and_all_together() -> None:
    text = "red pears in Rome"
    wanted = [span(text, "pears", "fruit"), span(text, "Rome", "city")]
    messages = with_entities((text,), [wanted])
    one = found([[wanted[0]]], ["A"])
    other = found([[wanted[1], span(text, "red", "colour")]], ["B", "DucklingEntityExtractor"])
    parts = EntityEvaluation(EntityEvaluation.Config(extractors=["A", "B", "C"])).apply(messages, [one, other]).parts
    recalls = {name: part.report()["micro avg"]["recall"] for name, part in parts.items() if part.report()}
    assert recalls == {ENTITY: 1.0, "A": 0.5, "B": 0.5, "C": 0.0}
    assert parts[ENTITY].report()["exact"]["f1-score"] == 1.0
    assert [one["text"] for one in parts[ENTITY].successes] == [text]


def test_a_token_has_the_label_of_the_span_that_covers_most_of_it() -> None:
    places = [(0, 4), (5, 10), (11, 12)]
    spans = [
        {"start": 0, "end": 6, "entity": "a"},
        {"start": 6, "end": 10, "entity": "b", "role": "r", "group": "1", "confidence_entity": 0.25},
    ]
    assert token_labels(places, spans) == [("a", 1.0), ("b.1.r", 0.25), ("no_entity", 1.0)]
    assert label_of({"entity": "city", "role": "from"}) == "city.from"
    assert label_of({"entity": "city", "group": "1"}) == "city.1"


def test_tokens_of_the_pipeline_count() -> None:
    text = "a-b"
    tokens = WhitespaceTokenizer(WhitespaceTokenizer.Config(token_pattern=r"\w")).apply(
        with_entities((text,), [[span(text, "a", "x")]])
    )
    assert isinstance(tokens, TokenizedMessages)
    part = EntityEvaluation().apply(tokens, [found([[]], [])]).parts[ENTITY]
    assert part.report()["labels"]["x"]["support"] == 1
    assert part.confusion.counts.sum() == 2


def test_responses_are_asked_of_the_selector_of_their_intent() -> None:
    keys = ("faq/a", "faq/b", "chat/x", None)
    messages = Messages(TEXTS, Coded.of(["faq", "faq", "chat", "greet"]), Coded.of(keys), Spans.none(4))
    faq, chat = (
        ResponsePredictions(names, np.array([[0]] * 4, dtype=np.int32), np.full((4, 1), 0.5, np.float32), intent)
        for names, intent in ((("faq/a",), "faq"), (("chat/x",), "chat"))
    )
    part = ResponseEvaluation().apply(messages, [faq, chat]).parts[RESPONSE]
    assert part.examples == 3
    assert part.errors == (
        {
            "text": "bye",
            "intent_response_key_target": "faq/b",
            "intent_response_key_prediction": {"name": "faq/a", "confidence": 0.5},
        },
    )
    assert ResponseEvaluation().apply(messages, [faq]).parts[RESPONSE].examples == 2
    assert ResponsePredictions.decode(faq.encode()).encode() == faq.encode()


def test_evaluations_are_canonical_and_can_be_put_together() -> None:
    messages = messages_of(*TEXTS, intents=INTENTS)
    made = IntentEvaluation().apply(messages, PREDICTED)
    again = Evaluations.decode(made.encode())
    assert again.encode() == made.encode()
    twice = Evaluations.pooled([made, again])
    assert twice.parts[INTENT].examples == 6
    assert twice.parts[INTENT].report() is not None
    assert twice.parts[INTENT].report()["accuracy"] == made.parts[INTENT].report()["accuracy"]
    nothing = IntentEvaluation().apply(messages_of())
    assert Evaluations.pooled([nothing, made]).parts[INTENT].examples == 3
    assert Evaluations.pooled([nothing, nothing]).parts[INTENT].reason == nothing.parts[INTENT].reason
