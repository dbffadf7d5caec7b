"""The store of a build that has a remote: the local one, and behind it what can be had from elsewhere.

Implements the interface of stores, so that nobody who uses one knows of remotes. All writing is local; results that are
recorded are sent behind the build. What is looked up and not known here is asked for at the remote, many at a time, and
is known here from then on; a blob is had when somebody needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from graphbuild.contract.artifact import PRIVATE_PORTS
from graphbuild.contract.digest import Digest
from graphbuild.remote.counts import Counts
from graphbuild.remote.documents import Document
from graphbuild.remote.farther import Farther
from graphbuild.remote.line import Line
from graphbuild.remote.reading import Reader
from graphbuild.remote.sending import Sender
from graphbuild.store.interface import (
    ActionResult,
    BlobLost,
    Builds,
    Checkpoints,
    History,
    Locks,
    Memos,
    Pins,
    SourceIndex,
    Stat,
    Store,
)
from graphbuild.store.interface import (
    Collection as StoreCollection,
)


class LayeredBlobs:
    """Blobs here and, where somebody needs them, from the remote."""

    def __init__(self, local: Store, farther: Farther, reader: Reader, sender: Sender | None) -> None:
        self._store = local
        self._local = local.blobs
        self._farther = farther
        self._reader = reader
        self._sender = sender

    def put(self, data: bytes) -> Digest:
        return self._local.put(data)

    def get(self, digest: Digest) -> bytes:
        try:
            return self._local.get(digest)
        except BlobLost:
            if not self._fetched(self._farther.sizes([digest]) or self._known_size(digest)):
                raise
            return self._local.get(digest)

    def present(self, digests: Iterable[Digest]) -> set[Digest]:
        asked = set(digests)
        here = self._local.present(asked)
        return here | self._farther.sizes(asked - here).keys()

    def bring(self, digests: Iterable[Digest]) -> None:
        asked = set(digests)
        missing = asked - self._local.present(asked)
        if missing and (far := self._farther.sizes(missing)):
            self._fetched(far)
            self._store.flush()  # worker processes read them, too

    def sizes(self, digests: Iterable[Digest]) -> dict[Digest, int]:
        asked = list(digests)
        here = self._local.sizes(asked)
        return {**self._farther.sizes(one for one in asked if one not in here), **here}

    def learn(self, written: Mapping[Digest, Stat]) -> None:
        self._local.learn(written)

    def hold(self) -> set[Digest]:
        return self._local.hold()

    def _known_size(self, digest: Digest) -> dict[Digest, int]:
        """Of a blob that was here, and whose result nobody has asked for at the remote."""
        return {} if self._farther.is_private(digest) else self._local.sizes([digest])

    def _fetched(self, wanted: Mapping[Digest, int]) -> bool:
        """Has blobs kept here; False where one of them, or all, could not be had."""
        if not wanted:
            return False
        kept = self._reader.blobs(wanted, lambda _, data: self._keep(data))
        lost = wanted.keys() - kept
        if lost:
            self._farther.forget(lost, for_good=self._reader.answers)
            if self._sender is not None:
                self._sender.suspect(lost)
        return not lost

    def _keep(self, data: bytes) -> None:
        self._local.put(data)


class LayeredActions:
    """Results here and, where none is known, from the remote."""

    def __init__(self, local: Store, farther: Farther, reader: Reader, sender: Sender | None) -> None:
        self._local = local.actions
        self._blobs = local.blobs
        self._farther = farther
        self._reader = reader
        self._sender = sender
        self._asked: set[Digest] = set()
        self._guard = threading.Lock()

    def lookup(
        self, keys: Sequence[Digest], *, private: Collection[Digest] = (), asks: bool = True
    ) -> dict[Digest, ActionResult]:
        known = self._local.lookup(keys)
        if private:
            self._keep_private(known, private)
        if not asks:
            return known
        self._blobs.present(made for result in known.values() for made in result.outputs.values())  # all at a time
        is_asked = self._farther.trusts_keys  # for private ones, too
        wanted = [key for key in keys if (is_asked or key not in private) and key not in self._asked]
        unknown = [key for key in wanted if key not in known or not self._is_at_hand(known[key])]
        if not unknown:
            return known
        with self._guard:
            self._asked.update(unknown)
        for key, document in self._reader.documents(unknown, private).items():
            if (result := self._taken(document, known.get(key))) is not None:
                known[key] = result
        return known

    def foresee(self, keys: Callable[[], tuple[Sequence[Digest], Collection[Digest]]]) -> None:
        wanted, private = keys()
        if wanted:
            self.lookup(wanted, private=private)

    def record(self, key: Digest, result: ActionResult, manifest: Mapping[str, Any]) -> bool:
        is_first = self._local.record(key, result, manifest)
        if manifest.get(PRIVATE_PORTS) and not (self._sender is not None and self._sender.signs):
            self._farther.keep_private(result.outputs.values())
        elif is_first and self._sender is not None:
            self._sender.add(key, result, manifest)
        return is_first

    def forget(self, key: Digest) -> None:
        self._local.forget(key)

    def manifest(self, key: Digest) -> Mapping[str, Any] | None:
        return self._local.manifest(key)

    def divergences(self, key: Digest) -> Sequence[ActionResult]:
        return self._local.divergences(key)

    def outputs(self) -> dict[Digest, tuple[Digest, ...]]:
        return self._local.outputs()

    def facts(self, name: str) -> dict[Digest, Any]:
        return self._local.facts(name)

    def _keep_private(self, known: dict[Digest, ActionResult], private: Collection[Digest]) -> None:
        """Drops what a remote once gave for private keys on nobody's word, and asks nobody for what was made here."""
        mine = [key for key in private if key in known]
        for key in self._farther.were_had_unsigned(mine):
            self._local.forget(key)
            self._farther.unhave(key)
            del known[key]
        self._farther.keep_private(made for key in mine if key in known for made in known[key].outputs.values())

    def _is_at_hand(self, result: ActionResult) -> bool:
        made = set(result.outputs.values())
        missing = made - self._blobs.present(made)
        return not missing or missing <= self._farther.sizes(missing).keys()

    def _taken(self, document: Document, known: ActionResult | None) -> ActionResult | None:
        """A result of the remote, known here from now on; None where another one is."""
        made = document.result
        if known is not None and dict(known.outputs) != dict(made.outputs):
            return None
        if document.word is None and any(map(self._farther.is_private, made.outputs.values())):
            return None  # nobody of ours sends such a result
        self._farther.learn(document.sizes)
        for data in document.small.values():
            self._blobs.put(data)
        if known is None:
            self._farther.have(document.key, document.word)
            self._local.record(document.key, made, document.manifest)
        return made


class LayeredStore:
    """A local store with a remote behind it."""

    def __init__(
        self,
        local: Store,
        line: Line,
        farther: Farther,
        reader: Reader,
        sender: Sender | None,
        counts: Counts,
        wait_s: float,
    ) -> None:
        self._local = local
        self._line = line
        self._sender = sender
        self._counts = counts
        self._wait_s = wait_s
        self.blobs = LayeredBlobs(local, farther, reader, sender)
        self.actions = LayeredActions(local, farther, reader, sender)

    @property
    def history(self) -> History:
        return self._local.history

    @property
    def locks(self) -> Locks:
        return self._local.locks

    @property
    def sources(self) -> SourceIndex:
        return self._local.sources

    @property
    def memos(self) -> Memos:
        return self._local.memos

    @property
    def builds(self) -> Builds:
        return self._local.builds

    @property
    def pins(self) -> Pins:
        return self._local.pins

    @property
    def checkpoints(self) -> Checkpoints:
        return self._local.checkpoints

    @property
    def collection(self) -> StoreCollection:
        return self._local.collection

    def flush(self) -> None:
        self._local.flush()

    def settle(self, tell: Callable[[int, int], None]) -> Mapping[str, Any] | None:
        if self._sender is not None:
            self._sender.settle(self._wait_s, tell)
        return self._counts.document()

    def close(self) -> None:
        if self._sender is not None:
            self._sender.stop()
        self._line.close()
        self._local.close()
