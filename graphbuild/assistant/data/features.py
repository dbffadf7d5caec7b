"""Features: whole-corpus matrices over tokens ("sequence") and over messages ("sentence"), sparse or dense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.columns import Array, ColumnsArtifact


@dataclass(frozen=True)
class Csr:
    """A sparse matrix in compressed rows. Column indices ascend within a row."""

    data: NDArray[np.float32]  # [nnz]
    indices: NDArray[np.int32]  # [nnz]
    indptr: NDArray[np.int64]  # [rows + 1]
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return len(self.indptr) - 1, self.columns


Matrix = Csr | NDArray[np.float32]


@dataclass(frozen=True)
class Features(ColumnsArtifact):
    """What one featurizer made of a batch of messages; None where it makes nothing on that level."""

    type_name: ClassVar[str] = "Features.v1"
    sequence: Matrix | None  # [t, columns]
    sentence: Matrix | None  # [n, columns]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {}
        plain: dict[str, Any] = {}
        for level, matrix in (("sequence", self.sequence), ("sentence", self.sentence)):
            if isinstance(matrix, Csr):
                arrays[f"{level}.data"] = matrix.data
                arrays[f"{level}.indices"] = matrix.indices
                arrays[f"{level}.indptr"] = matrix.indptr
                plain[level] = {"format": "csr", "columns": matrix.columns}
            elif matrix is not None:
                arrays[f"{level}.dense"] = matrix
                plain[level] = {"format": "dense"}
        return arrays, plain

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(_matrix(arrays, plain, "sequence"), _matrix(arrays, plain, "sentence"))


@dataclass(frozen=True)
class PatternFeatures(Features):
    """Features whose columns say which patterns match: for those who want to know these apart from others."""

    type_name: ClassVar[str] = "PatternFeatures.v1"


def _matrix(arrays: Mapping[str, Array], plain: Any, level: str) -> Matrix | None:
    if level not in plain:
        return None
    if plain[level]["format"] == "dense":
        return arrays[f"{level}.dense"]
    return Csr(
        arrays[f"{level}.data"], arrays[f"{level}.indices"], arrays[f"{level}.indptr"], int(plain[level]["columns"])
    )
