"""Row memory: what a component gets to see of its earlier results (contract.memory), out of the blob store.

Beside each result of a component that remembers, a table is kept: the keys of its rows in order, how many elements each
has, and the digest of the result. The rows themselves are in the result and nowhere else.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.artifact import Artifact, ArtifactFormatError
from graphbuild.contract.columns import Array, ColumnsArtifact, row_splits
from graphbuild.contract.digest import Digest
from graphbuild.contract.memory import Earlier
from graphbuild.execution.task import RowCount
from graphbuild.execution.values import Values
from graphbuild.store.interface import BlobLost, BlobStore


@dataclass(frozen=True)
class RowTable(ColumnsArtifact):
    """Keys and lengths of a result's rows, and the result."""

    type_name: ClassVar[str] = "RowTable.v1"
    keys: tuple[bytes, ...]
    lengths: NDArray[np.int64]
    output: Digest

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        splits = row_splits(np.array([len(key) for key in self.keys], dtype=np.int64))
        keys = np.frombuffer(b"".join(self.keys), dtype=np.uint8)
        return {"keys.bytes": keys, "keys.splits": splits, "lengths": self.lengths}, self.output

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        data, splits = arrays["keys.bytes"].tobytes(), arrays["keys.splits"].tolist()
        keys = tuple(data[first:last] for first, last in itertools.pairwise(splits))
        return cls(keys, arrays["lengths"], Digest(plain))


class RowMemory:
    """The memory of one action: reads tables and results when it is asked, and takes the keys of the new result."""

    def __init__(self, tables: Sequence[Digest], kind: type[Artifact], blobs: BlobStore, values: Values) -> None:
        self._tables = tables
        self._kind = kind
        self._blobs = blobs
        self._values = values
        self._kept: tuple[tuple[bytes, ...], NDArray[np.int64], int] | None = None

    def earlier(self) -> Sequence[Earlier]:
        found = []
        for digest in self._tables:
            table = self._read(digest, RowTable)
            if isinstance(table, RowTable):
                found.append(Earlier(table.keys, table.lengths.tolist(), self._reader(table.output)))
        return found

    def remember(self, keys: Sequence[bytes], lengths: Sequence[int], computed: int) -> None:
        self._kept = (tuple(keys), np.array(lengths, dtype=np.int64), computed)

    def keep(self, output: Digest) -> RowCount | None:
        """Keeps the table of the result that was made; None when the component said nothing of its rows."""
        if self._kept is None:
            return None
        keys, lengths, computed = self._kept
        table = self._blobs.put(RowTable(keys, lengths, output).encode())
        return RowCount(table, computed, len(keys))

    def _reader(self, output: Digest) -> Any:
        return lambda: self._read(output, self._kind)

    def _read(self, digest: Digest, kind: type[Artifact]) -> Artifact | None:
        try:
            return self._values.get(digest, kind, self._blobs)
        except (BlobLost, ArtifactFormatError):
            return None
