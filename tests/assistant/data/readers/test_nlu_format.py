"""What a file holds is told from what stands in it; no file of any kind brings the readers down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from graphbuild.assistant.data.readers.nlu_format import JsonFormat, json_format, markdown_kind
from graphbuild.contract.json_tree import parse_json


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("## intent:greet\n- hi\n", "nlu"),
        ("# My data\n\nwords\n\n  ##synonym:a\n- b\n", "nlu"),
        ("## regex:a\n- b", "nlu"),
        ("\ufeff<!-- ## story -->\n## lookup:a\nfile.txt\n", "nlu"),
        ("## deny\n- non, merci\n- non\n", "nlu"),
        ("## happy path\n* greet\n  - utter_greet\n", "stories"),
        ("## story\n* chitchat/ask_name\n  - utter_chitchat\n* faq/x\n- respond_faq\n", "stories"),
        ('# a\n> begin\n* inform{"a": "b"} OR other\n - slot{"a": "b"}\n> end\n', "stories"),
        ("## only actions\n- action_restart\n", "stories"),
        (">> rule\n* greet: hello [x](y)\n- utter_greet\n", "stories"),
        ("## ask name\n* chitchat/ask_name\n- my name is Sara\n", "responses"),
        ("## ask name\n* utter_chitchat/ask name\n    - Sara\n* faq/x\n- utter_no, it is text\n", "responses"),
        ("# Read me\n\nSome words, and a list:\n\n* first thing\n* second thing\n", None),
        ("# Read me\n- first thing\n- second\n", None),
        ("words", None),
        ("", None),
    ],
)
def test_markdown_is_told_apart_by_its_lines(text: str, kind: str | None) -> None:
    assert markdown_kind(text) == kind
    assert markdown_kind(text.replace("\n", "\r\n")) == kind


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"rasa_nlu_data": {}}, JsonFormat.RASA),
        ({"luis_schema_version": "1", "utterances": []}, JsonFormat.LUIS),
        ({"utterances": []}, JsonFormat.WIT),
        ({"data": [{"text": "a", "entities": []}]}, JsonFormat.WIT),
        ({"name": "a", "responses": []}, JsonFormat.DIALOGFLOW),
        ({"name": "a", "isEnum": False}, JsonFormat.DIALOGFLOW),
        ({"version": "1"}, JsonFormat.DIALOGFLOW_PART),
        ({"supportedLanguages": []}, JsonFormat.DIALOGFLOW_PART),
        ([{"value": "a", "synonyms": []}], JsonFormat.DIALOGFLOW_PART),
        ({"data": []}, None),
        ({"version": "1", "nlu": []}, None),
        ({"responses": {}}, None),
        ([{"event": "user"}], None),
        ([1], None),
        (None, None),
        ("rasa_nlu_data", None),
    ],
)
def test_json_is_told_apart_by_its_keys(document: Any, expected: JsonFormat | None) -> None:
    assert json_format(parse_json(json.dumps(document), "a.json")[0]) == expected


@pytest.mark.parametrize("piece", ["_", "a_", "*", "* /", "- ", "#", "a/", "{"])
def test_a_long_line_is_told_apart_at_once(piece: str) -> None:
    for begin in ("## a\n- ", "## a\n* ", "## "):
        assert markdown_kind(begin + piece * 100_000 + "!") in ("nlu", "stories", "responses", None)
