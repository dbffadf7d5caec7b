"""A component whose state is a pickle, as of a library that offers nothing else: the type says so by its name."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

from graphbuild.contract.artifact import Artifact, JsonValue
from tests.toys import Toy


@dataclass(frozen=True)
class Pickled(Artifact):
    """A text, pickled."""

    type_name: ClassVar[str] = "private:Pickle.v1"
    text: str

    def encode(self) -> bytes:
        return pickle.dumps(self.text, protocol=4)

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(pickle.loads(data))


class Executes:
    """Leaves a file when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> object:
        return os.mkdir, (str(self.canary),)


def payload(canary: Path) -> bytes:
    """A pickle that executes."""
    return pickle.dumps(Executes(canary), protocol=4)


class Pickle(Toy):
    """A text as a pickle."""

    def apply(self, text: JsonValue) -> Pickled:
        self._ran("apply")
        return Pickled(f"pickled {text.value}")


class Unpickle(Toy):
    """The text again."""

    def apply(self, pickled: Pickled) -> JsonValue:
        self._ran("apply")
        return JsonValue(pickled.text)
