"""Responses to retrieval intents: what a ResponseSelector that reads them learns from, and what it is told with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from graphbuild.contract.artifact import JsonArtifact


@dataclass(frozen=True)
class ResponseTexts(JsonArtifact):
    """(key such as faq/ask_name, text of its first variation) pairs, sorted."""

    type_name: ClassVar[str] = "ResponseTexts.v1"
    pairs: tuple[tuple[str, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(pair) for pair in self.pairs]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(key), str(text)) for key, text in plain))


@dataclass(frozen=True)
class SelectedResponses(JsonArtifact):
    """What goes with the keys that a ResponseSelector chooses: name (utter_faq/ask_name) -> variations as written."""

    type_name: ClassVar[str] = "SelectedResponses.v1"
    variations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def to_plain(self) -> Any:
        return self.variations

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)
