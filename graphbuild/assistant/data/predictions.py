"""What classifiers and extractors say about a batch of messages. n messages, r ranks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import (
    Coded,
    Ints,
    Span,
    Spans,
    Splits,
    get_coded,
    get_spans,
    put_coded,
    put_spans,
)
from graphbuild.contract.columns import Array, ColumnsArtifact, gather_rows, pack_strings, row_splits, unpack_strings


@dataclass(frozen=True)
class IntentPredictions(ColumnsArtifact):
    """Intents ranked by confidence. Row i: names[ranking[i, 0]] is the prediction; -1 pads short rankings."""

    type_name: ClassVar[str] = "IntentPredictions.v1"
    names: tuple[str, ...]
    ranking: Ints  # [n, r] codes into names
    confidences: NDArray[np.float32]  # [n, r], descending; 0 where ranking is -1

    def top(self, message: int) -> tuple[str | None, float]:
        """The best intent of a message and its confidence; (None, 0.0) where there is none."""
        if self.ranking.shape[1] == 0 or self.ranking[message, 0] < 0:
            return None, 0.0
        return self.names[self.ranking[message, 0]], float(self.confidences[message, 0])

    @classmethod
    def latest(cls, parts: Sequence[IntentPredictions], count: int) -> Self:
        """What several classifiers say of `count` messages: of each message, the last that says something counts."""
        names = tuple(sorted({name for part in parts for name in part.names}))
        code = {name: number for number, name in enumerate(names)}
        width = max((part.ranking.shape[1] for part in parts), default=0)
        ranking = np.full((count, width), -1, dtype=np.int32)
        confidences = np.zeros((count, width), dtype=np.float32)
        for part in parts:
            own = part.ranking.shape[1]
            rows = np.flatnonzero(part.ranking[:, 0] >= 0) if own else np.zeros(0, dtype=np.int64)
            recode = np.array([*(code[name] for name in part.names), -1], dtype=np.int32)  # the last for -1
            ranking[rows], confidences[rows] = -1, 0
            ranking[rows, :own] = recode[part.ranking[rows]]
            confidences[rows, :own] = part.confidences[rows]
        return cls(names, ranking, confidences)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        data, splits = pack_strings(self.names)
        return {
            "names.bytes": data,
            "names.splits": splits,
            "ranking": self.ranking,
            "confidences": self.confidences,
        }, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        names = tuple(unpack_strings(arrays["names.bytes"], arrays["names.splits"]))
        return cls(names, arrays["ranking"], arrays["confidences"])


@dataclass(frozen=True)
class EntityPredictions(ColumnsArtifact):
    """Entity spans found in messages, with who found each and how sure it was."""

    type_name: ClassVar[str] = "EntityPredictions.v1"
    spans: Spans
    confidences: NDArray[np.float32]  # [e]; 1.0 where the extractor gives none
    extractors: Coded  # [e] component names
    processors: tuple[str, ...]  # [e] components that changed the value since, joined by "+"; "" for none
    role_confidences: NDArray[np.float32] | None = None  # [e]; meaningless where there is no role
    group_confidences: NDArray[np.float32] | None = None  # [e]; meaningless where there is no group
    details: tuple[str, ...] | None = None
    """[e] canonical JSON of what an extractor says beyond text, such as a date in parts; "" for nothing."""

    @classmethod
    def found(cls, rows: Sequence[Sequence[Span]], extractor: str, details: Sequence[str] | None = None) -> Self:
        """What an extractor finds that is always sure: spans, a list a message, and what more it says of each."""
        spans = Spans.of(rows)
        count = len(spans.starts)
        more = tuple(details) if details is not None and any(details) else None
        return cls(spans, np.ones(count, np.float32), Coded.of([extractor] * count), ("",) * count, details=more)

    @classmethod
    def concatenate(cls, parts: Sequence[EntityPredictions]) -> Self:
        """Several extractors' spans over the same messages, message by message, in the order of the extractors."""
        parts = about_messages(parts)
        message = [np.repeat(np.arange(len(part.spans.splits) - 1), np.diff(part.spans.splits)) for part in parts]
        # What came first stays first within its message.
        order = np.argsort(np.concatenate([np.zeros(0, dtype=np.int64), *message]), kind="stable")
        one_by_one = Spans.concatenate([part.spans for part in parts])
        counts = np.sum([np.diff(part.spans.splits) for part in parts], axis=0) if parts else np.zeros(0, np.int64)
        processors = [by for part in parts for by in part.processors]
        details = [text for part in parts for text in part.details or [""] * len(part.processors)]
        return cls(
            one_by_one.picked(order, row_splits(counts)),
            _joined([part.confidences for part in parts], order),
            Coded.concatenate([part.extractors for part in parts]).take(order),
            tuple(processors[i] for i in order.tolist()),
            _optional([(part.role_confidences, len(part.processors)) for part in parts], order),
            _optional([(part.group_confidences, len(part.processors)) for part in parts], order),
            tuple(details[i] for i in order.tolist()) if any(details) else None,
        )

    def row(self, message: int) -> list[dict[str, Any]]:
        """The entities of one message as dicts of Rasa's shape."""
        found = []
        for number, entity in enumerate(self.spans.row(message), start=int(self.spans.splits[message])):
            entity["confidence_entity"] = float(self.confidences[number])
            if "role" in entity and self.role_confidences is not None:
                entity["confidence_role"] = float(self.role_confidences[number])
            if "group" in entity and self.group_confidences is not None:
                entity["confidence_group"] = float(self.group_confidences[number])
            entity["extractor"] = self.extractors.names[self.extractors.codes[number]]
            if self.processors[number]:
                entity["processors"] = self.processors[number].split("+")
            details = json.loads(self.details[number] or "{}") if self.details is not None else {}
            if self.processors[number]:
                details.pop("value", None)  # Somebody has put another in its place.
            found.append({**entity, **details})
        return found

    def take(self, rows: NDArray[Any]) -> EntityPredictions:
        """What is said of some messages by number."""
        return self._picked(*gather_rows(self.spans.splits, rows))

    def only(self, kept: NDArray[np.bool_]) -> EntityPredictions:
        """The spans that `kept` [e] says, of the same messages."""
        before = np.append(0, np.cumsum(kept))
        return self._picked(np.flatnonzero(kept), before[self.spans.splits])

    def _picked(self, which: NDArray[np.int64], splits: Splits) -> EntityPredictions:
        return EntityPredictions(
            self.spans.picked(which, splits),
            self.confidences[which],
            self.extractors.take(which),
            tuple(self.processors[i] for i in which.tolist()),
            None if self.role_confidences is None else self.role_confidences[which],
            None if self.group_confidences is None else self.group_confidences[which],
            None if self.details is None else tuple(self.details[i] for i in which.tolist()),
        )

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {"confidences": self.confidences}
        put_spans(arrays, self.spans)
        put_coded(arrays, "extractors", self.extractors)
        arrays["processors.bytes"], arrays["processors.splits"] = pack_strings(self.processors)
        if self.role_confidences is not None:
            arrays["role_confidences"] = self.role_confidences
        if self.group_confidences is not None:
            arrays["group_confidences"] = self.group_confidences
        if self.details is not None:
            arrays["details.bytes"], arrays["details.splits"] = pack_strings(self.details)
        return arrays, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        has_details = "details.splits" in arrays
        return cls(
            get_spans(arrays),
            arrays["confidences"],
            get_coded(arrays, "extractors"),
            tuple(unpack_strings(arrays["processors.bytes"], arrays["processors.splits"])),
            arrays.get("role_confidences"),
            arrays.get("group_confidences"),
            tuple(unpack_strings(arrays["details.bytes"], arrays["details.splits"])) if has_details else None,
        )


@dataclass(frozen=True)
class ResponsePredictions(ColumnsArtifact):
    """Responses (`faq/ask_name`) ranked by confidence, as intents are: of one retrieval intent, or of all."""

    type_name: ClassVar[str] = "ResponsePredictions.v1"
    names: tuple[str, ...]
    ranking: Ints  # [n, r] codes into names
    confidences: NDArray[np.float32]  # [n, r], descending; 0 where ranking is -1
    retrieval_intent: str | None = None

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays, _ = IntentPredictions(self.names, self.ranking, self.confidences).to_columns()
        return arrays, self.retrieval_intent

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        intents = IntentPredictions.from_columns(arrays, None)
        return cls(intents.names, intents.ranking, intents.confidences, plain)


def _joined(parts: Sequence[NDArray[np.float32]], order: NDArray[Any]) -> NDArray[np.float32]:
    joined: NDArray[np.float32] = np.concatenate([np.zeros(0, dtype=np.float32), *parts])[order]
    return joined


def _optional(
    parts: Sequence[tuple[NDArray[np.float32] | None, int]], order: NDArray[Any]
) -> NDArray[np.float32] | None:
    """Columns that a part may lack: then as sure as can be. None where all lack them."""
    if all(part is None for part, _ in parts):
        return None
    return _joined([np.ones(count, np.float32) if part is None else part for part, count in parts], order)


def about_messages(parts: Sequence[EntityPredictions]) -> list[EntityPredictions]:
    """Those that say something of each message. A synonym mapper before all extractors has seen none."""
    return [part for part in parts if len(part.spans.splits) > 1]
