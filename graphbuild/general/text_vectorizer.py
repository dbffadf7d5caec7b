"""TextVectorizer: texts as weighted bags of words (tf-idf), in plain numpy."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option
from graphbuild.general.texts import LabelledTexts, TextMatrix, Vocabulary


class TextVectorizer(Component):
    """Learns the words of texts and how rare each is; gives a row of weights for each text, of length 1.

    The weight of a word is how often it occurs times ln((1 + n) / (1 + texts with it)) + 1, as in scikit-learn's
    TfidfVectorizer. Words that were not learned are passed over.
    """

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """What counts as a word."""

        lowercase: bool = option(True, "Take upper and lower case as one.")
        token_pattern: str = option(r"\w+", "A regular expression of one word.")
        max_ngram: AtLeastOne = option(1, "Also take runs of up to so many words as words.")
        min_count: AtLeastOne = option(1, "Leave out words that occur in fewer texts.")

    def train(self, texts: LabelledTexts) -> Vocabulary:
        """Counts in how many texts each word occurs."""
        words_of = self._splitter()
        counts: Counter[str] = Counter()
        for text in texts.texts:
            counts.update(set(words_of(text)))
        words = tuple(sorted(word for word, count in counts.items() if count >= self.config.min_count))
        occurrences = np.array([counts[word] for word in words], dtype=np.float64)
        return Vocabulary(words, np.log((1 + len(texts.texts)) / (1 + occurrences)) + 1)

    def apply(self, state: Vocabulary, texts: LabelledTexts) -> TextMatrix:
        """One row for each text (n, v)."""
        words_of = self._splitter()
        place = {word: column for column, word in enumerate(state.words)}
        splits, columns, counts = [0], [], []
        for text in texts.texts:
            row = Counter(place[word] for word in words_of(text) if word in place)
            for column in sorted(row):
                columns.append(column)
                counts.append(row[column])
            splits.append(len(columns))
        at = np.array(columns, dtype=np.int64)
        values = np.array(counts, dtype=np.float64) * state.weights[at]
        matrix = TextMatrix(np.array(splits, dtype=np.int64), at, values, len(state.words))
        return TextMatrix(matrix.splits, at, _unit_rows(matrix), matrix.width)

    def _splitter(self) -> Callable[[str], Iterator[str]]:
        pattern = re.compile(self.config.token_pattern)

        def words_of(text: str) -> Iterator[str]:
            words = pattern.findall(text.lower() if self.config.lowercase else text)
            for length in range(1, self.config.max_ngram + 1):
                for start in range(len(words) - length + 1):
                    yield " ".join(words[start : start + length])

        return words_of


def _unit_rows(matrix: TextMatrix) -> NDArray[np.float64]:
    rows = matrix.rows()
    lengths = np.sqrt(np.bincount(rows, weights=matrix.values**2, minlength=len(matrix)))
    return matrix.values / lengths[rows]
