"""What a network of DIET's kind tells messages apart by, and the features of these labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Coded

if TYPE_CHECKING:
    from graphbuild.assistant.networks.sparse_rows import SparseRows


@dataclass(frozen=True)
class Labels:
    """What messages are to be told apart by."""

    names: tuple[str, ...]
    """Sorted; none where there is nothing to tell apart."""
    codes: NDArray[np.int32]  # [n], -1 for none
    rows: SparseRows | None = None
    """Features of the names; each is a feature of its own when None."""
    kind: str = "intents"
    terms: tuple[str, ...] = ()
    """What the columns of these features stand for."""

    @classmethod
    def of(cls, column: Coded, kind: str = "intents") -> Labels:
        """The names that some message has. One is no question."""
        used = np.unique(column.codes[column.codes >= 0])
        if len(used) < 2:
            return cls((), np.full(len(column.codes), -1, dtype=np.int32), kind=kind)
        recode = np.full(len(column.names) + 1, -1, dtype=np.int32)  # the last for -1
        recode[used] = np.arange(len(used))
        return cls(tuple(column.names[code] for code in used.tolist()), recode[column.codes], kind=kind)

    def in_words(self, bags: Sequence[Sequence[str]], known: tuple[str, ...]) -> Labels:
        """The labels with words as their features, a bag for each; words that are known have the columns they had."""
        if not self.names:
            return self
        from graphbuild.assistant.networks.sparse_rows import SparseRows

        terms = (*known, *sorted({word for bag in bags for word in bag}.difference(known)))
        vocabulary = {word: column for column, word in enumerate(terms)}
        counted = [np.unique([vocabulary[word] for word in bag], return_counts=True) for bag in bags]
        splits = np.concatenate([[0], np.cumsum([len(columns) for columns, _ in counted])]).astype(np.int64)
        columns = np.concatenate([columns for columns, _ in counted]).astype(np.int32)
        counts = np.concatenate([counts for _, counts in counted]).astype(np.float32)
        return replace(self, rows=SparseRows(splits, columns, counts, len(terms)), terms=terms)

    def features(self) -> SparseRows:
        """Features of the labels, [l, columns]: words, or a feature of its own for each."""
        if self.rows is not None:
            return self.rows
        from graphbuild.assistant.networks.sparse_rows import SparseRows

        count = len(self.names)
        ones = np.ones(count, dtype=np.float32)
        return SparseRows(np.arange(count + 1, dtype=np.int64), np.arange(count, dtype=np.int32), ones, count)
