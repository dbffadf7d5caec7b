"""New files in a folder, all of them or none: they are written beside it, and moved into place when all are there."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from graphbuild.errors import Problem, UsageError


def write_files(folder: Path, files: Mapping[str, str | Path], *, replaces: bool = False) -> None:
    """Writes texts, and copies of files, under their paths in `folder`, which is made where it is not there.

    Raises UsageError when something of that name is there and it does not replace, when a name leads out of the
    folder, or when it cannot be written.
    """
    outside = [name for name in files if not _is_inside(folder, name)]
    if outside:
        what = f"{outside[0]} would be written outside of {folder}"
        raise UsageError(Problem(what, hint="name another folder: --out DIR"))
    there = [name for name in files if os.path.lexists(folder / name)]
    if there and not replaces:
        more = f" and {len(there) - 1} more" if len(there) > 1 else ""
        what = f"{folder / there[0]}{more} would be overwritten"
        raise UsageError(Problem(what, hint="give --force to replace what is there, or another folder: --out DIR"))
    beside = folder.parent / f".{folder.name}-{secrets.token_hex(4)}"
    try:
        for name, content in files.items():
            _write(beside / name, content)
        _move(beside, folder, files)
    except OSError as error:
        raise UsageError(f"cannot write to {folder}: {error.strerror or error}") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _is_inside(folder: Path, name: str) -> bool:
    """Whether a name stays in the folder, also by the links that are there."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        return False
    return (folder / name).parent.resolve().is_relative_to(folder.resolve())


def _write(path: Path, content: str | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, "utf-8", newline="\n")
    else:
        shutil.copy2(content, path, follow_symlinks=False)


def _move(beside: Path, folder: Path, files: Mapping[str, str | Path]) -> None:
    if not folder.exists():
        beside.mkdir(parents=True, exist_ok=True)
        beside.replace(folder)
        return
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (beside / name).replace(folder / name)


def free_name(name: str, taken: Mapping[str, object], mark: str) -> str:
    """The name, or where it is taken already one with `mark` or a number in it."""
    path = PurePosixPath(name)
    marks = [mark, *(f"{mark}-{number}" for number in range(2, len(taken) + 3))]
    names = [name, *(str(path.with_name(f"{path.stem}-{one}{path.suffix}")) for one in marks)]
    return next(one for one in names if one not in taken)


def replace_text(path: Path, text: str) -> None:
    """Puts a text in the place of a file, whole. Raises UsageError where it cannot be written."""
    beside = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        beside.write_bytes(text.encode())
        shutil.copymode(path, beside)
        beside.replace(path.resolve())
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"cannot write to {path}: {error.strerror or error}") from error
