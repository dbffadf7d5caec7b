"""Roots: what keeps results and blobs alive. Pins, packages where the store has seen some, the last builds."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import GraphbuildError
from graphbuild.history.held import Group, HeldBuild, Row, held_builds
from graphbuild.package.find import ENDING
from graphbuild.package.package import read_manifest
from graphbuild.session import PACKAGE_MEMO
from graphbuild.store.interface import Store

KEEP_BUILDS = 10
"""Builds of each project and recipe whose results are kept, unless another number is asked for."""


class RootKind(enum.StrEnum):
    """What a root is."""

    PIN = "pin"
    PACKAGE = "package"
    BUILD = "build"


@dataclass(frozen=True)
class Root:
    """One thing that keeps others alive."""

    kind: RootKind
    name: str
    used: float
    groups: Sequence[Group]


@dataclass(frozen=True)
class Roots:
    """All roots, and the builds that are remembered beside them."""

    roots: tuple[Root, ...]
    older: tuple[HeldBuild, ...]
    """Builds that are remembered and keep nothing alive: from before the last so many."""
    forgotten: tuple[HeldBuild, ...]
    """Builds that are to be forgotten, for their age."""
    unreadable: tuple[str, ...]
    """Packages that cannot be read, and so keep nothing."""


def find_roots(store: Store, keep_builds: int, not_before: float | None = None) -> Roots:
    """The roots of a store.

    `not_before`: builds from before this time are no roots, and forgotten; but for the last one of a project whose
    package is still there.
    """
    unreadable: list[str] = []
    packages = list(_packages(store, unreadable))
    paths = {root.name for root in packages}
    builds: list[Root] = []
    older: list[HeldBuild] = []
    forgotten: list[HeldBuild] = []
    pinned = {pin.name for pin in store.pins.all() if pin.kind == RootKind.BUILD}
    for held in held_builds(store).values():
        for back, build in enumerate(reversed(held)):
            is_present = build.name in pinned or (back == 0 and build.package in paths)
            if not_before is not None and build.used < not_before and not is_present:
                forgotten.append(build)
            elif back < keep_builds:
                builds.append(Root(RootKind.BUILD, build.name, build.used, build.groups))
            else:
                older.append(build)
    return Roots((*_pins(store), *packages, *builds), tuple(older), tuple(forgotten), tuple(unreadable))


def _pins(store: Store) -> Iterator[Root]:
    for pin in store.pins.all():
        rows: list[Row] = [("", key, {}) for key in sorted(pin.keys)]
        blobs = ("", None, {str(number): digest for number, digest in enumerate(sorted(pin.blobs))})
        yield Root(RootKind.PIN, pin.name, pin.since, [Group((*rows, blobs))])


def package_group(path: Path) -> Group:
    """What a package names: the actions behind it, and the artifacts in it. Raises GraphbuildError."""
    manifest = read_manifest(path)
    try:
        actions: list[Row] = [(node, Digest(one["key"]), {}) for node, one in manifest["provenance"]["nodes"].items()]
        made = [(one["node"], None, {one["port"]: Digest(one["digest"])}) for one in manifest["artifacts"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise GraphbuildError(f"{path} does not say where it came from") from error
    return Group((*actions, *made))


def package_folders(store: Store) -> list[Path]:
    """Folders that builds on this store have written packages to."""
    names = [memo.key for memo in store.collection.memos() if memo.kind == PACKAGE_MEMO]
    kept = store.memos.get_many(PACKAGE_MEMO, names).values()
    return sorted({Path(json.loads(one)["path"]).parent for one in kept})


def package_files(store: Store) -> list[Path]:
    """The packages that lie in those folders now."""
    return [path for folder in package_folders(store) for path in sorted(folder.glob(f"*{ENDING}")) if path.is_file()]


def _packages(store: Store, unreadable: list[str]) -> Iterator[Root]:
    for path in package_files(store):
        try:
            yield Root(RootKind.PACKAGE, str(path), path.stat().st_mtime, [package_group(path)])
        except (GraphbuildError, OSError):
            unreadable.append(str(path))
