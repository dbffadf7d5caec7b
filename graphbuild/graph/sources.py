"""Which files a node reads: `reads` of a recipe turned into paths, and the folders whose listing that depends on.

Hidden files and folders, and folders that builds write to, are passed over. Links are followed as long as they stay in
the project, or in the folder that was named. What would never end, such as a pipe, is refused. Reads no content.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from graphbuild.errors import Location, Problem

_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class Listing:
    """Files in canonical order, as paths relative to the project (absolute ones outside it), and folders walked."""

    files: tuple[str, ...]
    folders: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    """Words of `reads` that name nothing."""
    refused: tuple[Problem, ...] = ()
    """What is there and is not read: links that lead out of the project or nowhere, pipes, devices."""
    absent: tuple[Path, ...] = ()
    """Alternatives that are not there; were they, they would be read instead."""
    chosen: tuple[Path, ...] = ()
    """Alternatives that are there; were they not, others would be read."""


def list_files(project: Path, reads: Sequence[str], suffixes: Sequence[str]) -> Listing:
    """The files that `reads` names: files as they are, folders with all that is below them, globs."""
    finder = _Finder(project, tuple(suffixes))
    files: set[str] = set()
    missing = []
    absent: list[Path] = []
    picked: list[Path] = []
    for word in reads:
        *before, chosen = _up_to_first(project, alternatives(word))
        absent += [project / one for one in before]
        if not chosen:
            continue
        if before or chosen != word:
            (picked if (project / chosen).exists() else absent).append(project / chosen)
        found = list(finder.expand(chosen))
        if not found and not (project / chosen).exists():
            missing.append(word)
        files.update(_label(project, path) for path in found)
    folders = tuple(dict.fromkeys(finder.folders))
    refused = tuple(finder.refused[label] for label in sorted(finder.refused))
    return Listing(tuple(sorted(files)), folders, tuple(missing), refused, tuple(absent), tuple(picked))


def alternatives(word: str) -> list[str]:
    """The paths that a word of `reads` gives to choose from, such as `domain.yml | domain`: the first that exists.

    An empty one at the end stands for nothing: `words | ` is read if it is there.
    """
    return [one.strip() for one in word.split(" | ")]


def _up_to_first(project: Path, paths: list[str]) -> list[str]:
    """The paths up to the first that is there; all when none is."""
    there = next((place for place, path in enumerate(paths) if (project / path).exists()), len(paths) - 1)
    return paths[: there + 1]


class _Finder:
    """Walks folders, and remembers which, and what it passed over."""

    def __init__(self, project: Path, suffixes: tuple[str, ...]) -> None:
        self._project = project
        self._suffixes = suffixes
        self.folders: list[Path] = []
        self.refused: dict[str, Problem] = {}

    def expand(self, word: str) -> Iterator[Path]:
        """The files that one word of `reads` names."""
        path = self._project / word
        if path.is_dir():
            yield from self._walk(path)
        elif path.exists():
            # One that was named itself may be a link to anywhere, but not to anything.
            if self._is_file(path, path.stat()):
                yield path
        elif _GLOB & set(word):
            yield from self._glob(word)

    def _walk(self, top: Path) -> Iterator[Path]:
        inside = (top.resolve(), self._project.resolve())
        seen: set[tuple[int, int]] = set()
        for folder, names, files in os.walk(top, followlinks=True):
            status = os.stat(folder)  # noqa: PTH116 - a hot path of strings
            if (status.st_dev, status.st_ino) in seen:
                names[:] = []  # A link that leads back: all of it was here before.
                continue
            seen.add((status.st_dev, status.st_ino))
            self.folders.append(Path(folder))
            kept = sorted(name for name in names if not name.startswith((".", "__pycache__")))
            names[:] = [name for name in kept if self._is_inside(f"{folder}/{name}", inside)]
            for name in files:
                wanted = not name.startswith(".") and (not self._suffixes or name.lower().endswith(self._suffixes))
                if wanted and self._is_inside(f"{folder}/{name}", inside):
                    yield Path(folder, name)

    def _is_inside(self, path: str, folders: tuple[Path, ...]) -> bool:
        """Whether it is a file or a folder that may be read; else it is refused."""
        try:
            status = os.lstat(path)
            if stat.S_ISLNK(status.st_mode):
                target = Path(os.path.realpath(path))  # which gives up on a link to itself, and does not raise
                if not any(target.is_relative_to(folder) for folder in folders):
                    hint = "copy it into the project, or name what it leads to itself"
                    return self._refuse(path, "this link leads out of the project, and is not followed", hint)
                status = os.stat(path)  # noqa: PTH116 - few are links
        except OSError:
            return self._refuse(path, "this link leads nowhere", "remove it, or mend what it leads to")
        return stat.S_ISDIR(status.st_mode) or self._is_file(path, status)

    def _is_file(self, path: str | Path, status: os.stat_result) -> bool:
        if not stat.S_ISREG(status.st_mode):
            return self._refuse(path, "this is no file that can be read, but a pipe, a socket or a device", "remove it")
        try:
            str(path).encode()
        except UnicodeEncodeError:
            return self._refuse(path, "the name of this file is not UTF-8", "give it another name")
        return True

    def _refuse(self, path: str | Path, what: str, hint: str) -> bool:
        label = os.fsencode(_label(self._project, Path(path))).decode("utf-8", "backslashreplace")
        self.refused[label] = Problem(what, Location(label), hint=hint)
        return False

    def _glob(self, pattern: str) -> Iterator[Path]:
        fixed = []
        for part in Path(pattern).parts:
            if _GLOB & set(part):
                break
            fixed.append(part)
        base = self._project.joinpath(*fixed)
        inside = (base.resolve(), self._project.resolve())
        # A new folder anywhere below may match, so every folder below the fixed part is watched.
        matches = {path for path in base.glob(str(Path(*Path(pattern).parts[len(fixed) :]))) if not path.is_dir()}
        for folder, names, _ in os.walk(base):
            self.folders.append(Path(folder))
            names[:] = [name for name in names if not name.startswith(".")]
        for path in matches:
            is_hidden = any(part.startswith(".") for part in path.relative_to(base).parts)
            if not is_hidden and self._is_inside(str(path), inside):
                yield path


def _label(project: Path, path: Path) -> str:
    try:
        return path.relative_to(project).as_posix()
    except ValueError:
        return path.as_posix()
