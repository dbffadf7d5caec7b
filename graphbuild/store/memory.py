"""A store in memory, with the same promises: for tests, and for builds that shall leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem
from graphbuild.store.interface import ActionResult, BlobLost, Holder


class MemoryBlobs:
    """Blobs in a dict."""

    def __init__(self) -> None:
        self.held: dict[Digest, bytes] = {digests.of_bytes(b""): b""}
        self.quarantine: dict[Digest, bytes] = {}

    def put(self, data: bytes) -> Digest:
        digest = digests.of_bytes(data)
        self.held[digest] = bytes(data)
        return digest

    def get(self, digest: Digest) -> bytes:
        self._verify(digest)
        if digest not in self.held:
            raise BlobLost(Problem(f"blob {digests.short(digest)} is missing"))
        return self.held[digest]

    def present(self, wanted: Iterable[Digest]) -> set[Digest]:
        asked = set(wanted)
        for digest in asked:
            self._verify(digest)
        return asked & self.held.keys()

    def sizes(self, digests: Iterable[Digest]) -> dict[Digest, int]:
        return {digest: len(self.held[digest]) for digest in digests if digest in self.held}

    def _verify(self, digest: Digest) -> None:
        if digest in self.held and digests.of_bytes(self.held[digest]) != digest:
            self.quarantine[digest] = self.held.pop(digest)


class MemoryActions:
    """Action results in a dict."""

    def __init__(self) -> None:
        self._results: dict[Digest, ActionResult] = {}
        self._manifests: dict[Digest, Mapping[str, Any]] = {}
        self._divergences: dict[Digest, list[ActionResult]] = {}

    def lookup(self, keys: Sequence[Digest]) -> dict[Digest, ActionResult]:
        return {key: self._results[key] for key in keys if key in self._results}

    def record(self, key: Digest, result: ActionResult, manifest: Mapping[str, Any]) -> bool:
        known = self._results.get(key)
        if known is not None and known.outputs != result.outputs:
            self._divergences.setdefault(key, []).append(result)
            return False
        if known is None:
            self._results[key] = result
            self._manifests[key] = dict(manifest)
        return True

    def forget(self, key: Digest) -> None:
        self._results.pop(key, None)

    def manifest(self, key: Digest) -> Mapping[str, Any] | None:
        return self._manifests.get(key)

    def divergences(self, key: Digest) -> Sequence[ActionResult]:
        return self._divergences.get(key, [])


class MemoryHistory:
    """Last keys in a dict."""

    def __init__(self) -> None:
        self._scopes: dict[str, dict[str, Digest]] = {}

    def last_keys(self, scope: str) -> dict[str, Digest]:
        return dict(self._scopes.get(scope, {}))

    def remember(self, scope: str, keys: Mapping[str, Digest], *, forget: Sequence[str] = ()) -> None:
        nodes = self._scopes.setdefault(scope, {})
        for node in forget:
            nodes.pop(node, None)
        nodes.update(keys)


class MemoryLocks:
    """Locks among the threads of this process."""

    def __init__(self) -> None:
        self._held: dict[Digest, Holder] = {}
        self._guard = threading.Lock()

    def try_acquire(self, key: Digest) -> contextlib.AbstractContextManager[Any] | Holder:
        with self._guard:
            if key in self._held:
                return self._held[key]
            self._held[key] = Holder(os.getpid(), socket.gethostname(), time.time())
        lock = contextlib.ExitStack()
        lock.callback(self._held.pop, key, None)
        return lock


class MemorySources:
    """Sources are read each time."""

    def digests(self, paths: Sequence[Path]) -> dict[Path, Digest]:
        return {path: digests.of_file(path) for path in paths if path.is_file()}

    def tree(self, folder: Path, labels: Sequence[str]) -> Digest:
        contents = self.digests([folder / label for label in labels])
        return digests.of_value(["tree", [[label, contents.get(folder / label)] for label in labels]])


class MemoryMemos:
    """Memos in a dict."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        return self._held.get((kind, key))

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self._held[kind, key] for key in keys if (kind, key) in self._held}

    def set(self, kind: str, key: str, value: bytes) -> None:
        self._held[kind, key] = value


class MemoryBuilds:
    """Records in a dict."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, tuple[bytes, frozenset[Digest]]]] = {}
        self.shared: dict[Digest, bytes] = {}

    def add(self, scope: str, name: str, record: bytes, parts: Mapping[Digest, bytes], *, keep: int) -> None:
        held = self.held.setdefault(scope, {})
        held[name] = (record, frozenset(parts))
        self.shared.update(parts)
        for old in list(held)[:-keep]:
            del held[old]
        named = {part for records in self.held.values() for _, parts_of in records.values() for part in parts_of}
        self.shared = {part: data for part, data in self.shared.items() if part in named}

    def records(self, scope: str) -> dict[str, bytes]:
        return {name: record for name, (record, _) in self.held.get(scope, {}).items()}

    def parts(self, asked: Sequence[Digest]) -> dict[Digest, bytes]:
        return {digest: self.shared[digest] for digest in asked if digest in self.shared}


class MemoryStore:
    """All parts together."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs()
        self.actions = MemoryActions()
        self.history = MemoryHistory()
        self.locks = MemoryLocks()
        self.sources = MemorySources()
        self.memos = MemoryMemos()
        self.builds = MemoryBuilds()

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""
