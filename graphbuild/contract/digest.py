"""All hashing in one place: the canonical, type-tagged encoding and the digests made of it.

The only user of blake3. Knows nothing of nodes or files. docs/hashing.md gives the reasons, and
tests/contract/test_digest.py the golden digests; a change of the encoding raises FORMAT_VERSION.

Encoding (prefix-free, so no two values share a pre-image):
    None n | False f | True t | int i<decimal>; | float d<8 bytes, IEEE 754, big endian>
    str s<byte length>:<UTF-8> | bytes b<length>:<bytes>
    sequence l<items>e | mapping m<key value ...>e, keys strings, sorted by their UTF-8 bytes
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NewType

from blake3 import blake3

FORMAT_VERSION = 1
PREFIX = "blake3:"

Digest = NewType("Digest", str)
"""`blake3:` and 64 hexadecimal figures."""


def of_bytes(data: bytes | memoryview) -> Digest:
    """Digest of some bytes: the name of a blob."""
    return Digest(PREFIX + blake3(data).hexdigest())


def order_of(data: bytes) -> bytes:
    """16 bytes that put data in an order of its own: equal for equal data, by content and nothing else."""
    return blake3(data).digest(16)


def of_file(path: Path) -> Digest:
    """Digest of a file's content. Raises OSError as `open` does."""
    with path.open("rb") as file:
        hasher = blake3()
        while chunk := file.read(1 << 20):
            hasher.update(chunk)
    return Digest(PREFIX + hasher.hexdigest())


def of_parts(parts: Iterable[bytes | memoryview], write: Callable[[bytes | memoryview], None]) -> Digest:
    """Digest of bytes that come in parts, each of which is written somewhere at once."""
    hasher = blake3()
    for part in parts:
        hasher.update(part)
        write(part)
    return Digest(PREFIX + hasher.hexdigest())


def of_value(value: object) -> Digest:
    """Digest of a value's canonical encoding. Raises TypeError for a value that has none."""
    return of_bytes(encode(value))


def short(digest: Digest, figures: int = 8) -> str:
    """The first figures of a digest, for people."""
    return digest.removeprefix(PREFIX)[:figures]


def seed_of(digest: Digest) -> int:
    """A seed of 31 bits drawn from a digest: the same inputs give the same seed."""
    return int(digest.removeprefix(PREFIX)[:8], 16) & 0x7FFFFFFF


def encode(value: object) -> bytes:
    """The canonical encoding of a plain value. Raises TypeError for anything else."""
    out = bytearray()
    _encode(value, out)
    return bytes(out)


def _encode(value: object, out: bytearray) -> None:
    # The order of the tests matters: bool is an int.
    if value is None:
        out += b"n"
    elif value is True:
        out += b"t"
    elif value is False:
        out += b"f"
    elif isinstance(value, str):
        text = value.encode("utf-8", "surrogatepass")
        out += b"s%d:" % len(text)
        out += text
    elif isinstance(value, int):
        out += b"i%d;" % value
    elif isinstance(value, float):
        out += b"d" + struct.pack(">d", value)
    elif isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value)
        out += b"b%d:" % len(value)
        out += value
    elif isinstance(value, Mapping):
        _encode_mapping(value, out)
    elif isinstance(value, Sequence):
        out += b"l"
        for item in value:
            _encode(item, out)
        out += b"e"
    else:
        raise TypeError(f"a {type(value).__name__} has no canonical encoding: {value!r}")


def _encode_mapping(value: Mapping[object, object], out: bytearray) -> None:
    keys = []
    for key in value:
        if not isinstance(key, str):
            raise TypeError(f"keys of a mapping must be strings, not {key!r}")
        keys.append((key.encode("utf-8", "surrogatepass"), key))
    out += b"m"
    for _, key in sorted(keys):
        _encode(key, out)
        _encode(value[key], out)
    out += b"e"
