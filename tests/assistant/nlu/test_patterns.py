import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.patterns import any_of, collect_patterns, matches
from graphbuild.errors import DataError

PHRASES = st.lists(st.text("ab.\\ (", max_size=4), max_size=8)


def test_phrases_share_their_beginnings() -> None:
    assert any_of(["red pear", "red", "apple", ""]) == "(?:apple|red(?:\\ pear)?)"
    assert any_of([]) == ""


@given(PHRASES, st.text("ab.\\ (", max_size=12))
def test_the_longest_phrase_at_the_first_place_is_found(phrases: list[str], text: str) -> None:
    flat = "|".join(re.escape(phrase) for phrase in sorted(filter(None, phrases), key=len, reverse=True))
    expected = [match.span() for match in re.finditer(flat, text)] if flat else []
    pattern = any_of(phrases)
    assert (list(matches(re.compile(pattern), text)) if pattern else []) == expected


def test_regexes_come_before_lookups_and_empty_tables_are_left_out() -> None:
    lookups = Lookups((("fruit", ("apple", "red pear")), ("none", ())))
    patterns = collect_patterns(Regexes((("zip", r"\d{5}"),)), lookups, word_boundaries=True, case_sensitive=True)
    assert patterns.names == ("zip", "fruit")
    assert list(patterns.found_in("12345 red pears and an apple")) == [(0, 0, 5), (1, 23, 28)]
    assert type(patterns).decode(patterns.encode()) == patterns


def test_without_case_a_longer_phrase_wins_whatever_its_case() -> None:
    lookups = Lookups((("city", ("New", "new York")),))
    patterns = collect_patterns(None, lookups, word_boundaries=True, case_sensitive=False)
    assert list(patterns.found_in("in NEW YORK")) == [(0, 3, 11)]


def test_all_broken_expressions_are_told() -> None:
    regexes = Regexes((("one", "("), ("three", "["), ("two", "a")))
    with pytest.raises(DataError) as caught:
        collect_patterns(regexes, None, word_boundaries=True, case_sensitive=True)
    assert [problem.facts for problem in caught.value.problems] == [(("pattern", "("),), (("pattern", "["),)]
