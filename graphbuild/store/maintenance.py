"""Looking after a store: what is in it, and whether it is sound. Reads; sets damaged blobs aside; changes no record."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Collection, Iterator, Mapping
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
    checkpoints: int = 0
    """Trainings that were killed, or run now, and may go on."""
    checkpoint_bytes: int = 0


@dataclass(frozen=True)
class Verified:
    """What a walk over all blobs found."""

    sound: int
    damaged: tuple[Digest, ...]
    lost: tuple[Digest, ...]
    """Named by a record, and not there. The next build that needs one makes it again."""
    bytes: int = 0
    """Read."""
    reached: Digest | None = None
    """The last blob that was read, where not all were: the next walk begins behind it."""


def stats(store: LocalStore, known: Mapping[Digest, int] | None = None) -> Stats:
    """What is in a store. `known`: its blob sizes, where somebody has them."""
    sizes = (known if known is not None else store.collection.sizes()).values()
    quarantine = store.folder / QUARANTINE
    checkpoints = store.checkpoints.all()
    return Stats(
        blobs=len(sizes),
        blob_bytes=sum(sizes),
        actions=store.count("actions"),
        divergences=store.count("divergences"),
        quarantined=len(list(quarantine.glob("*.reason"))) if quarantine.is_dir() else 0,
        database_bytes=sum(file.stat().st_size for file in store.folder.glob("actions.v1.sqlite*")),
        checkpoints=len(checkpoints),
        checkpoint_bytes=sum(one.size for one in checkpoints),
    )


def verify(
    store: LocalStore,
    elsewhere: Collection[Digest] = (),
    *,
    after: Digest | None = None,
    enough: Callable[[int], bool] = lambda _: False,
) -> Verified:
    """Reads every blob; damaged ones are set aside.

    `elsewhere`: blobs that are not lost where they are not here.
    `after`: where to begin; those before come last. `enough`: asked with the bytes read so far whether to end.
    """
    store.flush()
    damaged = []
    sound = read = 0
    reached = None
    files = list(_files(store.folder))
    begin = bisect.bisect_right([file.name for file in files], after.removeprefix(digests.PREFIX)) if after else 0
    for file in [*files[begin:], *files[:begin]]:
        if reached is not None and enough(read):
            break
        name = reached = Digest(digests.PREFIX + file.name)
        try:
            read += file.stat().st_size
            is_sound = digests.of_file(file) == name
        except FileNotFoundError:  # collected meanwhile
            continue
        if is_sound:
            sound += 1
        else:
            store.blobs.set_aside(name, "found by `store verify`: its content does not match its name")
            damaged.append(name)
    else:
        reached = None
    named = store.named_blobs()
    lost = sorted(named - store.blobs.present(named) - set(elsewhere))
    return Verified(sound, tuple(damaged), tuple(lost), read, reached)


def _files(folder: Path) -> Iterator[Path]:
    yield from (file for file in sorted((folder / FOLDER).glob("??/*")) if file.is_file())
