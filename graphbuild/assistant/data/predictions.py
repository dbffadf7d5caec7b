"""What classifiers and extractors say about a batch of messages. n messages, r ranks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Coded, Ints, Spans, get_coded, get_spans, put_coded, put_spans
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings


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

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {"confidences": self.confidences}
        put_spans(arrays, self.spans)
        put_coded(arrays, "extractors", self.extractors)
        arrays["processors.bytes"], arrays["processors.splits"] = pack_strings(self.processors)
        return arrays, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        return cls(
            get_spans(arrays),
            arrays["confidences"],
            get_coded(arrays, "extractors"),
            tuple(unpack_strings(arrays["processors.bytes"], arrays["processors.splits"])),
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
