"""TextColumn: texts as they lie in an artifact, decoded where one is asked for. Who moves texts never decodes them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from graphbuild.contract.columns import Array, pack_strings, row_splits, unpack_strings


class TextColumn(Sequence[str]):
    """N texts; equal to any sequence of equal texts."""

    def __init__(self, data: Array, splits: Array) -> None:
        self.data = data
        """UTF-8, one text after the other (uint8)."""
        self.splits = splits  # [n + 1] int64, bytes

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """A column of some texts."""
        return texts if isinstance(texts, cls) else cls(*pack_strings(texts))

    @classmethod
    def concatenate(cls, columns: Sequence[tuple[Array, Array]]) -> Self:
        """The texts of (bytes, splits) one after the other."""
        data = np.concatenate([np.zeros(0, dtype=np.uint8), *(data for data, _ in columns)])
        return cls(
            data, row_splits(np.concatenate([np.zeros(0, dtype=np.int64), *(np.diff(ends) for _, ends in columns)]))
        )

    def take(self, rows: NDArray[Any]) -> TextColumn:
        """Some texts by number."""
        raw = self.data.tobytes()
        starts, ends = self.splits[:-1][rows], self.splits[1:][rows]
        parts = [raw[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)]
        return TextColumn(np.frombuffer(b"".join(parts), dtype=np.uint8), row_splits(ends - starts))

    @overload
    def __getitem__(self, position: int) -> str: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[str, ...]: ...
    def __getitem__(self, position: int | slice) -> str | tuple[str, ...]:
        return self._texts[position]

    def __len__(self) -> int:
        return len(self.splits) - 1

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and not isinstance(other, str) and self._texts == tuple(other)

    def __hash__(self) -> int:
        return hash(self._texts)

    def __repr__(self) -> str:
        few = ", ".join(map(repr, itertools.islice(self, 3)))
        return f"TextColumn({len(self)}: {few}{', ...' if len(self) > 3 else ''})"

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        return tuple(unpack_strings(self.data, self.splits))
