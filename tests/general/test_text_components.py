"""The text components: what they read, and that their arithmetic is scikit-learn's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB

from graphbuild.contract.options import read_options
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError
from graphbuild.general.accuracy import Accuracy
from graphbuild.general.labelled_lines import LabelledLines
from graphbuild.general.naive_bayes_classifier import NaiveBayesClassifier
from graphbuild.general.text_file import TextFile
from graphbuild.general.text_vectorizer import TextVectorizer
from graphbuild.general.texts import LabelledTexts, TextMatrix, TextPredictions, Vocabulary, WordLikelihoods

WORDS = st.text("abcAB éß", max_size=12)
SAMPLES = st.lists(st.tuples(WORDS, st.sampled_from(["x", "y", "z"])), min_size=1, max_size=12)
CORPUS = LabelledTexts(("send it by air", "by sea, by sea", "!"), ("air", "sea", "sea"))


def texts_of(samples: list[tuple[str, str]]) -> LabelledTexts:
    return LabelledTexts(tuple(text for text, _ in samples), tuple(label for _, label in samples))


def dense(matrix: TextMatrix) -> np.ndarray:
    result = np.zeros((len(matrix), matrix.width))
    result[matrix.rows(), matrix.columns] = matrix.values
    return result


def source(path: Path, data: bytes) -> SourceFile:
    path.write_bytes(data)
    return SourceFile(path, "data/texts.txt")


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.none() | st.text(min_size=1))))
def test_labelled_texts_come_back(samples: list[tuple[str, str | None]]) -> None:
    texts = LabelledTexts(tuple(text for text, _ in samples), tuple(label for _, label in samples))
    assert LabelledTexts.decode(texts.encode()) == texts


def test_states_and_matrices_come_back_with_equal_bytes() -> None:
    vocabulary = TextVectorizer().train(CORPUS)
    matrix = TextVectorizer().apply(vocabulary, CORPUS)
    state = NaiveBayesClassifier().train(matrix, CORPUS)
    said = NaiveBayesClassifier().apply(state, matrix)
    assert Vocabulary.decode(vocabulary.encode()).encode() == vocabulary.encode()
    assert TextMatrix.decode(matrix.encode()).encode() == matrix.encode()
    assert WordLikelihoods.decode(state.encode()).encode() == state.encode()
    assert TextPredictions.decode(said.encode()) == said


@settings(deadline=None)
@given(SAMPLES, st.integers(1, 3), st.integers(1, 2))
def test_weights_are_those_of_tfidf(samples: list[tuple[str, str]], max_ngram: int, min_count: int) -> None:
    texts = texts_of(samples)
    config, _ = read_options(TextVectorizer.Config, {"max_ngram": max_ngram, "min_count": min_count})
    ours = TextVectorizer(config)
    state = ours.train(texts)
    theirs = TfidfVectorizer(token_pattern=r"\w+", ngram_range=(1, max_ngram), min_df=min_count)
    try:
        expected = theirs.fit_transform(texts.texts).toarray()
    except ValueError:  # nothing but stop words, in its words: there is no word at all
        assert state.words == ()
        return
    assert state.words == tuple(theirs.get_feature_names_out())
    np.testing.assert_allclose(dense(ours.apply(state, texts)), expected)


@settings(deadline=None)
@given(SAMPLES, st.sampled_from([0.1, 1.0, 3.0]))
def test_classifier_is_multinomial_naive_bayes(samples: list[tuple[str, str]], smoothing: float) -> None:
    texts = texts_of([("a", "x"), *samples])
    features = TextVectorizer().apply(TextVectorizer().train(texts), texts)
    ours = NaiveBayesClassifier(NaiveBayesClassifier.Config(smoothing=smoothing))
    said = ours.apply(ours.train(features, texts), features)
    theirs = MultinomialNB(alpha=smoothing).fit(dense(features), texts.labels)
    np.testing.assert_allclose(said.confidences, theirs.predict_proba(dense(features)).max(axis=1))


def test_classifier_says_nothing_of_no_texts() -> None:
    state = NaiveBayesClassifier().train(TextVectorizer().apply(TextVectorizer().train(CORPUS), CORPUS), CORPUS)
    nothing = LabelledTexts((), ())
    features = TextVectorizer().apply(TextVectorizer().train(CORPUS), nothing)
    assert NaiveBayesClassifier().apply(state, features) == TextPredictions([], [])


def test_texts_without_labels_teach_nothing() -> None:
    more = LabelledTexts((*CORPUS.texts, "air air"), (*CORPUS.labels, None))
    vocabulary = TextVectorizer().train(CORPUS)
    first, second = (
        NaiveBayesClassifier().train(TextVectorizer().apply(vocabulary, texts), texts).encode()
        for texts in (CORPUS, more)
    )
    assert first == second


def test_a_classifier_without_labels_is_refused() -> None:
    texts = LabelledTexts(("a",), (None,))
    features = TextVectorizer().apply(TextVectorizer().train(texts), texts)
    with pytest.raises(DataError, match="no text has a label"):
        NaiveBayesClassifier().train(features, texts)


def test_lines_are_labels_and_texts(tmp_path: Path) -> None:
    file = source(tmp_path / "a.txt", b"\xef\xbb\xbf# comment\r\n\r\nair\tby air\r\nsea\tby sea\twith tabs\n")
    read = LabelledLines().apply(file)
    assert read.output == LabelledTexts(("by air", "by sea\twith tabs"), ("air", "sea"))
    assert dict(read.runtime) == {"output": "texts"}


def test_every_wrong_line_is_reported(tmp_path: Path) -> None:
    file = source(tmp_path / "a.txt", b"air by air\nsea\tby sea\n\tby road\nroad\t \n")
    with pytest.raises(DataError) as caught:
        LabelledLines().apply(file)
    assert [str(problem.location) for problem in caught.value.problems] == [
        "data/texts.txt:1",
        "data/texts.txt:3",
        "data/texts.txt:4",
    ]


def test_text_file_gives_text_or_lines(tmp_path: Path) -> None:
    file = source(tmp_path / "a.txt", b"one\r\n# two\nthree\n")
    assert TextFile().apply(file).value == "one\n# two\nthree\n"
    assert TextFile(TextFile.Config(lines=True)).apply(file).value == ["one", "# two", "three"]
    assert TextFile(TextFile.Config(lines=True, comment="#")).apply(file).value == ["one", "three"]
    assert TextFile(TextFile.Config(lines=True)).apply(source(tmp_path / "b.txt", b"")).value == []


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data/texts\.txt:2: the file is not UTF-8"):
        TextFile().apply(source(tmp_path / "a.txt", b"one\n\xff\n"))


def test_accuracy_counts_what_is_right() -> None:
    said = TextPredictions(["air", "air", "sea", "sea"], [1.0] * 4)
    texts = LabelledTexts(("a", "b", "c", "d"), ("air", "sea", "sea", None))
    assert Accuracy().apply(said, texts).value == {
        "texts": 3,
        "right": 2,
        "accuracy": 2 / 3,
        "labels": {
            "air": {"texts": 1, "right": 1, "accuracy": 1.0},
            "sea": {"texts": 2, "right": 1, "accuracy": 0.5},
        },
    }
    assert Accuracy().apply(TextPredictions([], []), LabelledTexts((), ())).value["accuracy"] is None
