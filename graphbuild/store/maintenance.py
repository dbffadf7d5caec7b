"""Looking after a store: what is in it, and whether it is sound. Reads; sets damaged blobs aside; changes no record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.store.blobs import FOLDER, QUARANTINE
from graphbuild.store.local import LocalStore


@dataclass(frozen=True)
class Stats:
    """Counts, and sizes in bytes."""

    blobs: int
    blob_bytes: int
    actions: int
    divergences: int
    quarantined: int
    database_bytes: int


@dataclass(frozen=True)
class Verified:
    """What a walk over all blobs found."""

    sound: int
    damaged: tuple[Digest, ...]
    lost: tuple[Digest, ...]
    """Named by a record, and not there. The next build that needs one makes it again."""


def stats(store: LocalStore) -> Stats:
    """What is in a store."""
    store.flush()
    sizes = [file.stat().st_size for file in _files(store.folder)]
    quarantine = store.folder / QUARANTINE
    return Stats(
        blobs=len(sizes),
        blob_bytes=sum(sizes),
        actions=store.count("actions"),
        divergences=store.count("divergences"),
        quarantined=len(list(quarantine.glob("*.reason"))) if quarantine.is_dir() else 0,
        database_bytes=sum(file.stat().st_size for file in store.folder.glob("actions.v1.sqlite*")),
    )


def verify(store: LocalStore) -> Verified:
    """Reads every blob; damaged ones are set aside."""
    store.flush()
    damaged = []
    sound = 0
    for file in _files(store.folder):
        name = Digest(digests.PREFIX + file.name)
        if digests.of_file(file) == name:
            sound += 1
        else:
            store.blobs.set_aside(name, "found by `store verify`: its content does not match its name")
            damaged.append(name)
    named = store.named_blobs()
    lost = sorted(named - store.blobs.present(named))
    return Verified(sound, tuple(damaged), tuple(lost))


def _files(folder: Path) -> Iterator[Path]:
    yield from (file for file in sorted((folder / FOLDER).glob("??/*")) if file.is_file())
