"""Messages: the examples of an assistant, or one user's message, in columns. The same code reads both.

Shapes: n messages, t tokens in all, e entity spans in all. Row splits are int64 of length n + 1: row i is
[splits[i], splits[i + 1]). Names (intents, entity types, ...) are int32 codes into a sorted tuple, -1 for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.text_column import TextColumn
from graphbuild.contract.columns import Array, ColumnsArtifact, gather_rows, pack_strings, row_splits, unpack_strings

Ints = NDArray[np.int32]
Splits = NDArray[np.int64]
Span = dict[str, Any]
"""start, end (exclusive, in characters of the plain text), entity, value, and role and group where there is one."""


@dataclass(frozen=True)
class Coded:
    """A column of names: `codes` (int32, -1 for none) into `names` (sorted, without doubles)."""

    names: tuple[str, ...]
    codes: Ints

    @classmethod
    def of(cls, values: Sequence[str | None]) -> Self:
        """The column of some names, None where there is none."""
        names = tuple(sorted({value for value in values if value is not None}))
        index = {name: code for code, name in enumerate(names)}
        codes = np.fromiter((-1 if v is None else index[v] for v in values), dtype=np.int32, count=len(values))
        return cls(names, codes)

    @classmethod
    def concatenate(cls, columns: Sequence[Coded]) -> Self:
        """Several columns as one."""
        names = tuple(sorted({name for column in columns for name in column.names}))
        index = {name: code for code, name in enumerate(names)}
        codes = [np.zeros(0, dtype=np.int32)]
        for column in columns:
            new = np.array([*(index[name] for name in column.names), -1], dtype=np.int32)  # the last for -1
            codes.append(new[column.codes])
        return cls(names, np.concatenate(codes))

    def take(self, rows: NDArray[Any]) -> Coded:
        """Some rows by number. Names that none of them has stay."""
        return Coded(self.names, self.codes[rows])

    def decoded(self) -> list[str | None]:
        """The names again."""
        return [None if code < 0 else self.names[code] for code in self.codes.tolist()]


def no_names(count: int) -> Coded:
    """A column without any name."""
    return Coded((), np.full(count, -1, dtype=np.int32))


@dataclass(frozen=True)
class Spans:
    """Entity spans over messages: character offsets into the text, end exclusive."""

    splits: Splits  # [n + 1]
    starts: Ints  # [e]
    ends: Ints  # [e]
    types: Coded  # [e]
    values: tuple[str, ...]  # [e]
    roles: Coded  # [e]
    groups: Coded  # [e]

    @classmethod
    def none(cls, count: int) -> Self:
        """No spans over `count` messages."""
        empty = np.zeros(0, dtype=np.int32)
        return cls(np.zeros(count + 1, dtype=np.int64), empty, empty, no_names(0), (), no_names(0), no_names(0))

    @classmethod
    def of(cls, rows: Sequence[Sequence[Mapping[str, Any]]]) -> Self:
        """From dicts {start, end, entity, value, role?, group?}, a list a message."""
        flat = [span for row in rows for span in row]
        splits = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=splits[1:])
        return cls(
            splits=splits,
            starts=np.array([span["start"] for span in flat], dtype=np.int32),
            ends=np.array([span["end"] for span in flat], dtype=np.int32),
            types=Coded.of([span["entity"] for span in flat]),
            values=tuple(str(span["value"]) for span in flat),
            roles=Coded.of([span.get("role") for span in flat]),
            groups=Coded.of([span.get("group") for span in flat]),
        )

    @classmethod
    def concatenate(cls, parts: Sequence[Spans]) -> Self:
        """The spans of several runs of messages."""
        lengths = [np.zeros(0, dtype=np.int64), *(np.diff(part.splits) for part in parts)]
        empty = np.zeros(0, dtype=np.int32)
        return cls(
            row_splits(np.concatenate(lengths)),
            np.concatenate([empty, *(part.starts for part in parts)]),
            np.concatenate([empty, *(part.ends for part in parts)]),
            Coded.concatenate([part.types for part in parts]),
            tuple(value for part in parts for value in part.values),
            Coded.concatenate([part.roles for part in parts]),
            Coded.concatenate([part.groups for part in parts]),
        )

    def take(self, rows: NDArray[Any]) -> Spans:
        """The spans of some messages by number."""
        found, splits = gather_rows(self.splits, rows)
        return self.picked(found, splits)

    def ordered(self) -> Spans:
        """The same, those of one message by place, type, value, role and group: in an order that says nothing."""
        message = np.repeat(np.arange(len(self.splits) - 1), np.diff(self.splits))
        values = Coded.of(self.values).codes
        keys = (self.groups.codes, self.roles.codes, values, self.types.codes, self.ends, self.starts, message)
        return self.picked(np.lexsort(keys), self.splits)

    def picked(self, which: NDArray[Any], splits: Splits) -> Spans:
        """Single spans by number, as those of messages with these splits."""
        values = tuple(self.values[span] for span in which.tolist())
        types, roles, groups = (column.take(which) for column in (self.types, self.roles, self.groups))
        return Spans(splits, self.starts[which], self.ends[which], types, values, roles, groups)

    def row(self, message: int) -> list[dict[str, Any]]:
        """The spans of one message as dicts; role and group only where there is one."""
        found = []
        for i in range(int(self.splits[message]), int(self.splits[message + 1])):
            span: dict[str, Any] = {
                "start": int(self.starts[i]),
                "end": int(self.ends[i]),
                "entity": self.types.names[self.types.codes[i]],
                "value": self.values[i],
            }
            for name, column in (("role", self.roles), ("group", self.groups)):
                if column.codes[i] >= 0:
                    span[name] = column.names[column.codes[i]]
            found.append(span)
        return found


Token = tuple[str, int, int]
"""Word, start, end."""


@dataclass(frozen=True)
class Tokens:
    """Tokens over messages. Equal tokens share a code, so what depends on the token alone is computed once each."""

    splits: Splits  # [n + 1]
    starts: Ints  # [t] character offsets into the text
    ends: Ints  # [t]
    words: Coded  # [t]
    lemmas: Coded | None = None  # [t] where the tokenizer knows them
    tags: Coded | None = None  # [t] parts of speech, likewise

    @classmethod
    def of(cls, rows: Sequence[Sequence[Token]]) -> Self:
        """From (text, start, end) triples, a list a message."""
        flat = [token for row in rows for token in row]
        return cls(
            row_splits(np.array([len(row) for row in rows], dtype=np.int64)),
            np.array([start for _, start, _ in flat], dtype=np.int32),
            np.array([end for _, _, end in flat], dtype=np.int32),
            Coded.of([text for text, _, _ in flat]),
        )

    def part(self, rows: NDArray[Any]) -> Tokens:
        """The tokens of some messages by number."""
        found, splits = gather_rows(self.splits, rows)
        words, lemmas, tags = (
            None if column is None else column.take(found) for column in (self.words, self.lemmas, self.tags)
        )
        assert words is not None
        return Tokens(splits, self.starts[found], self.ends[found], words, lemmas, tags)

    def row(self, message: int) -> list[str]:
        """The words of one message."""
        return [self.words.names[code] for code in self.words.codes[self.splits[message] : self.splits[message + 1]]]


@dataclass(frozen=True)
class Messages(ColumnsArtifact):
    """A batch of messages. Training examples come in canonical order, without doubles; order carries no meaning."""

    type_name: ClassVar[str] = "Messages.v1"
    texts: Sequence[str]  # [n]
    intents: Coded  # [n] base intents ("faq" for faq/ask_name)
    response_keys: Coded  # [n] full retrieval intents (faq/ask_name)
    entities: Spans

    @classmethod
    def of_texts(cls, texts: Sequence[str]) -> Self:
        """Messages of which nothing but the text is known."""
        return cls(TextColumn.of(texts), no_names(len(texts)), no_names(len(texts)), Spans.none(len(texts)))

    def part(self, rows: NDArray[Any]) -> Messages:
        """Some messages by number. Names that none of them has stay."""
        texts = TextColumn.of(self.texts).take(rows)
        return Messages(texts, self.intents.take(rows), self.response_keys.take(rows), self.entities.take(rows))

    def __len__(self) -> int:
        return len(self.texts)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {}
        texts = TextColumn.of(self.texts)
        arrays["texts.bytes"], arrays["texts.splits"] = texts.data, texts.splits
        put_coded(arrays, "intents", self.intents)
        put_coded(arrays, "response_keys", self.response_keys)
        put_spans(arrays, self.entities)
        return arrays, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        return cls(**_message_fields(arrays))


@dataclass(frozen=True)
class TokenizedMessages(Messages):
    """Messages with their tokens: what a tokenizer makes; whatever takes Messages takes these too."""

    type_name: ClassVar[str] = "TokenizedMessages.v1"
    tokens: Tokens = field(default_factory=lambda: Tokens.of([]))
    label_words: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(name of an intent or retrieval intent, its words), sorted, where the tokenizer splits names."""

    @classmethod
    def of(cls, messages: Messages, tokens: Tokens, label_words: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Self:
        """Messages and their tokens together."""
        return cls(messages.texts, messages.intents, messages.response_keys, messages.entities, tokens, label_words)

    def part(self, rows: NDArray[Any]) -> TokenizedMessages:
        """Some messages by number, with their tokens. Names that none of them has stay."""
        return TokenizedMessages.of(super().part(rows), self.tokens.part(rows), self.label_words)

    def words_of(self, label: str) -> tuple[str, ...]:
        """The words of an intent's name: itself, unless the tokenizer splits names."""
        return dict(self.label_words).get(label, (label,))

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays = dict(super().to_columns()[0])
        arrays["tokens.splits"] = self.tokens.splits
        arrays["tokens.starts"] = self.tokens.starts
        arrays["tokens.ends"] = self.tokens.ends
        put_coded(arrays, "tokens.words", self.tokens.words)
        for name, column in (("lemmas", self.tokens.lemmas), ("tags", self.tokens.tags)):
            if column is not None:
                put_coded(arrays, f"tokens.{name}", column)
        return arrays, [[label, list(words)] for label, words in self.label_words] or None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        lemmas, tags = (
            get_coded(arrays, name) if f"{name}.codes" in arrays else None for name in ("tokens.lemmas", "tokens.tags")
        )
        words = get_coded(arrays, "tokens.words")
        splits, starts, ends = (arrays[f"tokens.{name}"] for name in ("splits", "starts", "ends"))
        tokens = Tokens(splits, starts, ends, words, lemmas, tags)
        labels = tuple((str(label), tuple(str(word) for word in words)) for label, words in plain or ())
        return cls(**_message_fields(arrays), tokens=tokens, label_words=labels)


def put_coded(arrays: dict[str, Array], name: str, column: Coded) -> None:
    """Adds the arrays of a column of names under `name`."""
    arrays[f"{name}.codes"] = column.codes
    arrays[f"{name}.bytes"], arrays[f"{name}.splits"] = pack_strings(column.names)


def get_coded(arrays: Mapping[str, Array], name: str) -> Coded:
    """The column that `put_coded` wrote."""
    return Coded(tuple(unpack_strings(arrays[f"{name}.bytes"], arrays[f"{name}.splits"])), arrays[f"{name}.codes"])


def put_spans(arrays: dict[str, Array], spans: Spans) -> None:
    """Adds the arrays of entity spans."""
    arrays["entities.splits"] = spans.splits
    arrays["entities.starts"] = spans.starts
    arrays["entities.ends"] = spans.ends
    arrays["entities.values.bytes"], arrays["entities.values.splits"] = pack_strings(spans.values)
    for name, column in (("types", spans.types), ("roles", spans.roles), ("groups", spans.groups)):
        put_coded(arrays, f"entities.{name}", column)


def get_spans(arrays: Mapping[str, Array]) -> Spans:
    """The spans that `put_spans` wrote."""
    return Spans(
        arrays["entities.splits"],
        arrays["entities.starts"],
        arrays["entities.ends"],
        get_coded(arrays, "entities.types"),
        tuple(unpack_strings(arrays["entities.values.bytes"], arrays["entities.values.splits"])),
        get_coded(arrays, "entities.roles"),
        get_coded(arrays, "entities.groups"),
    )


def _message_fields(arrays: Mapping[str, Array]) -> dict[str, Any]:
    return {
        "texts": TextColumn(arrays["texts.bytes"], arrays["texts.splits"]),
        "intents": get_coded(arrays, "intents"),
        "response_keys": get_coded(arrays, "response_keys"),
        "entities": get_spans(arrays),
    }
