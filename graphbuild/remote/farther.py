"""What is known to be at a remote and not here: blobs that results name, remembered by the local store.

So a build with nothing to do asks nobody, although it has only the blobs that were needed here. Safe for threads.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence

from graphbuild.contract.digest import Digest
from graphbuild.store.interface import Memos, Store

HAD_MEMO = "had.v1"
"""Where the store remembers by action key that a result came from a remote."""
_HAD = b"1"
MEMO = "far.v1"
"""Where the store remembers the size of a blob at a remote, by remote and digest."""


def elsewhere(store: Store) -> set[Digest]:
    """Blobs that a store remembers to be at some remote."""
    names = [memo.key for memo in store.collection.memos() if memo.kind == MEMO]
    kept = store.memos.get_many(MEMO, names)
    return {Digest(name.rpartition("/")[2]) for name, size in kept.items() if size.isdigit()}


class Farther:
    """Blobs at one remote."""

    def __init__(self, memos: Memos, remote: str) -> None:
        self._memos = memos
        self._remote = remote
        self._known: dict[Digest, int] = {}
        self._gone: set[Digest] = set()
        """Found lost or damaged there: as if they had never been."""
        self._private: set[Digest] = set()
        """Never to be had from anywhere but here."""
        self._guard = threading.Lock()

    def learn(self, sizes: Mapping[Digest, int]) -> None:
        """Blobs that a result at the remote names."""
        with self._guard:
            new = {digest: size for digest, size in sizes.items() if self._known.get(digest) != size}
            self._known.update(new)
        for digest, size in new.items():
            self._memos.set(MEMO, self._name(digest), json.dumps(size).encode())

    def sizes(self, wanted: Iterable[Digest]) -> dict[Digest, int]:
        """Those of some blobs that are at the remote, as far as it is known here, with their sizes."""
        with self._guard:
            asked = [one for one in dict.fromkeys(wanted) if one not in self._gone and one not in self._private]
            unknown = [one for one in asked if one not in self._known]
            if unknown:
                self._known.update(self._remembered(unknown))
            return {digest: self._known[digest] for digest in asked if digest in self._known}

    def forget(self, gone: Iterable[Digest], *, for_good: bool) -> None:
        """Blobs that could not be had; `for_good`: not because nobody answered, so that later builds know it, too."""
        with self._guard:
            self._gone.update(gone)
        for digest in gone if for_good else ():
            self._memos.set(MEMO, self._name(digest), b"null")

    def keep_private(self, digests: Iterable[Digest]) -> None:
        """Blobs that are not asked for anywhere."""
        with self._guard:
            self._private.update(digests)

    def is_private(self, digest: Digest) -> bool:
        """Whether a blob is not asked for anywhere."""
        with self._guard:
            return digest in self._private

    @property
    def gone(self) -> set[Digest]:
        """What could not be had."""
        with self._guard:
            return set(self._gone)

    def have(self, key: Digest) -> None:
        """A result comes from the remote, and is known here from now on."""
        self._memos.set(HAD_MEMO, key, _HAD)

    def unhave(self, key: Digest) -> None:
        """It is not known any more."""
        self._memos.set(HAD_MEMO, key, b"")

    def were_had(self, keys: Sequence[Digest]) -> list[Digest]:
        """Those results that came from some remote."""
        return [Digest(key) for key, had in self._memos.get_many(HAD_MEMO, keys).items() if had]

    def _remembered(self, digests: list[Digest]) -> dict[Digest, int]:
        names = {self._name(digest): digest for digest in digests}
        found: dict[Digest, int] = {}
        for name, kept in self._memos.get_many(MEMO, list(names)).items():
            try:
                found[names[name]] = int(json.loads(kept))
            except (ValueError, TypeError):  # also what was found to be gone
                continue
        return found

    def _name(self, digest: Digest) -> str:
        return f"{self._remote}/{digest}"
