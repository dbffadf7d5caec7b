"""Columns: named arrays and lists of strings in one safetensors blob, read back without copying code or objects.

The base of the bulky artifacts (messages, features, weights). Strings are kept as one run of UTF-8 bytes with row
splits (n + 1 offsets). Format: https://github.com/huggingface/safetensors, with one metadata entry that holds
canonical JSON, so that equal columns always give equal bytes.
"""

from __future__ import annotations

import itertools
import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load, save

from graphbuild.contract.artifact import Artifact, ArtifactFormatError, encode_json

Array = NDArray[Any]
_METADATA_KEY = "graphbuild"


class ColumnsArtifact(Artifact):
    """An artifact made of arrays and a little plain data. Subclasses say which."""

    @abstractmethod
    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        """Arrays by name, and plain data that JSON can hold."""

    @classmethod
    @abstractmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        """The value again."""

    def encode(self) -> bytes:
        arrays, plain = self.to_columns()
        header = encode_json({"type": self.type_name, "value": plain}).decode()
        solid = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
        return save(solid, metadata={_METADATA_KEY: header})

    @classmethod
    def decode(cls, data: bytes) -> Self:
        header = _metadata(data)
        if header.get("type") != cls.type_name:
            raise ArtifactFormatError(f"not an artifact of type {cls.type_name}")
        return cls.from_columns(load(data), header["value"])


def pack_strings(texts: Sequence[str]) -> tuple[Array, Array]:
    """Strings as (uint8 bytes, int64 row splits of length n + 1)."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    splits = np.zeros(len(encoded) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in encoded], out=splits[1:])
    return np.frombuffer(b"".join(encoded), dtype=np.uint8), splits


def unpack_strings(data: Array, splits: Array) -> list[str]:
    """The strings of `pack_strings`."""
    raw = data.tobytes()
    ends = splits.tolist()
    return [raw[start:end].decode("utf-8", "surrogatepass") for start, end in itertools.pairwise(ends)]


def row_splits(lengths: Array) -> NDArray[np.int64]:
    """Row lengths [n] -> where the rows begin, and the end [n + 1]."""
    splits = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=splits[1:])
    return splits


def gather_rows(splits: Array, rows: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows of different lengths by number, also several times: where their elements are, and their new splits."""
    lengths = np.diff(splits)[rows]
    new = row_splits(lengths)
    return np.repeat(splits[:-1][rows] - new[:-1], lengths) + np.arange(new[-1]), new


def _metadata(data: bytes) -> dict[str, Any]:
    # The header is 8 bytes of little-endian length and that much JSON; the safetensors reader leaves it out.
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ArtifactFormatError("not a safetensors blob")
    try:
        header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][_METADATA_KEY])
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactFormatError(f"not a blob of columns: {error}") from error
    if not isinstance(header, dict):
        raise ArtifactFormatError("not a blob of columns")
    return header
