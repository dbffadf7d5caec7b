"""The document of a result at a remote: what an action made, the manifest behind it, and its small blobs.

What is said of the result is one canonical text, so that it can be signed; signatures stand beside it, and the small
blobs after it. Reading believes nothing: it says what the document says, or Unreadable. docs/store-format.md.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.remote.encoding import Unreadable, content_of, longest, stored
from graphbuild.remote.keys import PublicKey
from graphbuild.store.interface import ActionResult

LIMIT_BYTES = 16 << 20
"""A manifest names the inputs of an action: of one with ten thousand some megabytes."""
SMALL_BYTES = 4096
"""Blobs of this size at most travel in the document."""
SMALL_BYTES_IN_ALL = 64 << 10
_LARGEST = 1 << 42
_DIGEST = re.compile(r"blake3:[0-9a-f]{64}")
_VERSION = 1
_LENGTH_BYTES = 4
_CHECK_BYTES = 32


@dataclass(frozen=True)
class Word:
    """The word of a trusted key."""

    by: PublicKey
    at: int
    """When it was given, in Unix seconds, as the key says."""


@dataclass(frozen=True)
class Document:
    """A result as it travels."""

    key: Digest
    outputs: Mapping[str, Digest]
    sizes: Mapping[Digest, int]
    """Bytes of each output."""
    seconds: float
    manifest: Mapping[str, Any]
    small: Mapping[Digest, bytes] = field(default_factory=dict)
    """Those outputs that came along; each is what its digest says."""
    signatures: tuple[Mapping[str, Any], ...] = ()
    """Who stands for it: for who judges."""
    told: bytes = b""
    """The canonical text that signatures are of, as it was read."""
    word: Word | None = None
    """Whose it is believed on: not for the document to say."""

    @property
    def result(self) -> ActionResult:
        """What the action cache takes."""
        return ActionResult(dict(self.outputs), self.seconds)


@dataclass(frozen=True)
class Belief:
    """What a judge says of a document."""

    refused: str | None
    """Why it is not to be believed, in a few words; None where it is."""
    word: Word | None = None
    """On whose word; None where anybody is believed."""


class OtherResult(Unreadable):
    """A document is the one of another action."""


def signable(document: Document) -> bytes:
    """The canonical text of a document: all that is said of the result."""
    return _text(
        {
            "version": _VERSION,
            "key": document.key,
            "outputs": {port: [made, document.sizes[made]] for port, made in document.outputs.items()},
            "seconds": document.seconds,
            "manifest": dict(document.manifest),
        }
    )


def to_object(document: Document) -> bytes:
    """The object of a document."""
    small = [[digest, len(data)] for digest, data in document.small.items()]
    told = signable(document)
    head = _text({"small": small, "signatures": [dict(one) for one in document.signatures]})
    content = b"".join((_length(told), _length(head), told, head, *document.small.values()))
    return stored(_check(content) + content)


def longest_object() -> int:
    """How long the object of a document may be."""
    return longest(LIMIT_BYTES)


def from_object(data: bytes, key: Digest) -> Document:
    """The document that an object holds, which is to be that of a key. Raises Unreadable."""
    content = content_of(data, LIMIT_BYTES)
    check, content = content[:_CHECK_BYTES], content[_CHECK_BYTES:]
    if check != _check(content):
        raise Unreadable("it is damaged")
    try:
        lengths = [int.from_bytes(content[at : at + _LENGTH_BYTES], "big") for at in (0, _LENGTH_BYTES)]
        begin = 2 * _LENGTH_BYTES
        told, rest = content[begin : begin + lengths[0]], content[begin + lengths[0] :]
        head, blobs = rest[: lengths[1]], rest[lengths[1] :]
        if len(told) != lengths[0] or len(head) != lengths[1]:
            raise Unreadable("it is cut off")
        return _read(told, json.loads(head), blobs, key)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("it is no document of a result") from error


def _read(told: bytes, head: Any, blobs: bytes, key: Digest) -> Document:
    said = json.loads(told)
    if said["version"] != _VERSION:
        raise Unreadable("it is of another version")
    if said["key"] != key:
        raise OtherResult("it is of another action")
    outputs = {str(port): _digest(made) for port, (made, _) in said["outputs"].items()}
    sizes = {_digest(made): _size(size) for made, size in said["outputs"].values()}
    seconds, manifest = float(said["seconds"]), said["manifest"]
    if not outputs or not isinstance(manifest, dict) or not math.isfinite(seconds) or seconds < 0:
        raise Unreadable("it is no document of a result")
    small: dict[Digest, bytes] = {}
    end = 0
    for name, size in head["small"]:
        begin, end = end, end + _size(size)
        data, digest = blobs[begin:end], _digest(name)
        if sizes.get(digest) != len(data) or digests.of_bytes(data) != digest:
            raise Unreadable("a blob in it is damaged")
        small[digest] = data
    signatures = tuple(dict(one) for one in head["signatures"])
    return Document(key, outputs, sizes, seconds, manifest, small, signatures, told)


def _digest(text: Any) -> Digest:
    if not isinstance(text, str) or _DIGEST.fullmatch(text) is None:
        raise Unreadable("it names what is no digest")
    return Digest(text)


def _size(number: Any) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _LARGEST:
        raise Unreadable("it tells a size that none has")
    return number


def _check(content: bytes) -> bytes:
    """What tells that a document came as it was sent; not who sent it."""
    return bytes.fromhex(digests.of_bytes(content)[len(digests.PREFIX) :])


def _length(part: bytes) -> bytes:
    return len(part).to_bytes(_LENGTH_BYTES, "big")


def _text(value: object) -> bytes:
    # As JSON escapes it, so that names of files that are no text pass, too.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
