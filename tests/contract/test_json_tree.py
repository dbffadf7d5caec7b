"""JSON is read as the standard library reads it, every word has its place, and no text brings the reader down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract.json_tree import parse_json

_TEXT = st.text()
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXT
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=20
)


def complaints(text: str) -> list[str]:
    return [
        f"{problem.location}: {problem.what}" + (f" ({problem.hint})" if problem.hint else "")
        for problem in parse_json(text, "a.json")[1]
    ]


@given(_JSON, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_what_json_writes_is_read(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    tree, problems = parse_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only), "a.json")
    assert problems == []
    assert tree.plain() == value


@given(st.text('{}[]",:0123-. \n\tabtrufe\\'))
def test_what_is_read_and_what_is_refused_is_as_in_the_standard_library(text: str) -> None:
    tree, problems = parse_json(text, "a.json")
    try:
        expected = json.loads(text, parse_constant=lambda word: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert problems
        return
    if not any("given twice" in problem.what or "too large" in problem.what for problem in problems):
        assert (tree.plain(), problems) == (expected, [])


def test_every_word_has_its_place() -> None:
    tree, problems = parse_json('\ufeff{\r\n  "a": [1,\r\n     {"b": "x"}],\n"c": {}, "d": []\n}', "a.json")
    assert problems == []
    assert str(tree.location) == "a.json:1:1"
    assert str(tree.key_location("a")) == "a.json:2:3"
    assert [str(one.location) for one in tree["a"]] == ["a.json:2:9", "a.json:3:6"]
    assert str(tree["a"][1]["b"].location) == "a.json:3:12"
    assert str(tree["c"].location) == "a.json:4:6"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "a.json:1:1: this is not JSON: the text ends where a value must stand"),
        ('{"a": [1\n', "a.json:2:1: this is not JSON: the text ends where a comma or `]` must stand"),
        (
            '{"a":\n',
            "a.json:2:1: this is not JSON: the text ends where a value must stand; close what begins at line 1",
        ),
        ('{"a": 1 "b": 2}', 'a.json:1:9: this is not JSON: `"` stands here where a comma or `}` must stand'),
        ("[1, 2,]", "a.json:1:7: this is not JSON: a comma stands before `]` (remove the comma)"),
        ('{"a": 1,}', "a.json:1:9: this is not JSON: a comma stands before `}` (remove the comma)"),
        ("{a: 1}", "a.json:1:2: this is not JSON: a key must stand here (write it in double quotes)"),
        ('{"a" 1}', "a.json:1:6: this is not JSON: `:` must stand after a key"),
        ("['a']", "a.json:1:2: this is not JSON: expecting value (write texts in double quotes)"),
        ("[1, // one\n 2]", "a.json:1:5: this is not JSON: expecting value (JSON has no comments; remove it)"),
        ("[] []", "a.json:1:4: this is not JSON: something stands after the end of the document (remove it)"),
        ('["a\nb"]', "a.json:1:4: this is not JSON: invalid control character at"),
        ('["abc', "a.json:1:2: this is not JSON: unterminated string starting at"),
        ("[NaN]", "a.json:1:2: this number cannot be read: `NaN` is no number"),
        ("[1e999]", "a.json:1:2: this number is too large"),
        ("[" + "9" * 5000 + "]", "a.json:1:2: this number cannot be read: Exceeds the limit (4300 digits)"),
        ('{"a": 1,\n "a": 2}', "a.json:2:2: key `a` is given twice (remove one of them)"),
        ('{"' + "k" * 65537 + '": 1}', "a.json:1:2: this key is longer than 65,536 characters"),
        ('["\\ud83d"]', "a.json:1:2: this text holds half of a pair of surrogates, which stands for no character"),
        ("[" * 100_000, "a.json:1:101: this is nested more than 100 levels deep"),
    ],
)
def test_a_broken_document_says_where(text: str, complaint: str) -> None:
    (found,) = complaints(text)
    assert found.startswith(complaint)


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert parse_json('"\\ud83d\\ude00"', "a.json")[0].plain() == "😀"


def test_of_a_key_that_is_given_twice_the_first_counts() -> None:
    assert parse_json('{"a": 1, "a": [2, {"b": 3}], "c": 4}', "a.json")[0].plain() == {"a": 1, "c": 4}


def test_a_document_too_large_for_a_text_is_refused() -> None:
    (found,) = complaints(json.dumps(["x" * (32 << 20) + "y"]))
    assert "longer than" in found
