"""CountVectorsFeaturizer: how often each word or n-gram of the vocabulary occurs. RASA.md 5.3, goldens in 9.4.

Counts are made once for each distinct word of a batch and gathered. Where n-grams do not cross words, a message's
counts are the sum of its words'; elsewhere its text is analysed as a whole.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np

from graphbuild.assistant.data.features import Csr, Features
from graphbuild.assistant.data.messages import TokenizedMessages
from graphbuild.assistant.nlu.featurizers.matrices import csr_of_rows, gather_rows, sum_by_row
from graphbuild.assistant.nlu.featurizers.ngrams import accents, analyse
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

_NUMBER = re.compile(r"\b[0-9]+\b")
_NUMBER_WORD = "__NUMBER__"


@dataclass(frozen=True)
class Vocabulary(JsonArtifact):
    """The n-grams, sorted: a column each."""

    type_name: ClassVar[str] = "Vocabulary.v1"
    terms: tuple[str, ...] = ()

    def to_plain(self) -> Any:
        return list(self.terms)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(str(term) for term in plain))


class CountVectorsFeaturizer(Component):
    """Counts words or n-grams of characters."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        analyzer: Literal["word", "char", "char_wb"] = option("word", "What to count; char_wb stays inside words.")
        min_ngram: int = option(1, "The shortest n-gram.")
        max_ngram: int = option(1, "The longest n-gram.")
        lowercase: bool = option(True, "Ignore case.")
        strip_accents: Literal["ascii", "unicode"] | None = option(None, "Remove accents.")
        stop_words: list[str] | Literal["english"] | None = option(None, "Words not to count.")
        min_df: float | int = option(1, "Leave out what occurs in fewer messages (a number, or a share below 1.0).")
        max_df: float | int = option(1.0, "Leave out what occurs in more messages.")
        max_features: int | None = option(None, "Keep only the most frequent.")
        OOV_token: str | None = option(None, "A word that stands for unknown words.")
        OOV_words: list[str] = option([], "Words of the examples to replace by OOV_token.")
        use_lemma: bool = option(True, "Use lemmas where the tokenizer gives them.")
        use_shared_vocab: bool = option(False, "One vocabulary for texts and labels; labels have none yet.")
        additional_vocabulary_size: dict[str, int] = option({}, "Accepted for old configs; has no effect.")
        alias: str | None = option(None, "Another name; nodes have names of their own here.", display_only=True)

    config: Config

    def train(self, messages: TokenizedMessages) -> Vocabulary:
        """The vocabulary of the examples."""
        words = self._prepared(messages.tokens.words.names, known=None)
        documents = _documents(words, messages)
        occurrences: Counter[str] = Counter()
        spread: Counter[str] = Counter()
        grams_of = self._analyser()
        for text in documents:
            counted = Counter(grams_of(text))
            occurrences.update(counted)
            spread.update(counted.keys())
        low, high = _bound(self.config.min_df, len(documents)), _bound(self.config.max_df, len(documents))
        kept = [term for term, count in spread.items() if low <= count <= high]
        if self.config.max_features is not None and len(kept) > self.config.max_features:
            kept = sorted(kept, key=lambda term: (-occurrences[term], term))[: self.config.max_features]
        return Vocabulary(tuple(sorted(kept)))

    def apply(self, state: Vocabulary, messages: TokenizedMessages) -> Features:
        """N messages of t tokens -> sequence [t, v], sentence [n, v], for a vocabulary of v terms."""
        index = {term: column for column, term in enumerate(state.terms)}
        words = self._prepared(messages.tokens.words.names, known=index)
        by_word = self._counted(words, index)
        sequence = gather_rows(by_word, messages.tokens.words.codes.astype(np.int64))
        if self.config.analyzer == "char_wb" or (self.config.analyzer == "word" and self.config.max_ngram == 1):
            return Features(sequence, sum_by_row(sequence, messages.tokens.splits))
        return Features(sequence, self._counted(_documents(words, messages), index))

    def _counted(self, texts: Iterable[str], index: dict[str, int]) -> Csr:
        grams_of = self._analyser()
        rows: list[dict[int, float]] = []
        for text in texts:
            row: dict[int, float] = {}
            for gram in grams_of(text):
                column = index.get(gram)
                if column is not None:
                    row[column] = row.get(column, 0.0) + 1.0
            rows.append(row)
        return csr_of_rows(rows, len(index))

    def _analyser(self) -> Any:
        config = self.config
        stop_words = _stop_words(config.stop_words)
        return lambda text: analyse(text, config.analyzer, config.min_ngram, config.max_ngram, stop_words)

    def _prepared(self, words: Sequence[str], known: dict[str, int] | None) -> list[str]:
        """Words as they are counted: numbers as one word, case and accents removed, unknown ones replaced."""
        plain = accents(self.config.strip_accents)
        lower = self.config.lowercase
        prepared = [_NUMBER.sub(_NUMBER_WORD, word) for word in words]
        prepared = [plain(word.lower() if lower else word) for word in prepared]
        token = self.config.OOV_token
        if token is None or self.config.analyzer != "word":
            return prepared
        token = token.lower() if lower else token
        if known is not None and token in known:
            return [word if word in known else token for word in prepared]
        unknown = {word.lower() if lower else word for word in self.config.OOV_words}
        return [token if word in unknown else word for word in prepared]


def _documents(words: list[str], messages: TokenizedMessages) -> list[str]:
    splits = messages.tokens.splits.tolist()
    codes = messages.tokens.words.codes.tolist()
    return [" ".join(words[code] for code in codes[a:b]) for a, b in itertools.pairwise(splits)]


def _bound(given: float, documents: int) -> float:
    """A count of messages as it is, a share of them as a count (scikit-learn's rule)."""
    return given if isinstance(given, int) else given * documents


def _stop_words(given: list[str] | str | None) -> frozenset[str]:
    if given == "english":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS)
    return frozenset(given or ())
