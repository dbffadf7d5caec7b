"""CountVectorsFeaturizer: how often each word or n-gram of the vocabulary occurs. RASA.md 5.3, goldens in 9.4.

Counts are made once for each distinct word of a batch and gathered. Where n-grams do not cross words, a message's
counts are the sum of its words'; elsewhere its text is analysed as a whole.
"""

from __future__ import annotations

import itertools
import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features
from graphbuild.assistant.data.messages import Coded, TokenizedMessages, Tokens
from graphbuild.assistant.nlu.featurizers.matrices import csr_of_entries, gather_rows, sum_by_row
from graphbuild.assistant.nlu.featurizers.ngrams import WORD, accents, analyse
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option
from graphbuild.errors import ComponentError, Problem

_NUMBER = re.compile(r"\b[0-9]+\b")
_NUMBER_WORD = "__NUMBER__"


@dataclass(frozen=True)
class Vocabulary(JsonArtifact):
    """The n-grams: a column each, sorted but for those of later fine-tunings, which come after the others."""

    type_name: ClassVar[str] = "Vocabulary.v1"
    terms: tuple[str, ...] = ()

    def to_plain(self) -> Any:
        return list(self.terms)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(str(term) for term in plain))

    @cached_property
    def columns(self) -> _Columns:
        """The column of each term, looked up once for all batches."""
        return _Columns(self.terms)


class _Columns(dict[str, int]):
    """Term -> column. An unknown term has -1, or while learning the next free one."""

    def __init__(self, terms: Iterable[str] = (), *, learns: bool = False) -> None:
        super().__init__((term, column) for column, term in enumerate(terms))
        self._learns = learns

    def __missing__(self, term: str) -> int:
        if not self._learns:
            return -1
        self[term] = column = len(self)
        return column


class CountVectorsFeaturizer(Component):
    """Counts words or n-grams of characters."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        analyzer: Literal["word", "char", "char_wb"] = option("word", "What to count; char_wb stays inside words.")
        min_ngram: AtLeastOne = option(1, "The shortest n-gram.")
        max_ngram: AtLeastOne = option(1, "The longest n-gram.")
        lowercase: bool = option(True, "Ignore case.")
        token_pattern: str | None = option(None, "What a word is, for the analyzer `word`: a regular expression.")
        strip_accents: Literal["ascii", "unicode"] | None = option(None, "Remove accents.")
        stop_words: list[str] | Literal["english"] | None = option(None, "Words not to count.")
        min_df: float | int = option(1, "Leave out what occurs in fewer messages (a number, or a share below 1.0).")
        max_df: float | int = option(1.0, "Leave out what occurs in more messages.")
        max_features: AtLeastOne | None = option(None, "Keep only the most frequent.")
        OOV_token: str | None = option(None, "A word that stands for unknown words.")
        OOV_words: list[str] = option([], "Words of the examples to replace by OOV_token.")
        use_lemma: bool = option(True, "Use lemmas where the tokenizer gives them.")
        use_shared_vocab: bool = option(False, "One vocabulary for texts and the words of intent names.")
        additional_vocabulary_size: dict[str, int] = option({}, "Accepted for old configs; has no effect.")
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

        def __post_init__(self) -> None:
            if self.min_ngram > self.max_ngram:
                raise ValueError("`min_ngram` is greater than `max_ngram`")
            try:
                groups = re.compile(self.token_pattern or "").groups
            except re.error as error:
                raise ValueError(f"`token_pattern` is no regular expression: {error}") from error
            if groups > 1:
                raise ValueError("`token_pattern` has more than one group")

        @property
        def word(self) -> str:
            """The pattern of words."""
            return self.token_pattern or WORD

    config: Config

    def train(self, messages: TokenizedMessages, start: Vocabulary | None = None) -> Vocabulary:
        """The vocabulary of the examples, after that of an earlier training, whose terms keep their columns.

        Raises ComponentError for a shared vocabulary that is to grow.
        """
        known = start.terms if start is not None else ()
        if start is not None and self.config.use_shared_vocab:
            what = "a vocabulary that is shared with the names of intents cannot grow (`use_shared_vocab`)"
            raise ComponentError(Problem(what, hint="train without --finetune"))
        index = _Columns(learns=True)
        _, sentence = self._counts(messages, self._prepared(self._words(messages).names), index)
        labels, weights = self._labels(messages, index)
        spread = np.bincount(sentence.indices, minlength=len(index)) + _spread(labels, weights, len(index))
        documents = len(messages) + int(weights.sum())
        low, high = (_bound(given, documents) for given in (self.config.min_df, self.config.max_df))
        kept = sorted(term for term, column in index.items() if low <= spread[column] <= high)
        new = sorted(set(kept).difference(known))
        if self.config.max_features is not None:
            total = np.bincount(sentence.indices, weights=sentence.data, minlength=len(index)).astype(np.float64)
            total += _spread(labels, weights, len(index), labels.data)
            room = max(self.config.max_features - len(known), 0)
            new = sorted(sorted(new, key=lambda term: -total[index[term]])[:room])
        return Vocabulary((*known, *new))

    def apply(self, state: Vocabulary, messages: TokenizedMessages) -> Features:
        """N messages of t tokens -> sequence [t, v], sentence [n, v], for a vocabulary of v terms."""
        index = state.columns
        return Features(*self._counts(messages, self._prepared(self._words(messages).names, index), index))

    def _words(self, messages: TokenizedMessages) -> Coded:
        """What is counted: words, or what they are forms of."""
        tokens = messages.tokens
        return tokens.lemmas if self.config.use_lemma and tokens.lemmas is not None else tokens.words

    def _labels(self, messages: TokenizedMessages, index: _Columns) -> tuple[Csr, NDArray[np.int64]]:
        """Counts in the names of intents, and how many messages have each, where they share the vocabulary.

        As in Rasa, n-grams of characters are never taken from names.
        """
        names: list[str] = []
        weights: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        if self.config.use_shared_vocab and self.config.analyzer == "word":
            for column in (messages.intents, messages.response_keys):
                names += [" ".join(messages.words_of(name)) for name in column.names]
                weights.append(np.bincount(column.codes[column.codes >= 0], minlength=len(column.names)))
        if self.config.lowercase:
            names = [name.lower() for name in names]
        return self._counted(names, index), np.concatenate(weights)

    def _counts(self, messages: TokenizedMessages, words: Sequence[str], index: _Columns) -> tuple[Csr, Csr]:
        """Of each token and of each message."""
        tokens = messages.tokens
        codes = self._words(messages).codes.astype(np.int64)
        by_word = self._counted(words, index)
        # Words of another pattern may be longer than a token.
        single = self.config.analyzer == "word" and self.config.max_ngram == 1 and self.config.word == WORD
        if self.config.analyzer == "char_wb" or single:
            sequence = gather_rows(by_word, codes)
            return sequence, sum_by_row(sequence, tokens.splits)
        sentence = self._counted(_documents(words, codes.tolist(), tokens), index)
        # What tokens hold their messages hold too: nothing is learnt from these that was not before.
        return gather_rows(replace(by_word, columns=len(index)), codes), sentence

    def _counted(self, texts: Sequence[str], index: _Columns) -> Csr:
        config = self.config
        stop_words = _stop_words(config.stop_words)
        word = re.compile(config.word)
        columns, lengths = array("q"), []
        for text in texts:
            grams = analyse(text, config.analyzer, config.min_ngram, config.max_ngram, stop_words, word)
            columns.extend(map(index.__getitem__, grams))
            lengths.append(len(grams))
        found = np.array(columns, dtype=np.int64)
        rows = np.repeat(np.arange(len(texts)), np.array(lengths, dtype=np.int64))
        return csr_of_entries(rows[found >= 0], found[found >= 0], None, (len(texts), len(index)))

    def _prepared(self, words: Sequence[str], known: _Columns | None = None) -> list[str]:
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


def _spread(
    counts: Csr, weights: NDArray[np.int64], columns: int, values: NDArray[np.float32] | None = None
) -> NDArray[np.float64]:
    """How often each column occurs, rows counted as often as their weight says; with values, these added up."""
    per_entry = np.repeat(weights, np.diff(counts.indptr)).astype(np.float64)
    if values is not None:
        per_entry *= values
    return np.bincount(counts.indices, weights=per_entry, minlength=columns).astype(np.float64)


def _documents(words: Sequence[str], codes: list[int], tokens: Tokens) -> list[str]:
    splits = tokens.splits.tolist()
    return [" ".join(words[code] for code in codes[a:b]) for a, b in itertools.pairwise(splits)]


def _bound(given: float, documents: int) -> float:
    """A count of messages as it is, a share of them as a count (scikit-learn's rule)."""
    return given if isinstance(given, int) else given * documents


def _stop_words(given: list[str] | str | None) -> frozenset[str]:
    if given == "english":
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        return frozenset(ENGLISH_STOP_WORDS)
    return frozenset(given or ())
