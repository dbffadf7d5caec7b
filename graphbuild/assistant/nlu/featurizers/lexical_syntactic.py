"""LexicalSyntacticFeaturizer: one-hot features of how a word and its neighbours look. RASA.md 5.3, goldens in 9.4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features
from graphbuild.assistant.data.messages import TokenizedMessages, Tokens
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option
from graphbuild.errors import ComponentError, Problem

_FIRST, _LAST = "BOS", "EOS"
_WORD_FEATURES: Mapping[str, Callable[[str], str]] = {
    "low": lambda word: str(word.islower()),
    "title": lambda word: str(word.istitle()),
    "upper": lambda word: str(word.isupper()),
    "digit": lambda word: str(word.isdigit()),
    "prefix2": lambda word: word[:2],
    "prefix5": lambda word: word[:5],
    "suffix1": lambda word: word[-1:],
    "suffix2": lambda word: word[-2:],
    "suffix3": lambda word: word[-3:],
    "suffix5": lambda word: word[-5:],
}
_TAG_FEATURES: Mapping[str, Callable[[str], str]] = {"pos": lambda tag: tag, "pos2": lambda tag: tag[:2]}
"""Of the part of speech, which only some tokenizers tell."""


@dataclass(frozen=True)
class LexicalVocabulary(JsonArtifact):
    """The values seen in training: a column each, by (offset, feature, value), offsets from 0 on.

    Those of later fine-tunings come after the others.
    """

    type_name: ClassVar[str] = "LexicalVocabulary.v1"
    columns: tuple[tuple[int, str, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(column) for column in self.columns]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((int(offset), str(name), str(value)) for offset, name, value in plain))

    @cached_property
    def places(self) -> dict[tuple[int, str, str], int]:
        """The place of each column, looked up once for all batches."""
        return {column: place for place, column in enumerate(self.columns)}


class LexicalSyntacticFeaturizer(Component):
    """Describes each word, and the words around it, by how they look."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        features: list[list[str]] = option(
            [
                ["low", "title", "upper"],
                ["BOS", "EOS", "low", "upper", "title", "digit"],
                ["low", "title", "upper"],
            ],
            "An odd number of lists: features of the words before, the word itself, the words after.",
        )
        alias: str | None = option(None, "The name that `featurizers` lists know it by.", display_only=True)

        def __post_init__(self) -> None:
            if len(self.features) % 2 == 0:
                raise ValueError("`features` must be an odd number of lists: before, the word itself, after")
            known = sorted({*_WORD_FEATURES, *_TAG_FEATURES, _FIRST, _LAST})
            unknown = sorted({name for names in self.features for name in names} - set(known))
            if unknown:
                raise ValueError(f"there is no feature `{unknown[0]}`; there is {', '.join(known)}")

    config: Config

    def train(self, messages: TokenizedMessages, start: LexicalVocabulary | None = None) -> LexicalVocabulary:
        """The feature values that occur in the examples, after those of an earlier training."""
        columns: list[tuple[int, str, str]] = []
        for offset, name, values, codes in self._values(messages.tokens):
            seen = sorted({values[code] for code in np.unique(codes[codes >= 0]).tolist()})
            columns.extend((offset, name, value) for value in seen)
        return LexicalVocabulary(tuple(dict.fromkeys([*(start.columns if start is not None else ()), *columns])))

    def apply(self, state: LexicalVocabulary, messages: TokenizedMessages) -> Features:
        """T tokens -> sequence [t, columns]; no sentence features."""
        index = state.places
        per_feature = []
        for offset, name, values, codes in self._values(messages.tokens):
            to_column = np.array([index.get((offset, name, value), -1) for value in values] or [-1], dtype=np.int32)
            per_feature.append(np.where(codes >= 0, to_column[np.maximum(codes, 0)], -1))
        tokens = len(messages.tokens.starts)
        ids = np.stack(per_feature, axis=1) if per_feature else np.zeros((tokens, 0), dtype=np.int32)
        # Columns of fine-tunings are not in the order of the features.
        ids = np.sort(ids, axis=1)
        found = ids >= 0
        indptr = np.zeros(tokens + 1, dtype=np.int64)
        np.cumsum(found.sum(axis=1), out=indptr[1:])
        indices = ids[found].astype(np.int32)
        return Features(Csr(np.ones(len(indices), dtype=np.float32), indices, indptr, len(state.columns)), None)

    def _values(self, tokens: Tokens) -> list[tuple[int, str, list[str], NDArray[np.int64]]]:
        """For every (offset, feature): its possible values, and for each token the code of its value, -1 for none."""
        count = len(tokens.starts)
        message = np.repeat(np.arange(len(tokens.splits) - 1), np.diff(tokens.splits))
        first = np.zeros(count, dtype=bool)
        last = np.zeros(count, dtype=bool)
        first[tokens.splits[:-1][np.diff(tokens.splits) > 0]] = True
        last[tokens.splits[1:][np.diff(tokens.splits) > 0] - 1] = True
        found = []
        half = len(self.config.features) // 2
        for offset, names in enumerate(self.config.features):
            neighbour = np.arange(count) + offset - half
            inside = (neighbour >= 0) & (neighbour < count)
            neighbour = np.clip(neighbour, 0, max(count - 1, 0))
            if count:
                inside &= message[neighbour] == message
            for name in dict.fromkeys(names):
                values, codes = _codes(name, tokens, first, last)
                found.append((offset, name, values, np.where(inside, codes[neighbour], -1) if count else codes))
        return found


def _codes(
    name: str, tokens: Tokens, first: NDArray[np.bool_], last: NDArray[np.bool_]
) -> tuple[list[str], NDArray[np.int64]]:
    if name in (_FIRST, _LAST):
        return ["False", "True"], (first if name == _FIRST else last).astype(np.int64)
    if name in _TAG_FEATURES:
        if tokens.tags is None:
            raise ComponentError(
                Problem(
                    f"the feature `{name}` needs to know parts of speech, and the tokenizer tells none",
                    hint="SpacyTokenizer does",
                )
            )
        column, values = tokens.tags, [_TAG_FEATURES[name](tag) for tag in tokens.tags.names]
    else:
        column, values = tokens.words, [_WORD_FEATURES[name](word) for word in tokens.words.names]
    distinct = sorted(set(values))
    code = {value: position for position, value in enumerate(distinct)}
    per_name = np.array([code[value] for value in values], dtype=np.int64)
    return distinct, per_name[column.codes] if len(per_name) else np.zeros(0, dtype=np.int64)
