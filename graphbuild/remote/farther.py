"""What is known to be at a remote and not here: blobs that results name, remembered by the local store.

So a build with nothing to do asks nobody, although it has only the blobs that were needed here. Safe for threads.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping, Sequence

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, StoreError
from graphbuild.remote.documents import Word
from graphbuild.remote.keys import PublicKey
from graphbuild.remote.trust import Trust
from graphbuild.store.interface import Memos, Store

HAD_MEMO = "had.v1"
"""Where the store remembers by action key that a result came from a remote, and on the word of which key."""
TRUST_MEMO = "trust.v1"
"""Where the store remembers on whose word all those results are believed: the digest of Trust."""
_UNSIGNED = b"1"
"""On nobody's word, or by a release that did not ask whose."""
_LAST = "last"
MEMO = "far.v1"
"""Where the store remembers the size of a blob at a remote, by remote and digest."""


def elsewhere(store: Store) -> set[Digest]:
    """Blobs that a store remembers to be at some remote."""
    names = [memo.key for memo in store.collection.memos() if memo.kind == MEMO]
    kept = store.memos.get_many(MEMO, names)
    return {Digest(name.rpartition("/")[2]) for name, size in kept.items() if size.isdigit()}


def disown(store: Store, trust: Trust) -> None:
    """Forgets results that came from remotes on the word of keys that are not trusted, or not any more, or of nobody.

    Where only signed results are believed: so that a key that is taken out of the settings counts for nothing from the
    next build on, in every clone. One question to the store where nothing has changed since the last time. Raises
    StoreError where there are such results in a store that cannot be written: they are not to be used either.
    """
    told = trust.digest.encode()
    if not trust.is_required or store.memos.get(TRUST_MEMO, _LAST) == told:
        return
    names = [memo.key for memo in store.collection.memos() if memo.kind == HAD_MEMO]
    had = store.memos.get_many(HAD_MEMO, names)
    disowned = [Digest(key) for key, word in had.items() if word and not _counts(word, trust)]
    for key in disowned:
        try:
            store.actions.forget(key)
        except StoreError as error:
            raise StoreError(_not_forgotten(len(disowned), error)) from error
        store.memos.set(HAD_MEMO, key, b"")
    store.memos.set(TRUST_MEMO, _LAST, told)


def _not_forgotten(count: int, error: StoreError) -> Problem:
    """What to do about results that are not to be used, in a store that may only be read."""
    results = f"{count:,} result{'s' if count > 1 else ''}"
    what = f"the store has {results} of keys that this project does not trust, and they cannot be forgotten"
    facts = tuple(fact for problem in error.problems for fact in (("why", problem.what), *problem.facts))
    hint = "run `graphbuild plan` once as somebody who may write there, or take another store: --store DIR"
    return Problem(what, facts=facts, hint=hint)


def _counts(word: bytes, trust: Trust) -> bool:
    """Whether a remembered word still counts: an end that the key has reached since it was given does not matter."""
    by, _, at = word.decode("ascii", "replace").partition(" ")
    known = trust.named(PublicKey(by))
    return known is not None and at.isdigit() and known.covers(int(at))


class Farther:
    """Blobs at one remote."""

    def __init__(self, memos: Memos, remote: str, trust: Trust) -> None:
        self._memos = memos
        self._remote = remote
        self._trust = trust
        self._told = trust.digest.encode()
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

    @property
    def trusts_keys(self) -> bool:
        """Whether there is a key whose word counts."""
        return bool(self._trust.keys)

    def have(self, key: Digest, word: Word | None) -> None:
        """A result comes from the remote, on somebody's word or nobody's, and is known here from now on."""
        # Each time: meanwhile a build of another project, which trusts otherwise, may have looked through them.
        self._memos.set(TRUST_MEMO, _LAST, self._told)
        self._memos.set(HAD_MEMO, key, f"{word.by} {word.at}".encode() if word is not None else _UNSIGNED)

    def unhave(self, key: Digest) -> None:
        """It is not known any more."""
        self._memos.set(HAD_MEMO, key, b"")

    def were_had_unsigned(self, keys: Sequence[Digest]) -> list[Digest]:
        """Those results that came from some remote, and on the word of no key that is trusted."""
        had = self._memos.get_many(HAD_MEMO, keys)
        return [Digest(key) for key, word in had.items() if word and not _counts(word, self._trust)]

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
