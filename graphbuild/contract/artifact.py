"""Artifacts: the typed values that actions read and write, and how they become bytes.

An artifact type is a class; its encoding is canonical (equal values, equal bytes), because the digest of those
bytes is the artifact's identity. Reading never executes code: the class that decodes is the one that the
consumer's port declares, never one that the bytes name. Knows nothing of components and stores.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

PRIVATE = "private:"
"""What the names of types begin with whose blobs stay in the store that they were made in: `private:Pickle.v1`.

They are sent to a remote store signed or not at all, and taken from one on the word of a trusted key alone."""
PRIVATE_PORTS = "private"
"""In a manifest: the output ports of such types."""


class ArtifactFormatError(ValueError):
    """Some bytes are not an artifact of the type that was expected."""


class Artifact(ABC):
    """A typed value between actions. Immutable by agreement: nobody changes what was handed to them."""

    type_name: ClassVar[str]
    """Name and version of the encoding, as in `Messages.v1`."""

    @abstractmethod
    def encode(self) -> bytes:
        """The canonical bytes of this value."""

    @classmethod
    @abstractmethod
    def decode(cls, data: bytes) -> Self:
        """The value of some bytes. Raises ArtifactFormatError."""

    def as_scores(self) -> Mapping[str, float | None]:
        """Of what says how good something is: the numbers that are compared, by name; None where one is not known."""
        return {}


class JsonArtifact(Artifact):
    """An artifact kept as canonical JSON: sorted keys, no white space, UTF-8, no NaN.

    Subclasses give the plain value and are made from it. 1, 1.0, "1" and true stay apart.
    """

    @abstractmethod
    def to_plain(self) -> Any:
        """The value as dicts with string keys, lists, strings, numbers, booleans and None."""

    @classmethod
    @abstractmethod
    def from_plain(cls, plain: Any) -> Self:
        """The value again."""

    def encode(self) -> bytes:
        return encode_json({"type": self.type_name, "value": self.to_plain()})

    @classmethod
    def decode(cls, data: bytes) -> Self:
        document = decode_json(data)
        if not isinstance(document, dict) or document.get("type") != cls.type_name:
            raise ArtifactFormatError(f"not an artifact of type {cls.type_name}")
        return cls.from_plain(document["value"])


@dataclass(frozen=True)
class JsonValue(JsonArtifact):
    """Any plain value: for small components that need no type of their own."""

    type_name: ClassVar[str] = "JsonValue.v1"
    value: Any

    def as_scores(self) -> Mapping[str, float | None]:
        """A number, named by nothing; or the numbers of a mapping, not those deeper in it."""
        named = self.value if isinstance(self.value, dict) else {"": self.value}
        return {name: one for name, one in named.items() if type(one) in (int, float) or (one is None and name)}

    def to_plain(self) -> Any:
        return self.value

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)


@dataclass(frozen=True)
class Blob(Artifact):
    """Bytes of any content: what a command reads and writes. Kept after one line that names the type."""

    type_name: ClassVar[str] = "Blob.v1"
    data: bytes

    def encode(self) -> bytes:
        return _BLOB_HEADER + self.data

    @classmethod
    def decode(cls, data: bytes) -> Self:
        if not data.startswith(_BLOB_HEADER):
            raise ArtifactFormatError(f"not an artifact of type {cls.type_name}")
        return cls(data[len(_BLOB_HEADER) :])


_BLOB_HEADER = Blob.type_name.encode() + b"\n"
PLACE = "place"
"""Stands for the port in rows of Records that are there to be looked up only."""
PART = "part"
"""Stands for the port in rows of Records that say what a record consists of: key is the text of the record."""


@dataclass(frozen=True)
class Records(JsonArtifact):
    """Where each record of a source file stands, for `explain`: a side output that nothing else reads.

    A row is (port, key, line, text): the output port of the merging node that the record reaches, an identity that
    does not depend on place, the line that it begins on, and a short text for people. Rows of the port PLACE are no
    records: they only say where what the text names stands. Nor are those of the port PART: a step of a story, an
    option of a slot. Where a record of some text changed, they tell what of it.
    """

    type_name: ClassVar[str] = "Records.v1"
    rows: tuple[tuple[str, str, int, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(row) for row in self.rows]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(p), str(k), int(n), str(t)) for p, k, n, t in plain))


@dataclass(frozen=True)
class Origin:
    """What a record was made of: another record, or an option of the node that made it."""

    text: str
    """Of the record, as errors.About names it."""
    subject: str = ""
    """Text of a record of a file."""
    word: str = ""
    key: str = ""
    option: str = ""


@dataclass(frozen=True)
class Origins(JsonArtifact):
    """What records that stand in no file were made of, so that what is found of them has a place: a side output."""

    type_name: ClassVar[str] = "Origins.v1"
    rows: tuple[Origin, ...] = ()

    def to_plain(self) -> Any:
        return [[one.text, one.subject, one.word, one.key, one.option] for one in self.rows]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(Origin(*map(str, row)) for row in plain))


@dataclass(frozen=True)
class Ports:
    """Base of the frozen dataclasses that an operation with several outputs returns: one field, one port.

    `runtime` names the ports whose value is given from outside when the finished package is used (port -> name of
    the input), such as the messages that are training data while building and a user's message afterwards.
    """

    runtime: ClassVar[Mapping[str, str]] = {}

    def values(self) -> dict[str, Artifact]:
        """The artifacts by port."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def encode_json(value: Any) -> bytes:
    """Canonical JSON. Raises ValueError for NaN and infinities, TypeError for what JSON has no word for."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def decode_json(data: bytes) -> Any:
    """What canonical JSON says. Raises ArtifactFormatError."""
    try:
        return json.loads(data.decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise ArtifactFormatError(f"not JSON: {error}") from error
