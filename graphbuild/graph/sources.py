"""Which files a node reads: `reads` of a recipe turned into paths, and the folders whose listing that depends on.

Hidden files and folders, and folders that builds write to, are passed over. Reads no content.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class Listing:
    """Files in canonical order, as paths relative to the project (absolute ones outside it), and folders walked."""

    files: tuple[str, ...]
    folders: tuple[Path, ...]
    missing: tuple[str, ...] = ()
    """Words of `reads` that name nothing."""


def list_files(project: Path, reads: Sequence[str], suffixes: Sequence[str]) -> Listing:
    """The files that `reads` names: files as they are, folders with all that is below them, globs."""
    files: set[str] = set()
    folders: list[Path] = []
    missing = []
    for word in reads:
        found = list(_expand(project, word, suffixes, folders))
        if not found and not (project / word).is_dir():
            missing.append(word)
        files.update(_label(project, path) for path in found)
    return Listing(tuple(sorted(files)), tuple(dict.fromkeys(folders)), tuple(missing))


def _expand(project: Path, word: str, suffixes: Sequence[str], folders: list[Path]) -> Iterator[Path]:
    path = project / word
    if path.is_dir():
        yield from _walk(path, tuple(suffixes), folders)
    elif path.is_file():
        yield path
    elif _GLOB & set(word):
        yield from _glob(project, word, folders)


def _walk(top: Path, suffixes: tuple[str, ...], folders: list[Path]) -> Iterator[Path]:
    for folder, names, files in os.walk(top, followlinks=True):
        folders.append(Path(folder))
        names[:] = sorted(name for name in names if not name.startswith((".", "__pycache__")))
        for name in files:
            if not name.startswith(".") and (not suffixes or name.lower().endswith(suffixes)):
                yield Path(folder, name)


def _glob(project: Path, pattern: str, folders: list[Path]) -> Iterator[Path]:
    fixed = []
    for part in Path(pattern).parts:
        if _GLOB & set(part):
            break
        fixed.append(part)
    base = project.joinpath(*fixed)
    # A new folder anywhere below may match, so every folder below the fixed part is watched.
    matches = {path for path in base.glob(str(Path(*Path(pattern).parts[len(fixed) :]))) if path.is_file()}
    for folder, names, _ in os.walk(base):
        folders.append(Path(folder))
        names[:] = [name for name in names if not name.startswith(".")]
    yield from (path for path in matches if not any(part.startswith(".") for part in path.relative_to(base).parts))


def _label(project: Path, path: Path) -> str:
    try:
        return path.relative_to(project).as_posix()
    except ValueError:
        return path.as_posix()
