"""Replacing: several files at once: all are written beside and read back before the first is put into its place."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from graphbuild.errors import Problem, UsageError


@dataclass(frozen=True)
class Change:
    """A file, its text as it was read (None for a new file), and its text to be."""

    path: Path
    old: str | None
    new: str


def replace_all(changes: Sequence[Change]) -> None:
    """Writes files. Raises UsageError where one cannot be, or is no longer what it was; then all stay as they were."""
    beside: list[tuple[Path, Path]] = []
    try:
        for change in changes:
            path = change.path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            there = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
            beside.append((there, path))
            there.write_bytes(change.new.encode())
            if there.read_bytes() != change.new.encode():
                raise UsageError(f"{path} was not written as it should be")
            if change.old is not None:
                shutil.copymode(path, there)
        for change in changes:
            now = change.path.read_bytes() if change.path.exists() else None
            if now != (change.old.encode() if change.old is not None else None):
                hint = "save again: it is read anew"
                raise UsageError(Problem(f"{change.path} was changed by somebody else meanwhile", hint=hint))
        for there, path in beside:
            there.replace(path)
    except OSError as error:
        raise UsageError(f"what was taught cannot be written: {error.filename}: {error.strerror or error}") from error
    finally:
        for there, _ in beside:
            there.unlink(missing_ok=True)
