"""Repairing a store: blobs that are damaged or lost come back out of packages; results that cannot are forgotten."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.contract.digest import Digest
from graphbuild.errors import GraphbuildError
from graphbuild.package.package import read_package
from graphbuild.store.local import LocalStore
from graphbuild.upkeep.roots import package_files, package_group


@dataclass(frozen=True)
class Repaired:
    """What came of it."""

    restored: tuple[Digest, ...]
    """Taken out of packages."""
    forgotten: int
    """Results whose blobs are nowhere: the next build that needs one makes it again."""
    is_database_new: bool
    """Whether the database was damaged: it was set aside, and the next build finds the blobs that it makes again."""


def repair(store: LocalStore, missing: set[Digest]) -> Repaired:
    """Repairs what can be. Raises StoreError."""
    if not store.is_sound():
        store.set_aside_database()
        return Repaired((), 0, is_database_new=True)
    restored = _restored(store, missing)
    store.flush()
    left = missing - restored
    broken = [key for key, made in store.actions.outputs().items() if not left.isdisjoint(made)]
    for key in broken:
        store.actions.forget(key)
    return Repaired(tuple(sorted(restored)), len(broken), is_database_new=False)


def _restored(store: LocalStore, missing: set[Digest]) -> set[Digest]:
    found: set[Digest] = set()
    for path in package_files(store) if missing else ():
        try:
            wanted = (missing - found) & package_group(path).blobs
            artifacts = read_package(path).artifacts if wanted else {}
        except GraphbuildError:
            continue
        for digest in wanted & artifacts.keys():
            store.blobs.put(artifacts[digest])
            found.add(digest)
    return found
