"""What a file holds is told from what stands in it; no file of any kind brings the readers down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.nlu_format import JsonFormat, json_format, markdown_kind, read_nlu_file
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.reading import Reading
from graphbuild.contract.json_tree import parse_json
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError


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


def test_markdown_of_another_kind_is_left_to_its_reader(nlu_file) -> None:
    assert nlu_file("## a\n* greet\n- utter_greet\n").said == []
    assert nlu_file("").said == []
    assert nlu_file("just words").said == [
        (0, "this file holds neither NLU data nor stories nor responses; it is passed over")
    ]


_KEYS = """
rasa_nlu_data common_examples entity_synonyms regex_features lookup_tables luis_schema_version utterances data name
responses userSays isEnum isRegexp entries text intent start end entities entity value synonyms elements pattern
startPos endPos role group alias meta body activated regex_entities regexPattern metadata
"""
_WORDS = st.sampled_from(_KEYS.split())
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.floats(allow_nan=False) | st.text(max_size=4) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=6),
    max_leaves=30,
)
_ENTITIES = st.lists(st.dictionaries(_WORDS, _VALUES, max_size=8), max_size=2)
_EXAMPLES = st.lists(st.fixed_dictionaries({}, optional={"text": _VALUES, "intent": _VALUES, "entities": _ENTITIES}))
_DOCUMENTS = (
    _VALUES
    | st.dictionaries(_WORDS, _VALUES | _EXAMPLES, max_size=8)
    | st.fixed_dictionaries({"rasa_nlu_data": st.dictionaries(_WORDS, _VALUES | _EXAMPLES, max_size=8)})
    | st.fixed_dictionaries({"utterances": _EXAMPLES}, optional={"luis_schema_version": _VALUES})
    | st.fixed_dictionaries({"name": _VALUES}, optional={"responses": _VALUES, "userSays": _VALUES, "entries": _VALUES})
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def read(path: Path, content: bytes) -> None:
    """Reads a file; anything but DataError is a failure, and what is read comes back from its bytes."""
    path.write_bytes(content)
    reading = Reading(path.name)
    part = read_nlu_file(SourceFile(path, path.name, others={"a_usersays_en.json": path}), reading)
    try:
        reading.finish()
    except DataError:
        return
    assert NLUPart.decode(part.encode()) == part


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(document=_DOCUMENTS)
def test_no_json_brings_the_readers_down(folder: Path, document: Any) -> None:
    text = json.dumps(document, allow_nan=True)
    read(folder / "a.json", text.encode())
    read(folder / "a.json", text[: len(text) * 3 // 4].encode())


@given(content=st.binary() | st.text().map(str.encode), suffix=st.sampled_from([".json", ".md"]))
def test_no_bytes_bring_the_readers_down(folder: Path, content: bytes, suffix: str) -> None:
    read(folder / f"a{suffix}", content)
