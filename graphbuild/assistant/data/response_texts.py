"""Texts of responses to retrieval intents: what a ResponseSelector that reads them learns from."""

from __future__ import annotations

from dataclasses import dataclass
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
