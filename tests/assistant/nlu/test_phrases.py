"""Phrases find what the plain alternation of them finds."""

from __future__ import annotations

import re
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graphbuild.assistant.nlu.phrases import Phrases, fold

LETTERS = "aAbB \u00e9\u00c9_.$1-\u017fSs"
PHRASES = st.lists(st.text(LETTERS, max_size=7), max_size=10)


@given(PHRASES, st.text(LETTERS, max_size=30), st.booleans(), st.booleans())
@example(["new", "new york"], "in New Yorks", False, True)
@example(["$5", "5"], "a$5", True, True)
def test_it_is_the_expression_with_longer_ones_first(
    phrases: list[str], text: str, case_sensitive: bool, word_boundaries: bool
) -> None:
    flat = "|".join(re.escape(phrase) for phrase in sorted(filter(None, phrases), key=len, reverse=True))
    edge = r"\b" if word_boundaries else ""
    pattern = re.compile(f"{edge}(?:{flat}){edge}", 0 if case_sensitive else re.IGNORECASE)
    expected = [match.span() for match in pattern.finditer(text)] if flat else []
    assert Phrases(phrases, case_sensitive=case_sensitive, word_boundaries=word_boundaries).spans(text) == expected


def test_letters_are_the_same_that_are_so_for_expressions() -> None:
    cased = "".join(
        letter for letter in map(chr, range(sys.maxunicode)) if letter.lower() != letter or letter.upper() != letter
    )
    same: dict[str, list[str]] = {}
    for letter in cased:
        assert len(fold(letter)) == 1
        same.setdefault(fold(letter), []).append(letter)
    for letter in cased:
        assert re.findall(re.escape(letter), cased, re.IGNORECASE) == same[fold(letter)]


@pytest.mark.parametrize("text", ["", " ", "word " * 2000, "\ud800", "\U0001f600"])
def test_any_text_can_be_searched(text: str) -> None:
    assert Phrases([], case_sensitive=False, word_boundaries=True).spans(text) == []
    assert len(Phrases(["word"], case_sensitive=False, word_boundaries=True).spans(text)) == text.count("word")
