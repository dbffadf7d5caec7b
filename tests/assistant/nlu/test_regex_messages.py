"""Messages that say their intent themselves, and what is joined for those that do not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions, ResponsePredictions
from graphbuild.assistant.nlu.regex_messages import RegexMessageHandler
from tests.assistant.nlu.samples import messages_of


def parsed(text: str) -> dict[str, Any]:
    return RegexMessageHandler().apply(messages_of("before", text)).row(1)


def intents(*rows: tuple[str, float] | None) -> IntentPredictions:
    names = tuple(sorted({row[0] for row in rows if row}))
    ranking = [[names.index(row[0]) if row else -1] for row in rows]
    confidences = [[row[1] if row else 0.0] for row in rows]
    return IntentPredictions(names, np.array(ranking, dtype=np.int32), np.array(confidences, dtype=np.float32))


def entities(by: str, *rows: tuple[str, ...]) -> EntityPredictions:
    found = [[{"start": 0, "end": 1, "entity": name, "value": name} for name in row] for row in rows]
    return EntityPredictions.found(found, by)


@pytest.mark.parametrize(
    ("text", "name", "confidence"),
    [
        ("/greet", "greet", 1.0),
        ("  /greet ", "greet", 1.0),
        ("/greet@0.5", "greet", 0.5),
        ("/greet@7", "greet", 1.0),
        ("/greet@0.1.2", "greet", 0.0),
        ("/faq/ask_name", "faq/ask_name", 1.0),
        ('/inform{"city": "Rome"}', "inform", 1.0),
        ("/inform{no json}", "inform", 1.0),
        ("/inform[1]", "inform[1]", 1.0),
        ("/", None, 0.0),
        ("/ {}", None, 0.0),
        ("hello /greet", None, 0.0),
        ("", None, 0.0),
    ],
)
def test_the_intent_that_a_message_names(text: str, name: str | None, confidence: float) -> None:
    assert parsed(text)["intent"] == {"name": name, "confidence": confidence}


def test_its_entities_keep_what_they_are() -> None:
    found = parsed('/inform@0.9{"city": ["Rome", "Paris"], "count": 3, "none": [], "when": {"from": 1e999}}')[
        "entities"
    ]
    rest = {"start": 11, "end": 87, "confidence_entity": 1.0, "extractor": "RegexMessageHandler"}
    assert found == [
        {"entity": "city", "value": "Rome", **rest},
        {"entity": "city", "value": "Paris", **rest},
        {"entity": "count", "value": 3, **rest},
        {"entity": "when", "value": {"from": "1e999"}, **rest},
    ]


@pytest.mark.parametrize("text", ['/a{"x": ', '/a{"x": 1', "/a{[1]}", "/a{" + "[" * 100_000 + "}", '/a{"x": NaN}'])
def test_what_cannot_be_read_is_passed_over(text: str) -> None:
    assert parsed(text)["intent"]["name"] == "a"
    assert [one["value"] for one in parsed(text)["entities"]] in ([], ["NaN"])


def test_what_components_say_counts_for_other_messages_only() -> None:
    made = RegexMessageHandler().apply(
        messages_of("a", '/told{"city": "Rome"}', "c"),
        [intents(("first", 0.5), ("first", 0.75), ("first", 0.5)), intents(None, None, ("second", 0.25))],
        [entities("One", ("x",), ("y",), ()), entities("Two", ("z",), ("z",), ("x",))],
    )
    rows = [made.row(i) for i in range(3)]
    assert [row["intent"]["name"] for row in rows] == ["first", "told", "second"]
    assert rows[1]["intent_ranking"] == [{"name": "told", "confidence": 1.0}]
    assert [[(one["entity"], one["extractor"]) for one in row["entities"]] for row in rows] == [
        [("x", "One"), ("z", "Two")],
        [("city", "RegexMessageHandler")],
        [("x", "Two")],
    ]
    assert Parses.decode(made.encode()).encode() == made.encode()


def test_rankings_of_different_lengths_are_joined() -> None:
    long = IntentPredictions(("a", "b"), np.int32([[1, 0], [0, 1]]), np.float32([[0.75, 0.25], [0.5, 0.5]]))
    made = IntentPredictions.latest([long, intents(("c", 1.0), None)], 2)
    assert [made.top(row) for row in range(2)] == [("c", 1.0), ("a", 0.5)]
    assert made.ranking[0].tolist() == [2, -1]
    assert IntentPredictions.latest([], 2).top(1) == (None, 0.0)


def test_responses_are_ranked_by_their_selectors_names() -> None:
    ranking, confidences = np.int32([[1, 0]]), np.float32([[0.75, 0.25]])
    made = RegexMessageHandler().apply(
        messages_of("who"),
        responses=[
            ResponsePredictions(("faq/age", "faq/name"), ranking, confidences, "faq"),
            ResponsePredictions(("chat/a", "chat/b"), ranking, confidences),
        ],
    )
    again = Parses.decode(made.encode())
    assert again.row(0)["response_selector"] == {
        "faq": {
            "ranking": [
                {"intent_response_key": "faq/name", "confidence": 0.75},
                {"intent_response_key": "faq/age", "confidence": 0.25},
            ]
        },
        "default": {
            "ranking": [
                {"intent_response_key": "chat/b", "confidence": 0.75},
                {"intent_response_key": "chat/a", "confidence": 0.25},
            ]
        },
    }


def test_a_mapper_of_entities_that_nobody_finds() -> None:
    """It says nothing of any message, and knows of none."""
    nothing = EntityPredictions.concatenate([])
    assert RegexMessageHandler().apply(messages_of("a", "b"), (), [nothing]).entities.row(1) == []
