"""ExampleRows: the examples of one file in columns, each with a number that puts it in its place among all others.

So that the examples of a hundred files are merged without an object for each. Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Coded, Span, Spans, get_coded, get_spans, put_coded, put_spans
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.columns import Array, pack_strings, unpack_strings
from graphbuild.contract.digest import order_of

_FACTS = ("start", "end", "entity", "value", "role", "group")


@dataclass(frozen=True)
class Example:
    """An example of an intent (or, without one, of its entities)."""

    text: str
    intent: str | None
    response_key: str | None
    """The full retrieval intent (`faq/ask_name`), where there is one."""
    entities: tuple[Span, ...]
    metadata: Any = None
    """{"intent": ..., "example": ...}, as far as there is any. Kept for those who write data again; trains nothing."""


@dataclass(frozen=True, eq=False)
class ExampleRows(Sequence[Example]):
    """N examples in the order of their file."""

    texts: NDArray[np.uint8]  # UTF-8, one after the other
    splits: NDArray[np.int64]  # [n + 1] bytes
    intents: Coded  # [n]
    response_keys: Coded  # [n]
    entities: Spans
    order: NDArray[np.uint64]  # [n, 2], drawn from the content of each
    metadata: Mapping[int, Any]
    """Of those that have any, by position."""

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Self:
        """The rows of some examples."""
        texts, splits = pack_strings([example.text for example in examples])
        drawn = b"".join(order_of(_content(example)) for example in examples)
        return cls(
            texts,
            splits,
            Coded.of([example.intent for example in examples]),
            Coded.of([example.response_key for example in examples]),
            Spans.of([example.entities for example in examples]),
            np.frombuffer(drawn, dtype="<u8").reshape(-1, 2),
            {position: example.metadata for position, example in enumerate(examples) if example.metadata is not None},
        )

    def __len__(self) -> int:
        return len(self.splits) - 1

    @overload
    def __getitem__(self, position: int) -> Example: ...
    @overload
    def __getitem__(self, position: slice) -> tuple[Example, ...]: ...
    def __getitem__(self, position: int | slice) -> Example | tuple[Example, ...]:
        return self._examples[position]

    def __iter__(self) -> Iterator[Example]:
        return iter(self._examples)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._examples == tuple(other)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def _examples(self) -> tuple[Example, ...]:
        texts = unpack_strings(self.texts, self.splits)
        facts = zip(texts, self.intents.decoded(), self.response_keys.decoded(), strict=True)
        return tuple(
            Example(text, intent, key, tuple(self.entities.row(position)), self.metadata.get(position))
            for position, (text, intent, key) in enumerate(facts)
        )

    def to_columns(self) -> tuple[dict[str, Array], Any]:
        """Arrays by name, and plain data."""
        arrays: dict[str, Array] = {"texts.bytes": self.texts, "texts.splits": self.splits, "order": self.order}
        put_coded(arrays, "intents", self.intents)
        put_coded(arrays, "response_keys", self.response_keys)
        put_spans(arrays, self.entities)
        return arrays, {str(position): value for position, value in self.metadata.items()}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        """The rows again."""
        return cls(
            arrays["texts.bytes"],
            arrays["texts.splits"],
            get_coded(arrays, "intents"),
            get_coded(arrays, "response_keys"),
            get_spans(arrays),
            arrays["order"],
            {int(position): value for position, value in plain.items()},
        )


def _content(example: Example) -> bytes:
    """What tells an example from another, its entities in an order that says nothing."""
    spans = sorted([str(span.get(fact, "")) for fact in _FACTS] for span in example.entities)
    return encode_json([example.intent, example.response_key, example.text, spans])
