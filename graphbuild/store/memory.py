"""A store in memory, with the same promises: for tests, and for builds that shall leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem
from graphbuild.store.interface import ActionResult, BlobLost, Doomed, Holder, Inventory, Kept, Memo, Pin, Stat, Taken


class MemoryBlobs:
    """Blobs in a dict."""

    def __init__(self) -> None:
        self.held: dict[Digest, bytes] = {digests.of_bytes(b""): b""}
        self.quarantine: dict[Digest, bytes] = {}
        self.written: dict[Digest, float] = {}
        self.is_holding = False
        self.told: set[Digest] = set()
        """Put, or told to be present."""

    def put(self, data: bytes) -> Digest:
        digest = digests.of_bytes(data)
        self.held[digest] = bytes(data)
        self.written.setdefault(digest, time.time())
        self.told.add(digest)
        self.is_holding = True
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
        self.told |= asked & self.held.keys()
        return asked & self.held.keys()

    def sizes(self, digests: Iterable[Digest]) -> dict[Digest, int]:
        return {digest: len(self.held[digest]) for digest in digests if digest in self.held}

    def bring(self, digests: Iterable[Digest]) -> None:
        """All there is is here."""

    def learn(self, written: Mapping[Digest, Stat]) -> None:
        """There are no files here that anybody else could write."""

    def hold(self) -> set[Digest]:
        self.is_holding = True
        gone, self.told = self.told - self.held.keys(), self.told & self.held.keys()
        return gone

    def _verify(self, digest: Digest) -> None:
        if digest in self.held and digests.of_bytes(self.held[digest]) != digest:
            self.quarantine[digest] = self.held.pop(digest)


class MemoryActions:
    """Action results in a dict."""

    def __init__(self) -> None:
        self._results: dict[Digest, ActionResult] = {}
        self._manifests: dict[Digest, Mapping[str, Any]] = {}
        self._divergences: dict[Digest, list[ActionResult]] = {}

    def foresee(self, keys: Callable[[], tuple[Sequence[Digest], Collection[Digest]]]) -> None:
        """Nobody else is asked."""

    def lookup(
        self,
        keys: Sequence[Digest],
        *,
        private: Collection[Digest] = (),  # noqa: ARG002 - all that is known here was made here
        asks: bool = True,  # noqa: ARG002 - there is nobody to ask
    ) -> dict[Digest, ActionResult]:
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

    def outputs(self) -> dict[Digest, tuple[Digest, ...]]:
        return {key: tuple(result.outputs.values()) for key, result in self._results.items()}

    def facts(self, name: str) -> dict[Digest, Any]:
        return {key: one[name] for key, one in self._manifests.items() if one.get(name) is not None}

    @property
    def rows(
        self,
    ) -> tuple[dict[Digest, ActionResult], dict[Digest, Mapping[str, Any]], dict[Digest, list[ActionResult]]]:
        """Results, manifests and divergences, for the collection."""
        return self._results, self._manifests, self._divergences


class MemoryHistory:
    """Last keys in a dict."""

    def __init__(self) -> None:
        self.scopes: dict[str, dict[str, Digest]] = {}

    def last_keys(self, scope: str) -> dict[str, Digest]:
        return dict(self.scopes.get(scope, {}))

    def remember(self, scope: str, keys: Mapping[str, Digest], *, forget: Sequence[str] = ()) -> None:
        nodes = self.scopes.setdefault(scope, {})
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

    def is_held(self, key: Digest) -> bool:
        """Whether somebody has the lock."""
        return key in self._held


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
        self.held: dict[tuple[str, str], tuple[bytes, float]] = {}

    def get(self, kind: str, key: str) -> bytes | None:
        return self.held[kind, key][0] if (kind, key) in self.held else None

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
        return {key: self.held[kind, key][0] for key in keys if (kind, key) in self.held}

    def set(self, kind: str, key: str, value: bytes) -> None:
        self.held[kind, key] = (value, time.time())


class MemoryBuilds:
    """Records in a dict."""

    def __init__(self, pins: MemoryPins) -> None:
        self._pins = pins
        self.held: dict[str, dict[str, tuple[bytes, frozenset[Digest]]]] = {}
        self.shared: dict[Digest, bytes] = {}

    def add(self, scope: str, name: str, record: bytes, parts: Mapping[Digest, bytes], *, keep: int) -> None:
        held = self.held.setdefault(scope, {})
        held[name] = (record, frozenset(parts))
        self.shared.update(parts)
        for old in list(held)[:-keep]:
            if not any(pin.kind == "build" and pin.name == old for pin in self._pins.all()):
                del held[old]
        self.drop_parts()

    def drop_parts(self) -> None:
        """Drops the parts that no record names."""
        named = {part for records in self.held.values() for _, parts_of in records.values() for part in parts_of}
        self.shared = {part: data for part, data in self.shared.items() if part in named}

    def records(self, scope: str) -> dict[str, bytes]:
        return {name: record for name, (record, _) in self.held.get(scope, {}).items()}

    def parts(self, asked: Sequence[Digest]) -> dict[Digest, bytes]:
        return {digest: self.shared[digest] for digest in asked if digest in self.shared}

    def scopes(self) -> list[str]:
        return [scope for scope, records in self.held.items() if records]


class MemoryCheckpoints:
    """The newest checkpoint of each action."""

    def __init__(self, locks: MemoryLocks) -> None:
        self._locks = locks
        self.held: dict[Digest, tuple[int, int, bytes, Digest, float]] = {}

    def put(self, key: Digest, done: int, total: int, parts: Iterable[bytes | memoryview]) -> bool:
        data = b"".join(parts)
        self.held[key] = (done, total, data, digests.of_bytes(data), time.time())
        return True

    def newest(self, key: Digest) -> tuple[int, int, bytes] | None:
        if key not in self.held:
            return None
        done, total, data, digest, _ = self.held[key]
        return (done, total, data) if digests.of_bytes(data) == digest else None

    def look(self, key: Digest) -> tuple[int, int] | None:
        return self.held[key][:2] if key in self.held else None

    def forget(self, key: Digest) -> None:
        self.held.pop(key, None)

    def all(self) -> list[Kept]:
        return [
            Kept(key, done, total, len(data), at, self._locks.is_held(key))
            for key, (done, total, data, _, at) in self.held.items()
        ]


class MemoryPins:
    """Pins in a dict."""

    def __init__(self) -> None:
        self._held: dict[str, Pin] = {}

    def add(self, pin: Pin) -> None:
        self._held[pin.name] = pin

    def remove(self, name: str) -> bool:
        return self._held.pop(name, None) is not None

    def all(self) -> list[Pin]:
        return sorted(self._held.values(), key=lambda pin: (pin.since, pin.name))


class MemoryCollection:
    """Collections of a store in memory: one at a time, and between the steps of the only process."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def begin(self) -> contextlib.AbstractContextManager[Any] | Holder:
        return self._store.locks.try_acquire(digests.of_value(["collecting"]))

    def size(self) -> int:
        return sum(len(data) for data in self._store.blobs.held.values())

    def memos(self) -> tuple[Memo, ...]:
        return tuple(Memo(*name, len(value), at) for name, (value, at) in self._store.memos.held.items())

    def inventory(self) -> Inventory:
        store = self._store
        _, manifests, divergences = store.actions.rows
        return Inventory(
            blobs={name: (len(data), store.blobs.written.get(name, 0.0)) for name, data in store.blobs.held.items()},
            actions=store.actions.outputs(),
            evidence={key: tuple(d for one in made for d in one.outputs.values()) for key, made in divergences.items()},
            manifests=frozenset(manifests),
            histories={scope: frozenset(nodes.values()) for scope, nodes in store.history.scopes.items()},
            memos=self.memos(),
            leased=frozenset(self._leased()),
            checkpoints=tuple(store.checkpoints.all()),
        )

    def take(self, doomed: Doomed) -> Taken:
        store = self._store
        results, manifests, divergences = store.actions.rows
        spared = self._leased()
        gone = set()
        for key in doomed.actions & results.keys():
            if spared.isdisjoint(results[key].outputs.values()):
                gone.add(key)
                del results[key]
            else:
                spared |= set(results[key].outputs.values())
        taken = (doomed.blobs & store.blobs.held.keys()) - spared - {digests.of_bytes(b"")}
        size = sum(len(store.blobs.held.pop(digest)) for digest in taken)
        for key in (doomed.manifests | gone) - results.keys():
            divergences.pop(key, None)
            if key in doomed.manifests:
                manifests.pop(key, None)
        for scope in doomed.scopes:
            store.history.scopes.pop(scope, None)
        for scope, name in doomed.builds:
            store.builds.held.get(scope, {}).pop(name, None)
        store.builds.drop_parts()
        for memo in doomed.memos:
            store.memos.held.pop(memo, None)
        for key in doomed.checkpoints:
            if not store.locks.is_held(key):
                store.checkpoints.forget(key)
        return Taken(len(taken), size, len(gone), len(doomed.blobs & spared))

    def _leased(self) -> set[Digest]:
        return set(self._store.blobs.told) if self._store.blobs.is_holding else set()


class MemoryStore:
    """All parts together."""

    def __init__(self) -> None:
        self.blobs = MemoryBlobs()
        self.actions = MemoryActions()
        self.history = MemoryHistory()
        self.locks = MemoryLocks()
        self.sources = MemorySources()
        self.memos = MemoryMemos()
        self.pins = MemoryPins()
        self.builds = MemoryBuilds(self.pins)
        self.checkpoints = MemoryCheckpoints(self.locks)
        self.collection = MemoryCollection(self)

    def flush(self) -> None:
        """Nothing to do."""

    def settle(self, tell: Callable[[int, int], None]) -> None:
        """Nothing is on its way anywhere."""

    def close(self) -> None:
        """Relies on nothing more; what is held stays, for whoever opens it again in this process."""
        self.blobs.is_holding = False
        self.blobs.told.clear()
