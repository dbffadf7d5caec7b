"""Which folders are listened to, and which of their files count. Notices only wake; what they mean, a plan tells.

The folders of the project, without hidden ones, installed packages and what builds write; and those of files that a
build reads elsewhere: bases of the recipe, data and components outside the project, what links lead to.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath

_PASSED_OVER = frozenset({"__pycache__", "node_modules"})
_ENVIRONMENT = "pyvenv.cfg"
_PASSING = ("~", ".swp", ".swx", ".swo", ".tmp", ".temp", ".bak", ".pyc", ".part", ".crdownload", "___jb_tmp___")
"""How names of files end that editors and others write beside what is saved."""
_PROBES = frozenset({"4913"})
"""What vim makes to see whether it may."""
_GRAIN_NS = 50_000_000
_INSTALLED = tuple(dict.fromkeys((sys.prefix, sys.base_prefix)))

Identity = tuple[int, int]


@dataclass(frozen=True)
class Watched:
    """Folders that are listened to, and files that count there."""

    project: Path
    folders: Mapping[Path, Identity] = field(default_factory=dict)
    """With device and inode: a folder that was replaced is listened to anew."""
    files: frozenset[str] = frozenset()
    """What a build reads, as absolute paths."""

    def counts(self, path: str) -> bool:
        """Whether a build may read what changed there."""
        if path in self.files:
            return True
        name = PurePath(path).name
        hidden = any(part.startswith(".") for part in PurePath(self.label(path)).parts if part != "..")
        return not (hidden or name.startswith("#") or name.endswith(_PASSING) or name in _PROBES)

    def label(self, path: str) -> str:
        """A path as one would write it in the project."""
        place = PurePath(path)
        return place.relative_to(self.project).as_posix() if place.is_relative_to(self.project) else path


def watched(project: Path, files: Iterable[str], folders: Iterable[str], written: Iterable[Path]) -> Watched:
    """What to listen to. `files` and `folders`: what a build reads; `written`: folders that builds write to."""
    read = frozenset(files)
    out = {os.path.realpath(one) for one in written}
    found = dict(_below(project, out))
    paths = [Path(one) for one in read]
    beside = {*map(Path, folders), *(one.parent for one in paths)}
    beside |= {one.resolve().parent for one in paths if one.is_symlink()}
    for folder in sorted(beside):
        path = _nearest(folder)
        if path not in found and not _is_installed(folder) and (status := _identity(path)) is not None:
            found[path] = status
    return Watched(project, found, read)


def python_files(found: Watched) -> Iterator[str]:
    """The modules in folders that are listened to."""
    for folder in found.folders:
        try:
            with os.scandir(folder) as entries:
                yield from (entry.path for entry in entries if entry.name.endswith(".py"))
        except OSError:
            continue


def settled(states: Mapping[str, tuple[int, ...]], looked_at_ns: int) -> dict[str, tuple[int, ...]]:
    """Those of files that had not changed just then: within the grain of its clock one may change again unseen."""
    since = looked_at_ns - _GRAIN_NS
    return {file: state for file, state in states.items() if state and max(state[2], state[3]) < since}


def state_of(file: str) -> tuple[int, ...]:
    """What tells one state of a file from another, without reading it; nothing where it is gone."""
    try:
        status = os.stat(file)  # noqa: PTH116 - a project may have many thousand
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size


def _below(project: Path, written: set[str]) -> Iterator[tuple[Path, Identity]]:
    """The folders of a project that may hold what a build reads, each once."""
    seen: set[Identity] = set()
    for folder, names, files in os.walk(project, followlinks=True):
        identity = _identity(Path(folder))
        is_left_out = _ENVIRONMENT in files or os.path.realpath(folder) in written
        if identity is None or identity in seen or is_left_out:
            names[:] = []
            continue
        seen.add(identity)
        names[:] = [name for name in names if not name.startswith(".") and name not in _PASSED_OVER]
        yield Path(folder), identity


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there: where it would come back."""
    return next((one for one in (folder, *folder.parents) if one.is_dir()), folder)


def _is_installed(folder: Path) -> bool:
    return any(folder.is_relative_to(place) for place in _INSTALLED)


def _identity(path: Path) -> Identity | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
