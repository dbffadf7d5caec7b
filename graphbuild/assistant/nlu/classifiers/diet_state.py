"""What a trained network of DIET's kind is: its weights by name, its shape, and what its outputs stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Self

import msgspec

from graphbuild.assistant.nlu.extractors.bilou import TagScheme
from graphbuild.contract.columns import Array, ColumnsArtifact

if TYPE_CHECKING:
    from graphbuild.assistant.networks.diet import DietShape

_WEIGHT = "weight."
_LABELS = "label_vectors"


@dataclass(frozen=True)
class DietState(ColumnsArtifact):
    """A trained network; one without weights had nothing to learn."""

    type_name: ClassVar[str] = "DietState.v2"
    weights: Mapping[str, Array]
    plain_shape: Mapping[str, Any]
    """networks.diet.DietShape, as plain data."""
    labels: tuple[str, ...]
    label_vectors: Array | None
    """[l, e]"""
    schemes: Mapping[str, TagScheme]
    """Tags by level: entity, role, group."""
    layout: tuple[tuple[int, int], ...]
    """(sparse, dense) columns of the words' and the messages' features."""
    parts: tuple[tuple[int, ...], ...] = ()
    """Columns of each featurizer's sparse features of the words and of the messages, side by side in the kernels."""
    label_terms: tuple[str, ...] = ()
    """What the columns of the labels' features stand for, where these are words."""

    @classmethod
    def empty(cls) -> Self:
        """Of a training without anything to learn."""
        return cls({}, {}, (), None, {}, ())

    @cached_property
    def shape(self) -> DietShape:
        """The network's shape."""
        from graphbuild.assistant.networks.diet import DietShape

        return msgspec.convert(self.plain_shape, DietShape)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays = {f"{_WEIGHT}{name}": weight for name, weight in self.weights.items()}
        if self.label_vectors is not None:
            arrays[_LABELS] = self.label_vectors
        schemes = {level: [list(scheme.names), scheme.bilou] for level, scheme in self.schemes.items()}
        return arrays, {
            "shape": dict(self.plain_shape),
            "labels": list(self.labels),
            "schemes": schemes,
            "layout": [list(one) for one in self.layout],
            "parts": [list(one) for one in self.parts],
            "label_terms": list(self.label_terms),
        }

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(
            {name.removeprefix(_WEIGHT): weight for name, weight in arrays.items() if name != _LABELS},
            plain["shape"],
            tuple(plain["labels"]),
            arrays.get(_LABELS),
            {level: TagScheme(tuple(names), bilou) for level, (names, bilou) in plain["schemes"].items()},
            tuple((sparse, dense) for sparse, dense in plain["layout"]),
            tuple(tuple(one) for one in plain["parts"]),
            tuple(plain["label_terms"]),
        )


def plain_of(shape: DietShape) -> dict[str, Any]:
    """A shape as plain data: lists in the place of tuples, as it reads back."""
    found: dict[str, Any] = msgspec.to_builtins(asdict(shape))
    return found
