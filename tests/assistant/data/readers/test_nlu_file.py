"""Any file of Markdown or JSON: its NLU data, the files that it names, and no file that brings the readers down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.nlu_dialogflow import LANGUAGES
from graphbuild.assistant.data.readers.nlu_file import files_mentioned, read_nlu_file
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError


def test_markdown_of_another_kind_is_left_to_its_reader(nlu_file) -> None:
    assert nlu_file("## a\n* greet\n- utter_greet\n").said == []
    assert nlu_file("").said == []
    assert nlu_file("just words").said == [
        (0, "this file holds neither NLU data nor stories nor responses; it is passed over")
    ]


AGENTS = ("../agent.json", "agent.json")
INTENT = b'{"name": "inform", "responses": []}'


@pytest.mark.parametrize(
    ("content", "suffix", "files"),
    [
        (INTENT, ".json", (*(f"inform_usersays_{language}.json" for language in LANGUAGES), *AGENTS)),
        (
            b'{"name": "cuisine", "isEnum": false}',
            ".json",
            (*(f"cuisine_entries_{language}.json" for language in LANGUAGES), *AGENTS),
        ),
        (b'{"name": "a", "responses": [], "userSays": []}', ".json", ()),
        (
            b'\xef\xbb\xbf{"rasa_nlu_data": {"lookup_tables": [{"name": "a", "elements": "b.txt"}]}}',
            ".json",
            ("b.txt",),
        ),
        (b'{"rasa_nlu_data": {"lookup_tables": [{"name": "a", "elements": ["b.txt"]}]}}', ".json", ()),
        ("## lookup:a\n größe.txt\n## lookup:b\n- c\n## lookup:d\nb.txt\n".encode(), ".md", ("b.txt", "größe.txt")),
        (b"## story\n* lookup\n- utter_a\n", ".md", ()),
        (b"", ".md", ()),
        (b'\xff{"responses"', ".json", ()),
        (b'["responses"]', ".json", ()),
    ],
)
def test_a_file_says_which_others_belong_to_it(content: bytes, suffix: str, files: tuple[str, ...]) -> None:
    assert files_mentioned(content, suffix) == files


def test_an_agent_is_read_in_the_language_that_is_there(tmp_path: Path) -> None:
    said = tmp_path / "inform_usersays_es.json"
    said.write_text('[{"data": [{"text": "hola"}]}]')
    reading = Reading("inform.json")
    source = SourceFile(tmp_path / "inform.json", "inform.json", others={said.name: said}, content=INTENT)
    assert [example.text for example in read_nlu_file(source, reading).examples] == ["hola"]


@pytest.mark.parametrize(
    ("asked", "agent", "there", "read", "is_told"),
    [
        (None, "de", ("de", "en"), "de", False),
        ("en", "de", ("de", "en"), "en", False),
        ("fr", "de", ("de", "en"), "de", False),
        ("zh", None, ("en", "zh-cn"), "zh-cn", False),
        ("pt-BR", None, ("en", "pt", "pt-br"), "pt-br", False),
        (None, None, ("es",), "es", False),
        (None, None, ("de", "en"), "en", True),
        ("de", None, ("en",), "en", True),
        (None, "de", ("en", "fr"), "en", True),
    ],
)
def test_of_several_languages_the_one_that_is_meant_is_read(
    tmp_path: Path, asked: str | None, agent: str | None, there: tuple[str, ...], read: str, is_told: bool
) -> None:
    others = {}
    for language in there:
        path = others[f"inform_usersays_{language}.json"] = tmp_path / language
        path.write_text(json.dumps([{"data": [{"text": f"said in {language}"}]}]))
    if agent is not None:
        others["../agent.json"] = tmp_path / "agent.json"
        others["../agent.json"].write_text(json.dumps({"language": agent, "supportedLanguages": []}))
    reading = Reading("inform.json")
    source = SourceFile(tmp_path / "inform.json", "inform.json", others=others, content=INTENT)
    assert [one.text for one in read_nlu_file(source, reading, asked).examples] == [f"said in {read}"]
    assert [f"; those in {read} are read" in what for _, what, _ in reading.finish()[1].rows] == [True] * is_told


def test_text_that_is_not_json_is_a_problem_only_in_nlu_data(nlu_file, nlu_problems) -> None:
    assert nlu_problems('{"utterances": [', "a.json")[0].startswith("a.json:1:17: this is not JSON")
    found = nlu_file('{"a": 1}\n{"a": 2}\n', "lines.json")
    assert found.said == [
        (2, "this is not JSON: something stands after the end of the document; the file is passed over")
    ]


def test_a_file_beside_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(INTENT)
    (tmp_path / "b.json").write_bytes(b"[\n\xff]")
    reading = Reading("a.json")
    read_nlu_file(
        SourceFile(tmp_path / "a.json", "a.json", others={"inform_usersays_en.json": tmp_path / "b.json"}), reading
    )
    with pytest.raises(DataError, match=r"^inform_usersays_en\.json:2: the file is not UTF-8"):
        reading.finish()


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


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(document=_DOCUMENTS)
def test_no_json_brings_the_readers_down(folder: Path, document: Any) -> None:
    text = json.dumps(document, allow_nan=True)
    read(folder / "a.json", text.encode())
    read(folder / "a.json", text[: len(text) * 3 // 4].encode())


@settings(deadline=None)
@given(content=st.binary() | st.text().map(str.encode), suffix=st.sampled_from([".json", ".md"]))
def test_no_bytes_bring_the_readers_down(folder: Path, content: bytes, suffix: str) -> None:
    read(folder / f"a{suffix}", content)


def test_a_line_has_an_end(nlu_problems) -> None:
    text = f"## intent:a\n- {'x' * (32 << 20)}\n- b\n"
    assert nlu_problems(text) == ["nlu.md:2: this line is longer than 33,554,432 characters"]
