"""Featurizers that go on from an earlier training: what had a column keeps it, and what is new comes after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.features import Csr
from graphbuild.assistant.data.nlu_projections import Lookups, Regexes
from graphbuild.assistant.nlu.featurizers.count_vectors import CountVectorsFeaturizer
from graphbuild.assistant.nlu.featurizers.lexical_syntactic import LexicalSyntacticFeaturizer
from graphbuild.assistant.nlu.featurizers.regex import PatternColumns, RegexFeaturizer
from graphbuild.errors import ComponentError
from tests.assistant.nlu.samples import dense, tokenized

TEXTS = st.lists(st.lists(st.sampled_from(["b", "Rome", "12", "éa", "co-op", "the", "a"]), max_size=5), max_size=5)
FEATURIZERS: tuple[Any, ...] = (
    CountVectorsFeaturizer(),
    CountVectorsFeaturizer(CountVectorsFeaturizer.Config(analyzer="char_wb", max_ngram=3)),
    CountVectorsFeaturizer(CountVectorsFeaturizer.Config(analyzer="char", max_ngram=2)),
    LexicalSyntacticFeaturizer(),
)


def said(texts: list[list[str]]) -> Any:
    return tokenized(*(" ".join(words) for words in texts))


@settings(deadline=None, max_examples=50)
@given(TEXTS, TEXTS, st.sampled_from(FEATURIZERS))
def test_old_columns_stay_and_new_ones_are_those_of_new_messages(
    before: list[list[str]], after: list[list[str]], featurizer: Any
) -> None:
    old, new = said(before), said(after)
    start = featurizer.train(old)
    grown = featurizer.train(new, start=start)
    columns = start.terms if hasattr(start, "terms") else start.columns
    found = grown.terms if hasattr(grown, "terms") else grown.columns
    fresh = featurizer.train(new)
    wanted = fresh.terms if hasattr(fresh, "terms") else fresh.columns
    assert found[: len(columns)] == columns
    assert list(found[len(columns) :]) == [column for column in wanted if column not in columns]
    then, now = featurizer.apply(start, old), featurizer.apply(grown, old)
    for one, other in ((then.sequence, now.sequence), (then.sentence, now.sentence)):
        if one is not None:
            # Of what is known only now there may be some in the old messages, where not all of it had counted.
            assert np.array_equal(dense(one), dense(other)[:, : one.columns])
    made = featurizer.apply(grown, new).sequence
    assert isinstance(made, Csr)
    for first, last in zip(made.indptr[:-1].tolist(), made.indptr[1:].tolist(), strict=True):
        assert (np.diff(made.indices[first:last]) > 0).all(), "columns ascend within a row"


@settings(deadline=None, max_examples=30)
@given(TEXTS, st.sampled_from(FEATURIZERS))
def test_with_nothing_new_nothing_changes(texts: list[list[str]], featurizer: Any) -> None:
    messages = said(texts)
    start = featurizer.train(messages)
    assert featurizer.train(messages, start=start).encode() == start.encode()
    assert featurizer.train(said([]), start=start).encode() == start.encode()


def test_the_most_frequent_words_fill_what_room_is_left() -> None:
    featurizer = CountVectorsFeaturizer(CountVectorsFeaturizer.Config(max_features=3))
    start = featurizer.train(tokenized("z z y y"))
    assert start.terms == ("y", "z")
    assert featurizer.train(tokenized("b b a a a c y"), start=start).terms == ("y", "z", "a")
    full = featurizer.train(tokenized("x z y"))
    assert featurizer.train(tokenized("b b a a a"), start=full) == full


def test_a_shared_vocabulary_cannot_grow() -> None:
    featurizer = CountVectorsFeaturizer(CountVectorsFeaturizer.Config(use_shared_vocab=True))
    start = featurizer.train(tokenized("a b"))
    with pytest.raises(ComponentError, match="cannot grow"):
        featurizer.train(tokenized("a b"), start=start)


def marks(state: PatternColumns, text: str) -> list[list[float]]:
    found: list[list[float]] = dense(RegexFeaturizer().apply(state, tokenized(text)).sentence).tolist()
    return found


def test_patterns_keep_their_columns_by_name() -> None:
    featurizer = RegexFeaturizer()
    first = featurizer.train(Regexes((("zip", r"\d{5}"),)), Lookups((("fruit", ("apple",)),)))
    assert marks(first, "apple 12345") == [[1, 1]]
    start = PatternColumns.decode(first.encode())
    grown = featurizer.train(
        Regexes((("age", r"\b\d\d\b"), ("zip", r"\d{4}"))), Lookups((("city", ("oslo",)), ("fruit", ("pear",)))), start
    )
    assert marks(grown, "pear") == [[0, 1, 0, 0]]
    assert marks(grown, "1234") == [[1, 0, 0, 0]]
    assert marks(grown, "33") == [[0, 0, 1, 0]]
    assert marks(grown, "oslo") == [[0, 0, 0, 1]]


def test_the_column_of_a_pattern_that_is_gone_stays_and_is_empty() -> None:
    featurizer = RegexFeaturizer()
    start = featurizer.train(Regexes((("name", "a"), ("name", "b"), ("other", "c"))), Lookups())
    rest = featurizer.train(Regexes((("other", "c"),)), Lookups(), start)
    assert marks(rest, "a b c") == [[0, 0, 1]]
    again = featurizer.train(Regexes((("name", "x"), ("other", "c"))), Lookups(), rest)
    assert marks(again, "x") == [[1, 0, 0]]
