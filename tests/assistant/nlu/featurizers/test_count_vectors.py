import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.messages import Coded
from graphbuild.assistant.nlu.featurizers.count_vectors import CountVectorsFeaturizer
from graphbuild.assistant.nlu.tokenizers.whitespace import WhitespaceTokenizer
from graphbuild.contract.options import read_options
from tests.assistant.nlu.samples import dense, messages_of, tokenized

GOLDEN = ("fly to Rome 12345", "I like apple")
TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "Rome", "rome", "12", "éa", "a_b", "co-op", "the"]), max_size=6), max_size=6
)


def featurizer(**options: Any) -> CountVectorsFeaturizer:
    return CountVectorsFeaturizer(CountVectorsFeaturizer.Config(**options))


def test_the_vocabulary_is_rasas() -> None:
    state = featurizer().train(tokenized(*GOLDEN))
    assert state.terms == ("__number__", "apple", "fly", "i", "like", "rome", "to")
    features = featurizer().apply(state, tokenized(*GOLDEN))
    assert features.sequence is not None
    assert features.sentence is not None
    assert features.sequence.shape == (7, 7)
    assert features.sentence.shape == (2, 7)


def test_character_n_grams_inside_words_are_rasas() -> None:
    assert len(featurizer(analyzer="char_wb", max_ngram=2).train(tokenized(*GOLDEN)).terms) == 50


@settings(deadline=None)
@given(
    TEXTS,
    st.sampled_from(["word", "char", "char_wb"]),
    st.integers(1, 2),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from([None, "ascii", "unicode"]),
    st.sampled_from([(1, 1.0), (2, 1.0), (0.3, 0.8), (1, 2)]),
    st.sampled_from([None, ["the", "a"], "english"]),
)
def test_counts_equal_those_of_scikit_learn(
    texts: list[list[str]],
    analyzer: str,
    low: int,
    more: int,
    lowercase: bool,
    accents: str | None,
    frequencies: tuple[float, float],
    stop_words: Any,
) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    messages = tokenized(*(" ".join(words) for words in texts))
    ours = featurizer(
        analyzer=analyzer,
        min_ngram=low,
        max_ngram=low + more,
        lowercase=lowercase,
        strip_accents=accents,
        min_df=frequencies[0],
        max_df=frequencies[1],
        stop_words=stop_words,
    )
    theirs = CountVectorizer(
        analyzer=analyzer,
        ngram_range=(low, low + more),
        lowercase=lowercase,
        strip_accents=accents,
        min_df=frequencies[0],
        max_df=frequencies[1],
        stop_words=stop_words if analyzer == "word" else None,
        token_pattern=r"(?u)\b\w+\b" if analyzer == "word" else None,
    )
    documents = [re.sub(r"\b[0-9]+\b", "__NUMBER__", " ".join(words)) for words in texts]
    state = ours.train(messages)
    try:
        expected = theirs.fit_transform(documents).toarray()
    except ValueError:  # It refuses to learn nothing.
        assert state.terms == ()
        return
    assert state.terms == tuple(theirs.get_feature_names_out())
    features = ours.apply(state, messages)
    sequence, sentence = dense(features.sequence), dense(features.sentence)
    assert np.array_equal(sentence, expected)
    tokens = [re.sub(r"\b[0-9]+\b", "__NUMBER__", word) for words in texts for word in words]
    if tokens:
        assert np.array_equal(sequence, theirs.transform(tokens).toarray())


@settings(deadline=None)
@given(
    TEXTS,
    st.sampled_from([r"(?u)\b\w+\b", r"\b\w\w+\b", r"\b(\w)\w*\b", r"^\w+", r"\w+ \w+", r"[^\W\d_]+"]),
    st.integers(1, 2),
)
def test_words_of_another_pattern_are_those_of_scikit_learn(texts: list[list[str]], pattern: str, longest: int) -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    messages = tokenized(*(" ".join(words) for words in texts))
    ours = featurizer(token_pattern=pattern, max_ngram=longest)
    theirs = CountVectorizer(token_pattern=pattern, ngram_range=(1, longest))
    documents = [re.sub(r"\b[0-9]+\b", "__NUMBER__", " ".join(words)) for words in texts]
    state = ours.train(messages)
    try:
        expected = theirs.fit_transform(documents).toarray()
    except ValueError:  # It refuses to learn nothing.
        assert state.terms == ()
        return
    assert state.terms == tuple(theirs.get_feature_names_out())
    features = ours.apply(state, messages)
    assert np.array_equal(dense(features.sentence), expected)
    tokens = [re.sub(r"\b[0-9]+\b", "__NUMBER__", word) for words in texts for word in words]
    if tokens:
        assert np.array_equal(dense(features.sequence), theirs.transform(tokens).toarray())


@pytest.mark.parametrize("pattern", [None, r"(?u)\b\w+\b"])
def test_the_usual_pattern_may_be_spelt_out(pattern: str | None) -> None:
    assert featurizer(token_pattern=pattern).train(tokenized(*GOLDEN)) == featurizer().train(tokenized(*GOLDEN))


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(", "`token_pattern` is no regular expression: missing ), unterminated subpattern at position 0"),
        ("(a)(b)", "`token_pattern` has more than one group"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(pattern: str, what: str) -> None:
    (problem,) = read_options(CountVectorsFeaturizer.Config, {"token_pattern": pattern})[1]
    assert problem.what == what


def test_only_the_most_frequent_are_kept() -> None:
    assert featurizer(max_features=2).train(tokenized("b a", "b c", "c b")).terms == ("b", "c")


def test_unknown_words_count_as_the_token_for_them() -> None:
    ours = featurizer(OOV_token="oov", OOV_words=["Rome"])
    state = ours.train(tokenized("fly to Rome", "fly"))
    assert state.terms == ("fly", "oov", "to")
    assert dense(ours.apply(state, tokenized("fly Paris London")).sentence).tolist() == [[1, 2, 0]]


def test_a_token_for_unknown_words_that_the_examples_lack_changes_nothing() -> None:
    ours = featurizer(OOV_token="oov")
    state = ours.train(tokenized("fly to"))
    assert dense(ours.apply(state, tokenized("fly Paris")).sentence).tolist() == [[1, 0]]


def test_lemmas_are_counted_where_the_tokenizer_knows_them() -> None:
    messages = tokenized("dogs ran", "dog runs")
    lemmas = Coded.of(["dog", "run", "dog", "run"])
    messages = replace(messages, tokens=replace(messages.tokens, lemmas=lemmas))
    for analyzer, terms in (("word", ("dog", "run")), ("char_wb", (" ", "d", "g", "n", "o", "r", "u"))):
        assert featurizer(analyzer=analyzer).train(messages).terms == terms
    assert featurizer(use_lemma=False).train(messages).terms == ("dog", "dogs", "ran", "runs")


def test_a_shared_vocabulary_has_the_words_of_intents_too() -> None:
    split = WhitespaceTokenizer(WhitespaceTokenizer.Config(intent_tokenization_flag=True))
    messages = messages_of("fly to Rome", "fly", "hi", intents=["book_flight", "book_flight", "greet"])
    assert featurizer(use_shared_vocab=True).train(split.apply(messages)).terms == (
        *("book", "flight", "fly", "greet", "hi", "rome", "to"),
    )
    whole = WhitespaceTokenizer().apply(messages)
    assert "book_flight" in featurizer(use_shared_vocab=True).train(whole).terms
    assert "book_flight" not in featurizer().train(whole).terms
    assert "book" not in featurizer(use_shared_vocab=True, analyzer="char").train(split.apply(messages)).terms


def test_in_a_shared_vocabulary_each_name_of_an_intent_is_a_document() -> None:
    messages = messages_of("a", "b", "a", intents=["a", "c", "c"])
    train = WhitespaceTokenizer().apply(messages)
    assert featurizer(use_shared_vocab=True, min_df=2).train(train).terms == ("a", "c")
    assert featurizer(use_shared_vocab=True, max_df=0.4).train(train).terms == ("b", "c")
    assert featurizer(use_shared_vocab=True, max_features=1).train(train).terms == ("a",)


def test_the_order_and_intents_of_examples_do_not_matter() -> None:
    one = featurizer(analyzer="char_wb", max_ngram=3, max_features=9).train(tokenized(*GOLDEN))
    other = featurizer(analyzer="char_wb", max_ngram=3, max_features=9).train(tokenized(*reversed(GOLDEN)))
    assert one.encode() == other.encode()


def test_a_range_that_is_empty_is_refused() -> None:
    given = {"min_ngram": 3, "max_ngram": 2}
    (problem,) = read_options(CountVectorsFeaturizer.Config, given)[1]
    assert problem.what == "`min_ngram` is greater than `max_ngram`"
    (problem,) = read_options(CountVectorsFeaturizer.Config, {"max_ngram": -1})[1]
    assert problem.what == "option `max_ngram`: expected `int` >= 1"


def test_columns_ascend_within_a_row() -> None:
    ours = featurizer(analyzer="char_wb", max_ngram=4)
    messages = tokenized("the cat sat on the mat", "a cat")
    matrix = ours.apply(ours.train(messages), messages).sentence
    assert not isinstance(matrix, np.ndarray)
    assert matrix is not None
    for a, b in zip(matrix.indptr, matrix.indptr[1:], strict=False):
        assert (np.diff(matrix.indices[a:b]) > 0).all()
