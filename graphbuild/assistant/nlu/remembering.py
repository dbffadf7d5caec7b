"""Remembering: features, tokens and entities of messages taken from earlier results, and computed only for what is new.

For components that make of each message the same whatever stands beside it (contract.memory). Equal messages are
computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Coded, Messages, Spans, Splits, TokenizedMessages, Tokens
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.contract import digest
from graphbuild.contract.columns import Array, gather_rows, row_splits
from graphbuild.contract.memory import Memory

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class _Part:
    """A result that some rows are taken from."""

    output: Any
    splits: Splits
    """Where its rows of elements begin."""
    rows: Rows
    """Where the rows go,"""
    source: Rows
    """and where in this part they are."""


@dataclass(frozen=True)
class _Recall:
    """Which messages are remembered, and which are new."""

    count: int
    parts: tuple[_Part, ...]
    """Earlier results."""
    new: Rows
    """The first message of each key that none of them has."""
    rows: Rows
    """All messages of these keys,"""
    source: Rows
    """and which of the new ones each is."""

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to compute. Of no messages at all nothing is known, not even a width."""
        return not len(self.new) and bool(self.parts)

    def with_new(self, output: Any, splits: Splits) -> tuple[_Part, ...]:
        """All parts, what was computed now among them."""
        return (*self.parts, _Part(output, splits, self.rows, self.source))


def features_by_message(
    memory: Memory, messages: TokenizedMessages, compute: Callable[[TokenizedMessages], Features]
) -> Features:
    """Dense features of messages; `compute` gets those that are new, each once."""
    tokens = messages.tokens
    starts, ends, splits = tokens.starts.tolist(), tokens.ends.tolist(), tokens.splits.tolist()
    keys = []
    for row, text in enumerate(messages.texts):
        a, b = splits[row], splits[row + 1]
        keys.append(digest.order_of(digest.encode([text, tokens.row(row), starts[a:b], ends[a:b]])))
    recall = _recall(memory, keys)
    parts = recall.parts
    if not recall.is_complete:
        new = messages.part(recall.new)
        parts = recall.with_new(compute(new), new.tokens.splits)
    memory.remember(keys, np.diff(tokens.splits).tolist(), len(recall.new))
    like = parts[-1].output
    sequence = None if like.sequence is None else _elements(parts, lambda one: one.sequence, tokens.splits)
    sentence = None if like.sentence is None else _rows(parts, lambda one: one.sentence, recall.count)
    return Features(sequence, sentence)


def tokens_by_message(memory: Memory, messages: Messages, compute: Callable[[Messages], Tokens]) -> Tokens:
    """Tokens of messages, from an earlier TokenizedMessages; `compute` gets the messages that are new, each once."""
    keys = [_key_of_text(text) for text in messages.texts]
    recall = _recall(memory, keys)
    parts = recall.parts
    if not recall.is_complete:
        new = compute(messages.part(recall.new))
        parts = recall.with_new(TokenizedMessages.of(messages, new), new.splits)
    lengths = _joined(recall.count, [(part.rows, np.diff(part.splits)[part.source]) for part in parts])
    memory.remember(keys, lengths.tolist(), len(recall.new))
    splits = row_splits(lengths)

    def column(name: str) -> Any:
        return _elements(parts, lambda one: getattr(one.tokens, name), splits)

    def names(name: str) -> Coded | None:
        if getattr(parts[-1].output.tokens, name) is None:
            return None
        return Coded.of(_elements(parts, lambda one: _decoded(getattr(one.tokens, name)), splits).tolist())

    words = names("words")
    assert words is not None
    return Tokens(splits, column("starts"), column("ends"), words, names("lemmas"), names("tags"))


def entities_by_message(
    memory: Memory, messages: Messages, compute: Callable[[Messages], EntityPredictions]
) -> EntityPredictions:
    """Entities found in the texts of messages; `compute` gets the messages that are new, each once."""
    keys = [_key_of_text(text) for text in messages.texts]
    recall = _recall(memory, keys)
    parts = recall.parts
    if not recall.is_complete:
        new = compute(messages.part(recall.new))
        parts = recall.with_new(new, new.spans.splits)
    places = [(-1, -1)] * recall.count
    for number, part in enumerate(parts):
        for row, source in zip(part.rows.tolist(), part.source.tolist(), strict=True):
            places[row] = (number, source)
    rows = [parts[number].output.spans.row(source) for number, source in places]
    memory.remember(keys, [len(row) for row in rows], len(recall.new))
    found = [
        (parts[number].output, span)
        for number, source in places
        for span in range(int(parts[number].splits[source]), int(parts[number].splits[source + 1]))
    ]
    return EntityPredictions(
        Spans.of(rows),
        np.array([one.confidences[span] for one, span in found], dtype=np.float32),
        Coded.of([one.extractors.names[one.extractors.codes[span]] for one, span in found]),
        tuple(one.processors[span] for one, span in found),
    )


def _key_of_text(text: str) -> bytes:
    return digest.order_of(text.encode("utf-8", "surrogatepass"))


def _recall(memory: Memory, keys: list[bytes]) -> _Recall:
    """Looks the keys up in earlier results, the latest first."""
    wanted: dict[bytes, list[int]] = {}
    for row, key in enumerate(keys):
        wanted.setdefault(key, []).append(row)
    parts = []
    for earlier in memory.earlier():
        there = {key: row for row, key in enumerate(earlier.keys) if key in wanted}
        output = earlier.output() if there else None
        if output is not None:
            rows, source = _placed([(wanted.pop(key), row) for key, row in there.items()])
            parts.append(_Part(output, row_splits(np.array(earlier.lengths, dtype=np.int64)), rows, source))
    rows, source = _placed([(same, row) for row, same in enumerate(wanted.values())])
    new = np.array([same[0] for same in wanted.values()], dtype=np.int64)
    return _Recall(len(keys), tuple(parts), new, rows, source)


def _placed(pairs: list[tuple[list[int], int]]) -> tuple[Rows, Rows]:
    """(rows of one key, where it is found) -> all rows, and for each where it is found."""
    rows = [row for same, _ in pairs for row in same]
    source = [found for same, found in pairs for _ in same]
    return np.array(rows, dtype=np.int64), np.array(source, dtype=np.int64)


def _rows(parts: tuple[_Part, ...], column: Callable[[Any], Array], count: int) -> Array:
    """A column with a value for each row, in order, from that of each part."""
    return _joined(count, [(part.rows, column(part.output)[part.source]) for part in parts])


def _elements(parts: tuple[_Part, ...], column: Callable[[Any], Array], splits: Splits) -> Array:
    """The same of a column with a value for each element of the rows."""
    taken = []
    for part in parts:
        to, _ = gather_rows(splits, part.rows)
        where, _ = gather_rows(part.splits, part.source)
        taken.append((to, column(part.output)[where]))
    return _joined(int(splits[-1]), taken)


def _joined(count: int, taken: list[tuple[Rows, Array]]) -> Array:
    first = taken[0][1]
    made = np.empty((count, *first.shape[1:]), dtype=first.dtype)
    for to, values in taken:
        made[to] = values
    return made


def _decoded(column: Coded) -> Array:
    return np.array([*column.names, None], dtype=object)[column.codes]
