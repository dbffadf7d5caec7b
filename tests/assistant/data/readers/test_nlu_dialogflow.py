"""Exports of Dialogflow: an intent or an entity with the file beside it, the older single files, a whole agent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphbuild.assistant.data.parts import Lookup
from graphbuild.assistant.data.readers.nlu_dialogflow import read_dialogflow_agent
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.source import SourceFile

INTENT = '{"id": "1",\n "name": "inform", "responses": []}'
SAYS = [
    {
        "data": [
            {"text": "to "},
            {"text": "北京", "alias": "city", "meta": "@city"},
            {"text": " at "},
            {"text": "5", "meta": "@sys.number"},
            {"text": " 🙂", "meta": "@sys.ignore"},
        ]
    },
    {"data": [{"text": "search"}], "isTemplate": False},
]
ENTITY = {"name": "cuisine", "isEnum": False, "isRegexp": False}
ENTRIES = [
    {"value": "chinese", "synonyms": ["chinese", "china", "@other:x"]},
    {"value": "indian", "synonyms": ["india"]},
]


def test_an_intent_has_its_examples_beside_it(nlu_file) -> None:
    beside = {"inform_usersays_en.json": json.dumps(SAYS, indent=1)}
    found = nlu_file(INTENT, "inform.json", beside)
    assert found.texts == [("inform", "to 北京 at 5 🙂"), ("inform", "search")]
    assert found.entities == [
        {"start": 3, "end": 5, "entity": "city", "value": "北京"},
        {"start": 9, "end": 10, "entity": "@sys.number", "value": "5"},
    ]
    assert found.lines == {
        "example of `inform`: to 北京 at 5 🙂 (inform_usersays_en.json:2:2)": 0,
        "example of `inform`: search (inform_usersays_en.json:25:2)": 0,
        # A finding on one stands at the file that the intent is in.
        "example of `inform`: to 北京 at 5 🙂": 0,
        "example of `inform`: search": 0,
    }


def test_an_entity_gives_synonyms_and_a_table(nlu_file) -> None:
    found = nlu_file(json.dumps(ENTITY), "cuisine.json", {"cuisine_entries_en.json": json.dumps(ENTRIES)})
    assert found.synonyms == {"chinese": "chinese", "china": "chinese", "@other:x": "chinese", "india": "indian"}
    assert found.part.lookups == (Lookup("cuisine", ("chinese", "china", "india")),)


def test_an_entity_of_patterns_gives_patterns(nlu_file) -> None:
    entries = [{"value": "[A-Z]{2}", "synonyms": ["[A-Z]{2}", "[0-9]@"]}]
    entity = json.dumps({**ENTITY, "isRegexp": True})
    found = nlu_file(entity, "cuisine.json", {"cuisine_entries_en.json": json.dumps(entries)})
    assert found.part.regexes == (("cuisine", "[A-Z]{2}"), ("cuisine", "[0-9]@"))
    assert found.part.lookups == ()


def test_older_exports_hold_all_in_one_file(nlu_file) -> None:
    found = nlu_file(json.dumps({"name": "inform", "userSays": SAYS, "responses": []}), "inform.json")
    assert [text for _, text in found.texts] == ["to 北京 at 5 🙂", "search"]
    assert set(found.lines.values()) == {1}
    found = nlu_file(json.dumps({"name": "cuisine", "entries": ENTRIES, "isEnum": False}), "cuisine.json")
    assert found.part.lookups == (Lookup("cuisine", ("chinese", "china", "india")),)


def test_an_intent_without_examples_is_told(nlu_file) -> None:
    found = nlu_file(INTENT, "inform.json")
    assert found.warnings == ((2, "there are no examples of intent `inform`", "export this language, too"),)


@pytest.mark.parametrize(
    "content",
    [json.dumps(SAYS), json.dumps(ENTRIES), '{"version": "1.0.0"}', '{"language": "en", "supportedLanguages": ["es"]}'],
)
def test_files_that_others_need_say_nothing_alone(nlu_file, content: str) -> None:
    found = nlu_file(content, "x.json")
    assert (found.part.examples, found.part.synonyms, found.warnings) == ((), (), ())


def test_what_is_wrong_is_said_in_the_file_in_which_it_stands(nlu_problems) -> None:
    beside = {"inform_usersays_en.json": '[{"data": [\n {"text": 3}, 4]}]'}
    assert nlu_problems(INTENT, "inform.json", beside) == [
        "inform_usersays_en.json:2:11: `text` of a chunk must be a text, not a number",
        "inform_usersays_en.json:2:15: an element of `data` must be an object, not a number",
    ]
    assert nlu_problems('{"name": 3, "responses": []}', "inform.json") == [
        "inform.json:1:10: `name` of an intent must be a text, not a number"
    ]


@pytest.mark.parametrize(
    ("language", "texts"), [(None, ["buscar"]), ("es", ["buscar"]), ("en", ["to 北京 at 5 🙂", "search"])]
)
def test_a_whole_agent_is_read_in_one_language(tmp_path: Path, language: str | None, texts: list[str]) -> None:
    files = {
        "agent.json": '{"language": "es", "supportedLanguages": ["en"]}',
        "package.json": '{"version": "1.0.0"}',
        "readme.txt": "no JSON",
        # The name of the file counts, not the name in it: Dialogflow changes some characters.
        "intents/inform.json": INTENT.replace("inform", "inform?"),
        "intents/inform_usersays_en.json": json.dumps(SAYS),
        "intents/inform_usersays_es.json": json.dumps([{"data": [{"text": "buscar"}]}]),
        "entities/cuisine.json": json.dumps(ENTITY),
        "entities/cuisine_entries_en.json": json.dumps(ENTRIES),
    }
    sources = {}
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sources[name] = SourceFile(path, name)
    reading = Reading("agent")
    part = read_dialogflow_agent(sources, reading, language)
    _, warnings = reading.finish()
    assert [(example.intent, example.text) for example in part.examples] == [("inform?", text) for text in texts]
    assert len(part.lookups) == (1 if language == "en" else 0)
    assert len(warnings.rows) == (0 if language == "en" else 1)


def test_an_intent_for_what_no_other_matches_needs_no_examples(nlu_file) -> None:
    fallback = '{"name": "Default Fallback Intent", "responses": [], "fallbackIntent": %s}'
    assert nlu_file(fallback % "true", "fallback.json").said == []
    assert len(nlu_file(fallback % "false", "fallback.json").said) == 1
