"""NLU data in Rasa's JSON: what is read, where it stands, and what is refused with its line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphbuild.assistant.data.parts import Lookup

FULL = """
{
  "rasa_nlu_data": {
    "common_examples": [
      {"text": "to 北京 🙂 now", "intent": "fly",
       "entities": [{"start": 3, "end": 5, "entity": "city", "value": "Beijing", "role": "to", "group": "1"},
                    {"start": 6.0, "end": 7, "entity": "mood"}]},
      {"text": "name?", "intent": "faq/ask_name\\t"},
      {"text": "yes\\n", "intent": null, "entities": null}
    ],
    "entity_synonyms": [
      {"value": "Beijing", "synonyms": ["北京", "Peking"]},
      {"value": "nothing said of it"}
    ],
    "regex_features": [{"name": "zip", "pattern": "[0-9]{5}"}],
    "lookup_tables": [
      {"name": "fruit", "elements": ["apple", "pear"]},
      {"name": "street", "elements": "data/streets.txt"}
    ]
  }
}
"""


def test_every_section_is_read(nlu_file) -> None:
    found = nlu_file(FULL, "nlu.json")
    assert found.texts == [("fly", "to 北京 🙂 now"), ("faq/ask_name", "name?"), (None, "yes\n")]
    assert found.part.examples[1].intent == "faq"
    assert found.entities == [
        {"start": 3, "end": 5, "entity": "city", "value": "Beijing", "role": "to", "group": "1"},
        {"start": 6, "end": 7, "entity": "mood", "value": "🙂"},
    ]
    assert found.synonyms == {"北京": "Beijing", "Peking": "Beijing"}
    assert found.part.regexes == (("zip", "[0-9]{5}"),)
    assert found.part.lookups == (
        Lookup("fruit", ("apple", "pear")),
        Lookup("street", (), file="data/streets.txt"),
    )
    assert found.warnings == ()


def test_records_say_where_each_thing_stands(nlu_file) -> None:
    found = nlu_file(FULL, "nlu.json")
    assert found.lines == {
        "example of `fly`: to 北京 🙂 now": 4,
        "example of `faq/ask_name`: name?": 7,
        "example of no intent: yes\n": 8,
        "synonym of `Beijing`: 北京": 11,
        "synonym of `Beijing`: Peking": 11,
        "pattern of regex `zip`: [0-9]{5}": 14,
        "entry of lookup `fruit`: apple": 16,
        "entry of lookup `fruit`: pear": 16,
        "file of lookup `street`: data/streets.txt": 17,
    }


def test_an_annotation_that_changes_changes_the_record(nlu_file) -> None:
    keys = [
        nlu_file(FULL.replace('"role": "to"', role), "nlu.json").records[0][1] for role in ('"role": "x"', '"n": 1')
    ]
    assert keys[0] != keys[1]


def test_examples_of_older_versions_are_read_too(nlu_file) -> None:
    data = {name: [{"text": name, "intent": "a"}] for name in ("entity_examples", "intent_examples", "common_examples")}
    found = nlu_file(json.dumps({"rasa_nlu_data": data}), "nlu.json")
    assert [text for _, text in found.texts] == ["common_examples", "intent_examples", "entity_examples"]


def test_metadata_stays_with_its_example(nlu_file) -> None:
    examples = [{"text": "a", "metadata": {"example": 1}}, {"text": "b", "metadata": {"source": "x"}}]
    found = nlu_file(json.dumps({"rasa_nlu_data": {"common_examples": examples}}), "nlu.json")
    assert [one.metadata for one in found.part.examples] == [{"example": 1}, {"example": {"source": "x"}}]


def test_numbers_are_values_too(nlu_file) -> None:
    entity = {"start": 0, "end": 3, "entity": "count", "value": 2}
    example = {"text": "two", "intent": "a", "entities": [entity]}
    assert nlu_file(json.dumps({"rasa_nlu_data": {"common_examples": [example]}}), "n.json").entities[0]["value"] == "2"


def test_odd_things_are_passed_over_with_a_warning(nlu_file) -> None:
    entities = [{"start": 0, "end": 9, "entity": "x"}, {"start": 1, "end": 1, "entity": "x"}]
    examples = [{"text": " "}, {"text": "abc", "intent": "a", "entities": entities}]
    found = nlu_file(json.dumps({"rasa_nlu_data": {"common_examples": examples}}, indent=1), "nlu.json")
    assert found.texts == [("a", "abc")]
    assert found.entities == []
    assert found.said == [
        (4, "an example of no intent is empty"),
        (11, "entity `x` from 0 to 9 is not inside of the text, which has 3 characters"),
        (16, "entity `x` from 1 to 1 is not inside of the text, which has 3 characters"),
    ]


@pytest.mark.parametrize(
    "content", ["{}", "[]", '{"a": 1}', '{"events": [], "sender_id": "x"}', '[{"event": "x"}]', "3"]
)
def test_other_json_is_passed_over_with_a_warning(nlu_file, content: str) -> None:
    found = nlu_file(content, "other.json")
    assert found.part.examples == ()
    expected = [] if content == "[]" else [(0, "this JSON holds no NLU data that is known here; it is passed over")]
    assert found.said == expected


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "`rasa_nlu_data` must be an object, not a list"),
        ({"common_example": []}, "`rasa_nlu_data` has no key `common_example` (did you mean `common_examples`?)"),
        ({"common_examples": {}}, '`common_examples` must be a list, not a mapping (begin each element with "- ")'),
        ({"common_examples": ["hi"]}, "an element of `common_examples` must be an object, not a text"),
        ({"common_examples": [{"intent": "a"}]}, "an example has no `text`"),
        ({"common_examples": [{"text": 3}]}, "the text of an example must be a text, not a number"),
        ({"common_examples": [{"text": "a", "intent": 3}]}, "the intent of an example must be a text, not a number"),
        ({"common_examples": [{"text": "a", "intent": "a/b/c"}]}, "intent `a/b/c` must have the form"),
        ({"regex_features": [{"name": "a"}]}, "a regex has no `pattern`"),
        ({"regex_features": [{"name": "a", "pattern": "("}]}, "the pattern of regex `a` cannot be read: missing )"),
        ({"lookup_tables": [{"name": "a"}]}, "a lookup has no `elements`"),
        ({"lookup_tables": [{"name": " ", "elements": []}]}, "`name` of a lookup is empty"),
        ({"lookup_tables": [{"name": "a", "elements": [1]}]}, "an element of lookup `a` must be a text, not a number"),
        ({"entity_synonyms": [{"value": "a", "synonyms": "b"}]}, "`synonyms` must be a list, not a text"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(nlu_problems, data: Any, problem: str) -> None:
    (found,) = nlu_problems('{"rasa_nlu_data":\n' + json.dumps(data) + "}", "nlu.json")
    assert found.startswith("nlu.json:2:")
    assert found.split(": ", 1)[1].startswith(problem)


@pytest.mark.parametrize(
    ("entity", "problem"),
    [
        ({"end": 1, "entity": "x"}, "an entity has no `start`"),
        ({"start": "0", "end": 1, "entity": "x"}, "`start` of an entity must be a whole number"),
        ({"start": 0, "end": 1.5, "entity": "x"}, "`end` of an entity must be a whole number"),
        ({"start": 0, "end": True, "entity": "x"}, "`end` of an entity must be a whole number"),
        ({"start": 0, "end": 1}, "an entity has no `entity`"),
        ({"start": 0, "end": 1, "entity": "x", "value": {}}, "the value of an entity must be a text, not a mapping"),
        ({"start": 0, "end": 1, "entity": "x", "role": 1}, "the role of an entity must be a text, not a number"),
    ],
)
def test_what_is_wrong_with_an_entity_is_said(nlu_problems, entity: dict[str, Any], problem: str) -> None:
    document = {"rasa_nlu_data": {"common_examples": [{"text": "abc", "entities": [entity]}]}}
    (found,) = nlu_problems(json.dumps(document), "nlu.json")
    assert found.split(": ", 1)[1] == problem


def test_all_that_is_wrong_is_said_at_once(nlu_problems) -> None:
    found = nlu_problems(
        """
        {"rasa_nlu_data": {"common_examples": [
          {"intent": "a"},
          {"text": "x", "intent": "b", "entities": [{"start": 0}]}
        ]}, "more": 1}
        """,
        "nlu.json",
    )
    assert found == [
        "nlu.json:2:3: an example has no `text`",
        "nlu.json:3:45: an entity has no `end`",
        "nlu.json:3:45: an entity has no `entity`",
        "nlu.json:4:5: NLU data in JSON has no key `more` (there is `rasa_nlu_data`)",
    ]


def test_text_that_is_not_json_is_a_problem(nlu_problems) -> None:
    assert nlu_problems('{"rasa_nlu_data": {\n "common_examples": [,]}}', "nlu.json") == [
        "nlu.json:2:22: this is not JSON: expecting value"
    ]
