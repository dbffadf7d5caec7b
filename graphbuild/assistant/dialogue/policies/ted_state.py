"""What a trained network of TED's kind is: its weights by name, its shape, and what it reads and tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from graphbuild.assistant.nlu.extractors.bilou import TagScheme
from graphbuild.contract.columns import Array, ColumnsArtifact

if TYPE_CHECKING:
    from graphbuild.assistant.networks.ted import TedShape

_WEIGHT = "weight."
_LABELS = "label_vectors"


@dataclass(frozen=True)
class TedState(ColumnsArtifact):
    """A trained network; one without weights had nothing to learn."""

    type_name: ClassVar[str] = "TedState.v1"
    weights: Mapping[str, Array]
    plain_shape: Mapping[str, Any]
    """networks.ted.TedShape, as plain data."""
    labels: tuple[str, ...]
    label_vectors: Array | None
    """[l, e]"""
    vocabulary: Mapping[str, tuple[str, ...]]
    """The features of each attribute of states."""
    max_history: int | None
    is_full: bool
    """Whether it reads whole dialogues, oldest turn first; else windows, newest turn first."""
    text_layout: tuple[tuple[int, int], ...] = ()
    """(sparse, dense) columns of the words and of the texts that have networks of their own; none where none have."""
    tags: TagScheme | None = None
    """Of the words of users."""
    text_parts: tuple[tuple[int, ...], ...] = ()
    """Columns of each sparse matrix of the words and of the texts, side by side: where new words come."""

    @property
    def spelt(self) -> tuple[str, ...]:
        """The attributes of states, and of labels, that are texts with networks of their own."""
        return tuple(name for name, _ in self.plain_shape.get("texts", ()))

    @cached_property
    def shape(self) -> TedShape:
        """The network's shape."""
        from graphbuild.assistant.networks.ted import TedShape

        return msgspec.convert(self.plain_shape, TedShape)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays = {f"{_WEIGHT}{name}": weight for name, weight in self.weights.items()}
        if self.label_vectors is not None:
            arrays[_LABELS] = self.label_vectors
        return arrays, {
            "shape": dict(self.plain_shape),
            "labels": list(self.labels),
            "vocabulary": [[attribute, list(names)] for attribute, names in self.vocabulary.items()],
            "max_history": self.max_history,
            "is_full": self.is_full,
            "text_layout": [list(one) for one in self.text_layout],
            "tags": [list(self.tags.names), self.tags.bilou] if self.tags is not None else None,
            "text_parts": [list(one) for one in self.text_parts],
        }

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        weights = {name.removeprefix(_WEIGHT): one for name, one in arrays.items() if name.startswith(_WEIGHT)}
        return cls(
            weights,
            plain["shape"],
            tuple(plain["labels"]),
            arrays.get(_LABELS),
            {attribute: tuple(names) for attribute, names in plain["vocabulary"]},
            plain["max_history"],
            plain["is_full"],
            tuple((sparse, dense) for sparse, dense in plain["text_layout"]),
            TagScheme(tuple(plain["tags"][0]), plain["tags"][1]) if plain["tags"] is not None else None,
            tuple(tuple(one) for one in plain.get("text_parts", ())),
        )


def plain_of(shape: TedShape) -> dict[str, Any]:
    """A shape as plain data: lists in the place of tuples, as it reads back."""
    found: dict[str, Any] = msgspec.to_builtins(asdict(shape))
    return found
