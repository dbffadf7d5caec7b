"""Messages with their features -> the steps of DIET's training, made by numpy, many steps at a time.

n messages, t words, v distinct rows of word features, f columns.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.networks import diet
from graphbuild.assistant.networks.layers import Noise, Rows, Tensor, Weights
from graphbuild.assistant.networks.steps import STEPS_PER_CALL, Chunk, Column, ranges

Ints = NDArray[np.int64]
_MOST_SQUARES = 1_000_000
"""Pairs of positions in a batch at most, but for one message that has more by itself."""
_NO_ROW = 2**30
"""Entries of this row count nowhere."""


@dataclass(frozen=True)
class SparseRows:
    """Rows of a sparse matrix: row i has the entries [splits[i], splits[i + 1])."""

    splits: Ints
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    width: int


@dataclass(frozen=True)
class Encoded:
    """Messages as numbers."""

    splits: Ints  # [n + 1] words of each message
    words: SparseRows | None  # [v, f]
    word_of: NDArray[np.int32]  # [t] the row of each word
    dense_words: NDArray[np.float32] | None  # [t, f]
    messages: SparseRows | None  # [n, f]
    dense_messages: NDArray[np.float32] | None  # [n, f]
    labels: NDArray[np.int32] | None = None  # [n]
    tags: tuple[NDArray[np.int32], ...] = ()  # [t] for each level

    def __len__(self) -> int:
        return len(self.splits) - 1


def tables(encoded: Encoded, label_rows: SparseRows | None) -> dict[str, NDArray[Any]]:
    """What every step looks things up in."""
    found: dict[str, NDArray[Any]] = {}
    for name, rows in (("words", encoded.words), ("messages", encoded.messages)):
        if rows is not None:
            found[f"{name}.values"] = rows.values
    others = {"dense_words": encoded.dense_words, "dense_messages": encoded.dense_messages, "labels": encoded.labels}
    found.update({name: table for name, table in others.items() if table is not None})
    for level, tags in enumerate(encoded.tags):
        found[f"tags.{level}"] = tags
    if label_rows is not None:
        found["label_rows.columns"], found["label_rows.values"] = label_rows.columns, label_rows.values
        lengths = np.diff(label_rows.splits)
        found["label_rows.rows"] = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
    return found


def chunks(encoded: Encoded, batches: Sequence[Ints]) -> Iterator[Chunk]:
    """The steps of some batches of messages, so many at a time."""
    for first in range(0, len(batches), STEPS_PER_CALL):
        yield _chunk(encoded, batches[first : first + STEPS_PER_CALL])


def _chunk(encoded: Encoded, batches: Sequence[Ints]) -> dict[str, Column]:
    messages = np.concatenate(batches)
    by_message = _splits([len(one) for one in batches])
    lengths = np.diff(encoded.splits)[messages]
    tokens = ranges(encoded.splits[:-1][messages], lengths)
    by_token = _splits(lengths)[by_message]
    found = {
        "message": Column(messages.astype(np.int32), by_message),
        "length": Column(lengths.astype(np.int32), by_message),
        "count": _one_each(np.diff(by_message)),
        "positions": _one_each(np.maximum(np.maximum.reduceat(lengths, by_message[:-1]), 1) + 1, is_size=True),
        "token": Column(tokens.astype(np.int32), by_token),
    }
    if encoded.words is not None:
        # Equal words of a batch are computed once.
        step_of = np.repeat(np.arange(len(batches)), np.diff(by_token))
        height = len(encoded.words.splits)
        distinct, code = np.unique(step_of * height + encoded.word_of[tokens], return_inverse=True)
        by_row = np.searchsorted(distinct, np.arange(len(batches) + 1) * height)
        found["word_of"] = Column((code - by_row[step_of]).astype(np.int32), by_token)
        found["words.count"] = _one_each(np.diff(by_row), is_size=True)
        found.update(_entries("words", encoded.words, distinct % height, by_row))
    if encoded.messages is not None:
        found.update(_entries("messages", encoded.messages, messages, by_message))
    return found


def _entries(name: str, matrix: SparseRows, rows: Ints, splits: Ints) -> dict[str, Column]:
    """The entries of some rows, which row of its step each belongs to, and which columns a step uses at all."""
    lengths = np.diff(matrix.splits)[rows]
    by_entry = _splits(lengths)[splits]
    own = np.arange(len(rows)) - np.repeat(splits[:-1], np.diff(splits))
    entries = ranges(matrix.splits[:-1][rows], lengths)
    columns = matrix.columns[entries]
    used, codes = [], np.empty(len(columns), dtype=np.int32)
    code_of = np.zeros(matrix.width, dtype=np.int32)
    for first, last in itertools.pairwise(by_entry.tolist()):
        is_used = np.zeros(matrix.width, dtype=np.bool_)
        is_used[columns[first:last]] = True
        used.append(np.flatnonzero(is_used).astype(np.int32))
        code_of[used[-1]] = np.arange(len(used[-1]))
        codes[first:last] = code_of[columns[first:last]]
    return {
        f"{name}.used": Column(np.concatenate(used), _splits([len(one) for one in used])),
        f"{name}.column": Column(codes, by_entry),
        f"{name}.entry": Column(entries.astype(np.int32), by_entry),
        f"{name}.row": Column(np.repeat(own, lengths).astype(np.int32), by_entry, fill=_NO_ROW),
    }


def _one_each(values: Ints, *, is_size: bool = False) -> Column:
    """A number for each step."""
    return Column(values.astype(np.int32), np.arange(len(values) + 1), is_size=is_size)


def _splits(lengths: Sequence[int] | Ints) -> Ints:
    splits = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=splits[1:])
    return splits


@dataclass(frozen=True)
class DietLoss:
    """The loss of a step of DIET (networks.steps.Loss)."""

    shape: diet.DietShape

    @property
    def names(self) -> tuple[str, ...]:
        """Its parts and measures."""
        intents = ("intent", "intent_accuracy") if self.shape.labels else ()
        return (*intents, *(level for level, _ in self.shape.tags), *(("words",) if self.shape.guesses_words else ()))

    def __call__(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        """Its parts by name."""

        def rows(name: str, count: Tensor) -> Rows | None:
            if f"{name}.values" not in tables:
                return None
            values = ops.take(tables[f"{name}.values"], step[f"{name}.entry"], axis=0)
            return Rows(step[f"{name}.column"], values, step[f"{name}.row"], count)

        def looked_up(name: str, places: Tensor) -> Tensor | None:
            return ops.take(tables[name], places, axis=0) if name in tables else None

        labels = None
        if "label_rows.columns" in tables:
            columns, values, own = (tables[f"label_rows.{part}"] for part in ("columns", "values", "rows"))
            labels = Rows(columns, values, own, self.shape.labels)
        message, token = step["message"], step["token"]
        batch = diet.Batch(
            count=step["count"][0],
            positions=step["positions"][0],
            lengths=step["length"],
            words=rows("words", step["words.count"][0] if "words.count" in step else None),
            word_of=step.get("word_of", token),  # without sparse features only how many there are counts
            dense_words=looked_up("dense_words", token),
            messages=rows("messages", ops.shape(message)[0]),
            dense_messages=looked_up("dense_messages", message),
            labels=looked_up("labels", message),
            tags=tuple(ops.take(tables[f"tags.{level}"], token, axis=0) for level in range(len(self.shape.tags))),
        )
        return diet.losses(ops, weights, self.shape, labels, batch, noise)


def batches(order: Ints, lengths: Ints, size: int) -> list[Ints]:
    """Messages in an order -> batches of so many; fewer where they are so long that attention would fill the memory."""
    found = []
    for first in range(0, len(order), size):
        found += _cut(order[first : first + size], lengths)
    return found


def _cut(batch: Ints, lengths: Ints) -> list[Ints]:
    """A batch, cut into the longest messages and those shorter, as far as it has to be."""
    found = []
    rest = batch[np.argsort(lengths[batch], kind="stable")]
    while len(rest):
        squares = (int(lengths[rest[-1]]) + 1) ** 2
        start = max(len(rest) - max(_MOST_SQUARES // squares, 1), 0)
        found.append(rest[start:])
        rest = rest[:start]
    return found


def balanced(labels: NDArray[np.int32], size: int, random: np.random.Generator) -> Ints:
    """An order in which every batch has messages of every label, as far as there is room; rare ones come again.

    RASA.md 4.3, "Data generator".
    """
    by_label = [random.permutation(np.flatnonzero(labels == code)) for code in np.unique(labels)]
    shares = [len(one) * size // len(labels) + 1 for one in by_label]
    done = [False] * len(by_label)
    at = [0] * len(by_label)
    rests = [False] * len(by_label)
    parts: list[Ints] = []
    while not all(done):
        for code in random.permutation(len(by_label)).tolist():
            if done[code] and not rests[code]:
                rests[code] = True  # what was gone through already sits out every other time
                continue
            rests[code] = False
            parts.append(by_label[code][at[code] : at[code] + shares[code]])
            at[code] += shares[code]
            if at[code] >= len(by_label[code]):
                done[code], at[code] = True, 0
    return np.concatenate(parts)
