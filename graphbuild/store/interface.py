"""What the store promises, as interfaces: blobs, the action cache, the history of nodes, locks, remembered sources.

Three implementations: on local disk, in memory for tests, and graphbuild.remote's, with another store behind a local
one. tests/contracts runs the same tests over all.
The rules are ANCHORS C 1-8, 12-14, 16-18, 20-26, 30. Knows nothing of nodes, graphs and values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Collection as Several
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from graphbuild.contract.digest import Digest
from graphbuild.errors import StoreError


class BlobLost(StoreError):
    """A blob is missing, or did not match its digest and was set aside."""


@dataclass(frozen=True)
class ActionResult:
    """What an action made: the digest of the artifact at each output port, and how long it took."""

    outputs: Mapping[str, Digest]
    seconds: float


@dataclass(frozen=True)
class Holder:
    """Who holds a lock."""

    pid: int
    host: str
    since: float
    """Unix time in seconds."""


@dataclass(frozen=True)
class Pin:
    """What somebody asked to keep, whatever becomes of the builds and packages that it came from."""

    name: str
    kind: str
    """What was named: `blob`, `action`, `package`, `build`."""
    since: float
    """Unix time in seconds."""
    keys: frozenset[Digest] = frozenset()
    blobs: frozenset[Digest] = frozenset()


@dataclass(frozen=True)
class Memo:
    """A memo without its value."""

    kind: str
    key: str
    size: int
    written: float | None
    """Unix time in seconds; None of one that an earlier release wrote."""


@dataclass(frozen=True)
class Kept:
    """A checkpoint of an action that was not done."""

    key: Digest
    done: int
    total: int
    """Steps of the action, and of all of them."""
    size: int
    """Bytes of all that is there for this action."""
    written: float
    """Unix time in seconds."""
    is_running: bool
    """Whether somebody runs the action now: its lock is the lease of its checkpoints."""


@dataclass(frozen=True)
class Inventory:
    """All that there is in a store, and what running builds rely on."""

    blobs: Mapping[Digest, tuple[int, float]]
    """Size, and when it was written."""
    actions: Mapping[Digest, tuple[Digest, ...]]
    """The outputs of each result."""
    evidence: Mapping[Digest, tuple[Digest, ...]]
    """Outputs of divergent results, by action key."""
    manifests: frozenset[Digest]
    histories: Mapping[str, frozenset[Digest]]
    """Scope -> the keys that its history names."""
    memos: tuple[Memo, ...]
    leased: frozenset[Digest]
    checkpoints: tuple[Kept, ...] = ()


@dataclass(frozen=True)
class Doomed:
    """What a collection takes away."""

    actions: frozenset[Digest] = frozenset()
    blobs: frozenset[Digest] = frozenset()
    manifests: frozenset[Digest] = frozenset()
    scopes: frozenset[str] = frozenset()
    """Whose history goes."""
    builds: frozenset[tuple[str, str]] = frozenset()
    """Scope and name of records."""
    memos: frozenset[tuple[str, str]] = frozenset()
    """Kind and key."""
    checkpoints: frozenset[Digest] = frozenset()
    """Actions whose checkpoints go."""
    hints_before: float = 0.0
    """Remembered sources, and damaged things set aside, from before this time."""


@dataclass(frozen=True)
class Taken:
    """What a collection took, in the end."""

    blobs: int
    bytes: int
    actions: int
    spared: int
    """Blobs that a build came to rely on meanwhile."""


Stat = tuple[int, int, int, int]
"""Of a file: inode, size, mtime_ns, ctime_ns."""


class BlobStore(Protocol):
    """Content-addressed storage: digest -> bytes. Blobs are never changed."""

    def put(self, data: bytes) -> Digest:
        """Keeps the bytes; equal bytes are kept once. Raises StoreError when they cannot be written."""

    def get(self, digest: Digest) -> bytes:
        """The bytes, verified against the digest. Raises BlobLost; a damaged blob is set aside first."""

    def present(self, digests: Iterable[Digest]) -> set[Digest]:
        """Those that are there and, by their file's stat, unaltered since they were last verified.

        Reads no content unless a stat looks altered; then the content is verified, and set aside where it is damaged.
        """

    def sizes(self, digests: Iterable[Digest]) -> dict[Digest, int]:
        """Bytes of each blob that is known here, as it was last seen."""

    def bring(self, digests: Iterable[Digest]) -> None:
        """Has those that are elsewhere brought here, many at a time, for they are about to be read.

        What cannot be had is not present from then on.
        """

    def learn(self, written: Mapping[Digest, Stat]) -> None:
        """Blobs that a process on another machine wrote into this store, and what it saw of their files then.

        Those whose files look the same here are present from now on; of the others `present` decides.
        """

    def hold(self) -> set[Digest]:
        """From now until the store is closed no collection takes what is told to be present, nor what is put.

        Gives those that were told to be present before, and are gone now. Raises StoreError.
        """


class ActionCache(Protocol):
    """Action key -> ActionResult, with the manifest behind each key. Only successful actions are recorded."""

    def lookup(
        self, keys: Sequence[Digest], *, private: Several[Digest] = (), asks: bool = True
    ) -> dict[Digest, ActionResult]:
        """The recorded ones among the keys.

        `private`: those whose results count only where they were made in this very store, or on the word of somebody
        who is trusted. `asks`: whether a result that
        is not known here may be asked for elsewhere.
        """

    def foresee(self, keys: Callable[[], tuple[Sequence[Digest], Several[Digest]]]) -> None:
        """Keys that are about to be looked up one by one, and the private ones among them.

        Who asks elsewhere asks for all of them at a time; nobody else wants to know.
        """

    def record(self, key: Digest, result: ActionResult, manifest: Mapping[str, Any]) -> bool:
        """Records a result whose blobs were put before.

        False when the key is known with other outputs: then the first result stays, this one is kept as evidence, and
        the action is not deterministic. A result recorded again with equal outputs is a success.
        """

    def forget(self, key: Digest) -> None:
        """Drops a result whose blobs are lost and cannot be made again; its manifest stays."""

    def manifest(self, key: Digest) -> Mapping[str, Any] | None:
        """The manifest behind a key."""

    def divergences(self, key: Digest) -> Sequence[ActionResult]:
        """Other results seen for the key."""

    def outputs(self) -> dict[Digest, tuple[Digest, ...]]:
        """The outputs of every result, by action key."""

    def facts(self, name: str) -> dict[Digest, Any]:
        """One field of every manifest that has it, by action key."""


class Checkpoints(Protocol):
    """What actions that are not done have come to: the newest state of each, by action key and step.

    They only save time: what cannot be written or read is left out, and no action fails for it. They stay for a while
    after their build was killed, and go when the result of their action is recorded.
    """

    def put(self, key: Digest, done: int, total: int, parts: Iterable[bytes | memoryview]) -> bool:
        """Keeps the state of an action in the place of those before; False where it could not be written.

        Those of other actions that nobody has gone on with for long, or that are too many, go.
        """

    def newest(self, key: Digest) -> tuple[int, int, bytes] | None:
        """Steps done, steps in all, and the state: the newest that is whole. What is damaged is set aside."""

    def look(self, key: Digest) -> tuple[int, int] | None:
        """Steps done and in all of the newest, by its name alone."""

    def forget(self, key: Digest) -> None:
        """Drops those of an action, once all that was recorded so far is durable. Raises StoreError where it is not."""

    def all(self) -> list[Kept]:
        """The newest of each action."""


class History(Protocol):
    """What was built last, per scope (a project and a recipe): for reasons and expected durations."""

    def last_keys(self, scope: str) -> dict[str, Digest]:
        """Node id -> action key of its last success."""

    def remember(self, scope: str, keys: Mapping[str, Digest], *, forget: Sequence[str] = ()) -> None:
        """Adds or replaces; nodes to forget are dropped, others that are not named are kept."""


class Locks(Protocol):
    """One runner for each action key over all processes of a host. A dead process holds nothing."""

    def try_acquire(self, key: Digest) -> AbstractContextManager[Any] | Holder:
        """The lock, already held and released by leaving it, or who holds it."""


class SourceIndex(Protocol):
    """Digests of source files, remembered by (path, device, inode, size, mtime, ctime), never trusted when young."""

    def digests(self, paths: Sequence[Path]) -> dict[Path, Digest]:
        """Content digest of each existing file; the missing ones are left out."""

    def tree(self, folder: Path, labels: Sequence[str]) -> Digest:
        """Digest of a tree of files: their sorted paths relative to a folder (or absolute ones), and their contents."""


class Memos(Protocol):
    """Small derived values kept by kind and key: compiled graphs, package records, toolchain versions."""

    def get(self, kind: str, key: str) -> bytes | None:
        """The value, or None."""

    def get_many(self, kind: str, keys: Sequence[str]) -> dict[str, bytes]:
        """The values that are there, by key."""

    def set(self, kind: str, key: str, value: bytes) -> None:
        """Keeps or replaces a value."""


class Builds(Protocol):
    """What builds left to be looked at later, per scope: to the store it is bytes. What several share is kept once.

    It only serves people: what cannot be written is left out, and no build fails for it.
    """

    def add(self, scope: str, name: str, record: bytes, parts: Mapping[Digest, bytes], *, keep: int) -> None:
        """Adds a record and the parts that it names; of older ones those are kept that make up `keep` with it."""

    def records(self, scope: str) -> dict[str, bytes]:
        """Record by name, the oldest first. What is damaged is empty."""

    def parts(self, digests: Sequence[Digest]) -> dict[Digest, bytes]:
        """The parts that are there and whole."""

    def scopes(self) -> list[str]:
        """The scopes that have records."""


class Pins(Protocol):
    """What somebody asked to keep."""

    def add(self, pin: Pin) -> None:
        """Adds or replaces a pin, durably."""

    def remove(self, name: str) -> bool:
        """Removes one; False when there is none of the name."""

    def all(self) -> list[Pin]:
        """All of them, the oldest first."""


class Collection(Protocol):
    """Taking away what nothing needs. What that is, others decide (graphbuild.upkeep)."""

    def begin(self) -> AbstractContextManager[Any] | Holder:
        """The one collection of the store, until it is left; or who has it now. To be begun before the inventory."""

    def size(self) -> int:
        """Bytes of all blobs, as far as the records know: quickly."""

    def memos(self) -> tuple[Memo, ...]:
        """All memos, without their values."""

    def inventory(self) -> Inventory:
        """All that there is. What is put after this was asked is not in it, and so never doomed."""

    def take(self, doomed: Doomed) -> Taken:
        """Takes away records, then blobs. What a running build relies on is spared, with the records that name it."""


class Store(Protocol):
    """All of it, opened together."""

    @property
    def blobs(self) -> BlobStore: ...
    @property
    def actions(self) -> ActionCache: ...
    @property
    def history(self) -> History: ...
    @property
    def locks(self) -> Locks: ...
    @property
    def sources(self) -> SourceIndex: ...
    @property
    def memos(self) -> Memos: ...
    @property
    def builds(self) -> Builds: ...
    @property
    def pins(self) -> Pins: ...
    @property
    def checkpoints(self) -> Checkpoints: ...
    @property
    def collection(self) -> Collection: ...

    def flush(self) -> None:
        """Makes everything put and recorded so far durable: blobs first, then the records that name them."""

    def settle(self, tell: Callable[[int, int], None]) -> Mapping[str, Any] | None:
        """Waits a while for what is on its way elsewhere, telling how much of it is done; says what came of it all.

        None where there is nothing elsewhere. Never raises.
        """

    def close(self) -> None:
        """Flushes and lets go."""
