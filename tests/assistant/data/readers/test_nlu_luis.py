"""Apps exported by LUIS: utterances with their entities, patterns, and what is passed over."""

from __future__ import annotations

import json
from typing import Any

import pytest


def app(**facts: Any) -> str:
    return json.dumps({"luis_schema_version": "7.0.0", "utterances": [], **facts}, indent=1)


@pytest.mark.parametrize("version", ["1.3.0", "2.1.0", "4.0.0", "5.0.0", "7.0.0"])
def test_the_last_character_of_an_entity_counts(nlu_file, version: str) -> None:
    entities = [
        {"entity": "city", "startPos": 3, "endPos": 6, "role": "to"},
        {"entity": "mood", "startPos": 8, "endPos": 8, "children": []},
    ]
    utterances = [
        {"text": "to Rome 🙂", "intent": "fly", "entities": entities},
        {"text": "مرحبا", "intent": "None", "entities": []},
        {"text": "what", "entities": None},
    ]
    found = nlu_file(app(luis_schema_version=version, utterances=utterances), "luis.json")
    assert found.texts == [("fly", "to Rome 🙂"), ("None", "مرحبا"), (None, "what")]
    assert found.entities == [
        {"start": 3, "end": 7, "entity": "city", "value": "Rome", "role": "to"},
        {"start": 8, "end": 9, "entity": "mood", "value": "🙂"},
    ]
    assert found.warnings == ()


def test_a_slash_in_the_name_of_an_intent_is_no_more_than_that(nlu_file) -> None:
    found = nlu_file(app(utterances=[{"text": "x", "intent": "a/b/c"}]), "luis.json")
    assert [(one.intent, one.response_key) for one in found.part.examples] == [("a/b/c", None)]


def test_patterns_are_read_where_they_are_active(nlu_file) -> None:
    features = [
        {"name": "a", "pattern": "[0-9]", "activated": True},
        {"name": "b", "pattern": "x", "activated": False},
        {"name": "c", "pattern": "y"},
    ]
    entities = [{"name": "flight", "regexPattern": "[A-Z]{2}", "roles": []}]
    found = nlu_file(app(regex_features=features, regex_entities=entities), "luis.json")
    assert found.part.regexes == (("a", "[0-9]"), ("flight", "[A-Z]{2}"))


def test_what_is_passed_over_is_told(nlu_file) -> None:
    found = nlu_file(app(luis_schema_version="8.0", closedLists=[{"name": "x"}], phraselists=[]), "luis.json")
    assert found.said == [
        (2, "version 8.0 of LUIS is newer than those that are known here"),
        (4, "`closedLists` of an app of LUIS is passed over"),
    ]


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"luis_schema_version": None}, '2:25: `luis_schema_version` must be a text such as "7.0.0"'),
        ({"utterances": 3}, "3:16: `utterances` must be a list, not a number"),
        (
            {"utterances": [{"text": "a", "entities": [{"entity": "x", "startPos": 0}]}]},
            "7:5: an entity has no `endPos`",
        ),
        ({"regex_entities": [{"name": "x"}]}, "5:3: a regex has no `regexPattern`"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(nlu_problems, facts: dict[str, Any], problem: str) -> None:
    (found,) = nlu_problems(app(**facts), "luis.json")
    assert found.startswith(f"luis.json:{problem}")
    assert nlu_problems('{"luis_schema_version": "7.0"}', "luis.json") == [
        "luis.json:1:1: an app of LUIS must have `utterances`"
    ]


def test_a_version_of_another_shape_is_told_in_words(nlu_problems) -> None:
    (said,) = nlu_problems('{"luis_schema_version": [7], "utterances": []}', "luis.json")
    assert 'must be a text such as "7.0.0", not a list' in said
