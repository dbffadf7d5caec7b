from typing import Any

from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.featurizers.regex import RegexFeaturizer
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
