"""Artifacts of the text components: labelled texts, their words, weights of words, what a classifier says.

Plain arrays in columns. Knows no component.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings

NO_LABEL = -1


@dataclass(frozen=True)
class LabelledTexts(ColumnsArtifact):
    """Texts, each with a label, or None where it is not known (as when a package is used)."""

    type_name: ClassVar[str] = "LabelledTexts.v1"
    texts: tuple[str, ...]
    labels: tuple[str | None, ...]

    def label_codes(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """The labels that occur, sorted, and for each text (n,) the place of its label in them, or NO_LABEL."""
        names = tuple(sorted({label for label in self.labels if label is not None}))
        place: dict[str | None, int] = {name: code for code, name in enumerate(names)}
        return names, np.array([place.get(label, NO_LABEL) for label in self.labels], dtype=np.int64)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        data, splits = pack_strings(self.texts)
        names, codes = self.label_codes()
        return {"text.bytes": data, "text.splits": splits, "label": codes}, list(names)

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        texts = tuple(unpack_strings(arrays["text.bytes"], arrays["text.splits"]))
        return cls(texts, tuple(None if code == NO_LABEL else plain[code] for code in arrays["label"].tolist()))


@dataclass(frozen=True)
class Vocabulary(ColumnsArtifact):
    """The state of a TextVectorizer: words, sorted, and the weight of each (v,)."""

    type_name: ClassVar[str] = "TextVocabulary.v1"
    words: tuple[str, ...]
    weights: NDArray[np.float64]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        data, splits = pack_strings(self.words)
        return {"word.bytes": data, "word.splits": splits, "weight": self.weights}, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - nothing plain here
        return cls(tuple(unpack_strings(arrays["word.bytes"], arrays["word.splits"])), arrays["weight"])


@dataclass(frozen=True)
class TextMatrix(ColumnsArtifact):
    """Texts as rows, words as columns, mostly zeros, in compressed rows: n rows, `width` columns, z values not zero."""

    type_name: ClassVar[str] = "TextMatrix.v1"
    splits: NDArray[np.int64]
    """(n + 1,): row r holds values[splits[r]:splits[r + 1]]."""
    columns: NDArray[np.int64]
    """(z,)"""
    values: NDArray[np.float64]
    """(z,)"""
    width: int

    def __len__(self) -> int:
        return len(self.splits) - 1

    def rows(self) -> NDArray[np.int64]:
        """The row of each value (z,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.splits))

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        return {"splits": self.splits, "columns": self.columns, "values": self.values}, self.width

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(arrays["splits"], arrays["columns"], arrays["values"], plain)


@dataclass(frozen=True)
class WordLikelihoods(ColumnsArtifact):
    """The state of a NaiveBayesClassifier: k labels, ln P(label) (k,), ln P(word | label) (k, v)."""

    type_name: ClassVar[str] = "WordLikelihoods.v1"
    labels: tuple[str, ...]
    priors: NDArray[np.float64]
    likelihoods: NDArray[np.float64]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        return {"priors": self.priors, "likelihoods": self.likelihoods}, list(self.labels)

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(tuple(plain), arrays["priors"], arrays["likelihoods"])


@dataclass(frozen=True)
class TextPredictions(JsonArtifact):
    """For each text the best label and its probability."""

    type_name: ClassVar[str] = "TextPredictions.v1"
    labels: Sequence[str]
    confidences: Sequence[float]

    def to_plain(self) -> Any:
        return {"labels": list(self.labels), "confidences": list(self.confidences)}

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain["labels"], plain["confidences"])
