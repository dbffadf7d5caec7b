"""Apps exported by Wit.ai, of today's form and of the older one."""

from __future__ import annotations

import json


def test_utterances_are_read(nlu_file) -> None:
    entities = [
        {"entity": "location:from", "start": 5, "end": 7, "body": "北京", "entities": []},
        {"entity": "wit$datetime:datetime", "start": 8, "end": 11, "body": "now", "entities": []},
        {"entity": "plain", "start": 0, "end": 4, "value": "From", "role": "word"},
    ]
    utterances = [
        {"text": "from 北京 now", "intent": "fly", "entities": entities, "traits": []},
        {"text": "🙂", "entities": [], "traits": []},
        {"text": "nothing said of it"},
        {"text": "a slash", "intent": "a/b/c", "entities": []},
    ]
    found = nlu_file(json.dumps({"utterances": utterances}, indent=1), "wit.json")
    assert found.texts == [("fly", "from 北京 now"), ("out_of_scope", "🙂"), ("a/b/c", "a slash")]
    assert found.entities == [
        {"start": 5, "end": 7, "entity": "location", "value": "北京", "role": "from"},
        {"start": 8, "end": 11, "entity": "wit$datetime", "value": "now", "role": "datetime"},
        {"start": 0, "end": 4, "entity": "plain", "value": "From", "role": "word"},
    ]
    assert found.said == [(36, "an utterance without `entities` is skipped")]


def test_the_older_form_is_read(nlu_file) -> None:
    entities = [
        {"entity": "intent", "value": '"fly"', "start": 0, "end": 12},
        {"entity": "location", "value": '"Rom\\u00e9"', "role": "to", "start": 7, "end": 11},
    ]
    data = [
        {"text": "fly to Rome!", "entities": entities},
        {"text": "ok", "entities": [{"entity": "sure", "value": "yes", "start": 0, "end": 2}]},
    ]
    found = nlu_file(json.dumps({"data": data}), "wit.json")
    assert found.texts == [("fly", "fly to Rome!"), (None, "ok")]
    assert found.entities == [
        {"start": 7, "end": 11, "entity": "location", "value": "Romé", "role": "to"},
        {"start": 0, "end": 2, "entity": "sure", "value": "yes"},
    ]


def test_what_is_wrong_is_said_at_its_place(nlu_problems) -> None:
    entities = [{"entity": ":to", "start": 0, "end": 1}, {"start": 0, "end": 1}]
    utterances = [3, {"text": [], "entities": []}, {"text": "a", "entities": entities}]
    assert nlu_problems(json.dumps({"utterances": utterances}), "wit.json") == [
        "wit.json:1:17: an element of `utterances` must be an object, not a number",
        "wit.json:1:29: the text of an utterance must be a text, not a list",
        "wit.json:1:88: an entity has a role and no name (write `name:role`)",
        "wit.json:1:118: an entity has no `entity`",
    ]
