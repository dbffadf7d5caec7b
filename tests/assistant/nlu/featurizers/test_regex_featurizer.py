from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.featurizers.regex import RegexFeaturizer, _Touched
from tests.assistant.nlu.samples import LOOKUPS, REGEXES, dense, tokenized


def marks(text: str, regexes: Regexes = REGEXES, lookups: Lookups = LOOKUPS, **options: Any) -> tuple[Any, Any]:
    featurizer = RegexFeaturizer(RegexFeaturizer.Config(**options))
    features = featurizer.apply(featurizer.train(regexes, lookups), tokenized(text))
    return dense(features.sequence).tolist(), dense(features.sentence).tolist()


def test_a_token_that_a_match_overlaps_is_marked() -> None:
    assert marks("fly to Rome 12345") == ([[0, 0], [0, 0], [0, 0], [1, 0]], [[1, 0]])


def test_a_phrase_marks_all_its_words() -> None:
    assert marks("red pear") == ([[0, 1], [0, 1]], [[0, 1]])


def test_lookups_match_whole_words_unless_told_otherwise() -> None:
    assert marks("apples")[1] == [[0, 0]]
    assert marks("apples", use_word_boundaries=False)[1] == [[0, 1]]


def test_case_counts_unless_told_otherwise() -> None:
    assert marks("APPLE")[1] == [[0, 0]]
    assert marks("APPLE", case_sensitive=False)[1] == [[0, 1]]


def test_either_kind_of_pattern_can_be_left_out() -> None:
    assert marks("apple 12345", use_regexes=False)[1] == [[1]]
    assert marks("apple 12345", use_lookup_tables=False)[1] == [[1]]


def test_a_match_of_nothing_marks_nothing() -> None:
    assert marks("abc", Regexes((("maybe", r"\d*"),)), Lookups())[1] == [[0]]


SPAN = st.tuples(st.integers(0, 12), st.integers(0, 4)).map(lambda one: (one[0], one[0] + one[1]))


@given(st.lists(SPAN, max_size=8), SPAN)
def test_tokens_are_looked_up_as_if_each_were_compared(tokens: list[tuple[int, int]], match: tuple[int, int]) -> None:
    """Whether they come from left to right or not, lie in each other or are empty."""
    begin, end = match
    for spans in (tokens, sorted(tokens), sorted(tokens, key=lambda one: (one[1], one[0]))):
        starts, ends = (np.array([one[place] for one in spans], dtype=np.int32) for place in (0, 1))
        compared = [place for place, one in enumerate(spans) if one[0] < end and one[1] > begin]
        assert list(_Touched(starts, ends).by(begin, end)) == compared
