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
from graphbuild.assistant.networks.sparse_rows import NO_ROW, SparseRows
from graphbuild.assistant.networks.steps import STEPS_PER_CALL, Chunk, Column, one_each, ranges, splits_of

Ints = NDArray[np.int64]


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


def chunks(encoded: Encoded, batches: Sequence[Ints], parts: int = 1) -> Iterator[Chunk]:
    """The steps of some batches of messages, so many at a time; each in parts (networks.steps.Epochs)."""
    for first in range(0, len(batches), STEPS_PER_CALL):
        some = batches[first : first + STEPS_PER_CALL]
        yield columns_of(encoded, some) if parts == 1 else _in_parts(encoded, some, parts)


def _in_parts(encoded: Encoded, batches: Sequence[Ints], parts: int) -> Chunk:
    """As columns_of, where every so manieth message of a batch is in the same part: these are about equally long."""
    split = [[batch[place::parts] for place in range(min(parts, len(batch)))] for batch in batches]
    found = columns_of(encoded, [one for own in split for one in own])
    found["parts"] = one_each(np.repeat([len(own) for own in split], [len(own) for own in split]))
    return found


def columns_of(encoded: Encoded, batches: Sequence[Ints]) -> dict[str, Column]:
    """What steps need of batches of messages, none of which is empty."""
    messages = np.concatenate(batches)
    by_message = splits_of([len(one) for one in batches])
    lengths = np.diff(encoded.splits)[messages]
    tokens = ranges(encoded.splits[:-1][messages], lengths)
    by_token = splits_of(lengths)[by_message]
    found = {
        "message": Column(messages.astype(np.int32), by_message),
        "length": Column(lengths.astype(np.int32), by_message),
        "count": one_each(np.diff(by_message)),
        "positions": one_each(np.maximum(np.maximum.reduceat(lengths, by_message[:-1]), 1) + 1, is_size=True),
        "token": Column(tokens.astype(np.int32), by_token),
    }
    if encoded.words is not None:
        # Equal words of a batch are computed once.
        step_of = np.repeat(np.arange(len(batches)), np.diff(by_token))
        height = len(encoded.words.splits)
        distinct, code = np.unique(step_of * height + encoded.word_of[tokens], return_inverse=True)
        by_row = np.searchsorted(distinct, np.arange(len(batches) + 1) * height)
        found["word_of"] = Column((code - by_row[step_of]).astype(np.int32), by_token)
        found["words.count"] = one_each(np.diff(by_row), is_size=True)
        found.update(_entries("words", encoded.words, distinct % height, by_row))
    if encoded.messages is not None:
        found.update(_entries("messages", encoded.messages, messages, by_message))
    return found


def _entries(name: str, matrix: SparseRows, rows: Ints, splits: Ints) -> dict[str, Column]:
    """The entries of some rows, which row of its step each belongs to, and which columns a step uses at all."""
    lengths = np.diff(matrix.splits)[rows]
    by_entry = splits_of(lengths)[splits]
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
        f"{name}.used": Column(np.concatenate(used), splits_of([len(one) for one in used])),
        f"{name}.column": Column(codes, by_entry),
        f"{name}.entry": Column(entries.astype(np.int32), by_entry),
        f"{name}.row": Column(np.repeat(own, lengths).astype(np.int32), by_entry, fill=NO_ROW),
    }


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
        return self.whole(ops, weights, tables, step, self.part(ops, weights, tables, step, noise), noise)

    def part(
        self, ops: Any, weights: Weights, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], noise: Noise
    ) -> dict[str, Tensor]:
        """What is made of messages, of each by itself."""
        return diet.samples(ops, weights, self.shape, batch_of(ops, tables, step, len(self.shape.tags)), noise)

    def joined(self, parts: Sequence[Mapping[str, NDArray[Any]]]) -> Mapping[str, NDArray[Any]]:
        """Which messages there are, and how many."""
        return {
            "message": np.concatenate([one["message"] for one in parts]),
            "count": np.sum([one["count"] for one in parts], axis=0),
        }

    def whole(
        self,
        ops: Any,
        weights: Weights,
        tables: Mapping[str, Tensor],
        step: Mapping[str, Tensor],
        made: Mapping[str, Tensor],
        noise: Noise,
    ) -> dict[str, Tensor]:
        """Its parts, of what was made of all messages of a step."""
        labels = None
        if "label_rows.columns" in tables:
            columns, values, own = (tables[f"label_rows.{part}"] for part in ("columns", "values", "rows"))
            rows = Rows(columns, values, own, self.shape.labels)
            labels = rows, ops.take(tables["labels"], step["message"], axis=0)
        return diet.losses(ops, weights, self.shape, labels, made, step["count"][0], noise)


def batch_of(ops: Any, tables: Mapping[str, Tensor], step: Mapping[str, Tensor], levels: int) -> diet.Batch:
    """The messages of a step, with the tags of so many levels."""

    def rows(name: str, count: Tensor) -> Rows | None:
        if f"{name}.values" not in tables:
            return None
        values = ops.take(tables[f"{name}.values"], step[f"{name}.entry"], axis=0)
        return Rows(step[f"{name}.column"], values, step[f"{name}.row"], count)

    def looked_up(name: str, places: Tensor) -> Tensor | None:
        return ops.take(tables[name], places, axis=0) if name in tables else None

    message, token = step["message"], step["token"]
    return diet.Batch(
        count=step["count"][0],
        positions=step["positions"][0],
        lengths=step["length"],
        words=rows("words", step["words.count"][0] if "words.count" in step else None),
        word_of=step.get("word_of", token),  # without sparse features only how many there are counts
        dense_words=looked_up("dense_words", token),
        messages=rows("messages", ops.shape(message)[0]),
        dense_messages=looked_up("dense_messages", message),
        labels=looked_up("labels", message),
        tags=tuple(ops.take(tables[f"tags.{level}"], token, axis=0) for level in range(levels)),
    )
