"""Responses in Markdown: what is read, and under which names."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.parts import ResponsesPart
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.responses_markdown import read_responses_markdown
from graphbuild.errors import DataError


def read(text: str) -> tuple[ResponsesPart, list[tuple[int, str]]]:
    reading = Reading("responses.md")
    part = read_responses_markdown(text, reading)
    return part, [row[:2] for row in reading.finish()[1].rows]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_key_has_its_variations(ends: str) -> None:
    text = "## ask name\n* faq/name\n  - I am a bot - really\n-one\\ntwo\n\n## ask age\n* utter_faq/age\n\t- 😀\n"
    part, warnings = read(text.replace("\n", ends))
    assert part == ResponsesPart(
        (
            ("utter_faq/name", ({"text": "I am a bot - really"}, {"text": "one\ntwo"})),
            ("utter_faq/age", ({"text": "😀"},)),
        )
    )
    assert warnings == []


@pytest.mark.parametrize(
    ("text", "warning"),
    [
        ("* a/b\n- x\n* a/b\n- y\n", (3, "response `utter_a/b` is given twice; the last counts")),
        ("* a/b\n\n## c\n", (1, "response `utter_a/b` says nothing")),
        ("## c\n- x\n", (2, "this text belongs to no response; it is passed over")),
        ("* a/b\n- x\nwell\n", (3, "this line is passed over: well")),
        ("* a/b\n- x\n-\n", (3, "this text is empty; it is passed over")),
    ],
)
def test_what_is_odd_is_a_warning(text: str, warning: tuple[int, str]) -> None:
    assert read(text)[1] == [warning]


def test_a_key_must_be_named() -> None:
    with pytest.raises(DataError, match=r"^responses\.md:2:1: this line names no retrieval intent"):
        read("## c\n*\n")


@given(st.text(alphabet="#*-/ ab\n\r\\n<!>😀\x0b", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(DataError):
        part, _ = read(text)
        assert type(part).decode(part.encode()) == part
