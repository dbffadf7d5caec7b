"""Decoded artifacts kept in memory while a build runs, so that what one node made is not read again for the next.

Bounded by the size of the encoded bytes, the least recently used go first. Values are never changed by anybody.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from graphbuild.contract.artifact import Artifact
from graphbuild.contract.digest import Digest
from graphbuild.store.interface import BlobStore

LIMIT_BYTES = 256 << 20


class Values:
    """A cache of decoded artifacts, by digest and type. Safe for threads."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._held: OrderedDict[tuple[Digest, str], tuple[Artifact, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, digest: Digest, kind: type[Any], blobs: BlobStore) -> Artifact:
        """The artifact of a digest, from memory or verified from the store. Raises BlobLost, ArtifactFormatError."""
        key = (digest, kind.type_name)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key][0]
        data = blobs.get(digest)
        value: Artifact = kind.decode(data)
        self._put(digest, value, len(data))
        return value

    def keep(self, value: Artifact, blobs: BlobStore) -> tuple[Digest, int]:
        """Encodes an artifact into the store: its digest, and how many bytes it takes.

        It is not remembered: whoever needs it gets what its bytes say, the same warm and cold, not the producer's own
        object with what encoding does not keep (the order of a dict, tuples for lists).
        """
        data = value.encode()
        return blobs.put(data), len(data)

    def forget(self, digests: Iterable[Digest]) -> None:
        """Drops some artifacts, so that the next `get` reads them from the store."""
        gone = set(digests)
        with self._lock:
            for key in [key for key in self._held if key[0] in gone]:
                self._bytes -= self._held.pop(key)[1]

    def _put(self, digest: Digest, value: Artifact, size: int) -> None:
        key = (digest, value.type_name)
        with self._lock:
            if key in self._held or size > self._limit:
                return
            self._held[key] = (value, size)
            self._bytes += size
            while self._bytes > self._limit:
                self._bytes -= self._held.popitem(last=False)[1][1]


def class_of(kind: type[Any], type_name: str) -> type[Any]:
    """The port's class, or the subclass of it that made the artifact: a port of Messages takes TokenizedMessages.

    Only classes that the program has loaded are looked at; a name never chooses what is imported.
    """
    queue = [kind]
    for one in queue:
        if getattr(one, "type_name", None) == type_name:
            return one
        queue.extend(one.__subclasses__())
    return kind
