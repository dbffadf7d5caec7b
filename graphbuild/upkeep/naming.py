"""Finding what somebody names: a blob, an action, a package, a build. And pins, which are made of that."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterable
from pathlib import Path

from graphbuild.contract import digest as digests
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, UsageError
from graphbuild.history.held import Group, held_builds
from graphbuild.history.read import LAST
from graphbuild.package.find import ENDING
from graphbuild.store.interface import Inventory, Pin, Store
from graphbuild.upkeep.roots import package_group

_FIGURES = re.compile(rf"(?:{digests.PREFIX})?([0-9a-f]{{6,64}})")


def make_pin(store: Store, name: str, project: Path) -> Pin:
    """The pin of what is named. Raises UsageError, GraphbuildError."""
    path = project / name
    if name.endswith(ENDING):
        if not path.is_file():
            raise UsageError(Problem(f"there is no package {path}"))
        return _pin(str(path.resolve()), "package", [package_group(path)])
    builds = [build for held in held_builds(store).values() for build in held]
    builds.sort(key=lambda build: build.used)
    found = [one for one in builds if one.name == name or one.name.startswith(name) or one.name.endswith(f"-{name}")]
    if name == LAST:
        found = builds[-1:]
    if len(found) == 1:
        return _pin(found[0].name, "build", found[0].groups)
    if len(found) > 1:
        raise UsageError(Problem(f"`{name}` may be any of {len(found)} builds", hint="write more of the name"))
    if _FIGURES.fullmatch(name) is None:
        close = difflib.get_close_matches(name, [LAST, *(build.name for build in builds)], n=1)
        hint = (
            f"did you mean `{close[0]}`?"
            if close
            else "name a digest, a package file, or a build of `graphbuild builds`"
        )
        raise UsageError(Problem(f"there is no build, package or digest `{name}`", hint=hint))
    inventory = store.collection.inventory()
    digest = find_digest(inventory, name)
    is_action = digest in inventory.actions
    keys, blobs = (
        (frozenset([digest]), frozenset[Digest]()) if is_action else (frozenset[Digest](), frozenset([digest]))
    )
    return Pin(digest, "action" if is_action else "blob", time.time(), keys, blobs)


def find_pin(store: Store, name: str, project: Path) -> str:
    """The name of the pin that is meant. Raises UsageError."""
    pins = [pin.name for pin in store.pins.all()]
    wanted = {name, str((project / name).resolve()), digests.PREFIX + name}
    found = [pin for pin in pins if pin in wanted] or [
        pin for pin in pins if pin.removeprefix(digests.PREFIX).startswith(name.removeprefix(digests.PREFIX))
    ]
    if len(found) != 1:
        what = f"`{name}` may be any of {len(found)} pins" if found else f"there is no pin `{name}`"
        raise UsageError(Problem(what, hint="`graphbuild store pin` lists them"))
    return found[0]


def find_digest(inventory: Inventory, name: str) -> Digest:
    """The blob or the action whose digest begins so. Raises UsageError."""
    figures = _FIGURES.fullmatch(name)
    if figures is None:
        raise UsageError(
            Problem(f"`{name}` is no digest", hint="at least 6 hexadecimal figures, with `blake3:` or without")
        )
    start = digests.PREFIX + figures[1]
    found = _beginning(inventory.blobs, start) | _beginning(inventory.actions, start)
    if len(found) != 1:
        what = (
            f"`{name}` may be any of {len(found)} digests" if found else f"nothing in the store has the digest {name}"
        )
        raise UsageError(Problem(what, hint="write more figures" if found else None))
    return found.pop()


def _beginning(names: Iterable[Digest], start: str) -> set[Digest]:
    return {name for name in names if name.startswith(start)}


def _pin(name: str, kind: str, groups: Iterable[Group]) -> Pin:
    keys = frozenset(key for group in groups for key in group.keys)
    return Pin(name, kind, time.time(), keys, frozenset(blob for group in groups for blob in group.blobs))
