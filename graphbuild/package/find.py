"""Finds the package that was named: a file, or the newest of a folder."""

from __future__ import annotations

from pathlib import Path

from graphbuild.errors import Problem, UsageError

ENDING = ".tar.gz"
HINT = "`graphbuild train` writes one into models/"


def find_package(path: Path, hint: str = HINT) -> Path:
    """A package, or the newest one of a folder. Raises UsageError, with a hint."""
    if path.is_dir():
        packages = sorted(path.glob(f"*{ENDING}"), key=lambda one: (one.stat().st_mtime_ns, one.name))
        if not packages:
            raise UsageError(Problem(f"there is no model in the folder {path}", hint=hint))
        return packages[-1]
    if not path.exists():
        raise UsageError(Problem(f"there is no model {path}", hint=hint))
    if not path.name.endswith(ENDING):
        raise UsageError(Problem(f"{path} is no model", hint=f"models end in {ENDING}; {hint}"))
    return path
