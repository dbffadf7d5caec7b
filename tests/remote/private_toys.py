"""A toy whose state must not leave the store that it was made in, as a pickle would not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from graphbuild.contract.artifact import JsonArtifact, JsonValue
from tests.toys import Toy


@dataclass(frozen=True)
class Private(JsonArtifact):
    """A text of a private type."""

    type_name: ClassVar[str] = "private:Text.v1"
    text: str

    def to_plain(self) -> Any:
        return self.text

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)


class Hide(Toy):
    """A text as a private one."""

    def apply(self, text: JsonValue) -> Private:
        self._ran("apply")
        return Private(f"hidden {text.value}")


class Show(Toy):
    """How long a private text is."""

    def apply(self, hidden: Private) -> JsonValue:
        self._ran("apply")
        return JsonValue(len(hidden.text))
