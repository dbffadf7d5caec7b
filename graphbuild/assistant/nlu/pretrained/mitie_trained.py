"""What MITIE learns for an assistant, kept as the bytes of its own model file without the word features.

https://github.com/mit-nlp/MITIE/blob/master/mitielib/mitie.py: `save_to_disk(path, pure_model=True)`. MITIE takes bytes
of UTF-8 that hold no zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.contract.columns import Array, ColumnsArtifact
from graphbuild.contract.temporaries import temporary_folder


@dataclass(frozen=True)
class MitieTrained(ColumnsArtifact):
    """A model of MITIE, and the names that it tells apart; no model where there was nothing to learn."""

    type_name: ClassVar[str] = "MitieTrained.v1"
    kind: str
    """The class of the library that reads it."""
    names: tuple[str, ...]
    model: Array | None

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        return {} if self.model is None else {"model": self.model}, {"kind": self.kind, "names": list(self.names)}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(str(plain["kind"]), tuple(plain["names"]), arrays.get("model"))

    @classmethod
    def of(cls, kind: str, names: Iterable[str], trained: Any) -> Self:
        """A model that the library just trained."""
        with temporary_folder() as folder:
            path = folder / "model"
            trained.save_to_disk(str(path), pure_model=True)
            return cls(kind, tuple(sorted(names)), np.frombuffer(path.read_bytes(), dtype=np.uint8))

    @cached_property
    def opened(self) -> Any:
        """The library's object, made once."""
        import mitie

        assert self.model is not None
        with temporary_folder() as folder:
            path = folder / "model"
            path.write_bytes(self.model.tobytes())
            return getattr(mitie, self.kind)(str(path))


def mitie_words(words: Iterable[str]) -> list[bytes]:
    """Words as MITIE takes them."""
    return [word.replace("\0", " ").encode("utf-8", "replace") for word in words]
