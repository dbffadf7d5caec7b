"""A package that lies unpacked in a folder: the same members as in an archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract.temporaries import beside
from graphbuild.errors import Problem, UsageError
from graphbuild.graph.graph import Graph
from graphbuild.package.key import Outputs
from graphbuild.package.package import FOLDER, MANIFEST, members
from graphbuild.store.interface import BlobStore


def write_folder(path: Path, graph: Graph, outputs: Outputs, provenance: Mapping[str, Any], blobs: BlobStore) -> bool:
    """Writes the package of a finished build into a folder; whether anything had to be written.

    Artifacts come first and the manifest last, so that a folder with a manifest is whole; what an earlier model left
    there goes. Raises UsageError for a folder with anything else in it, BlobLost, OSError.
    """
    others = _others(path)
    if others:
        what = f"{path} holds {others[0]}, and would not be the model alone"
        raise UsageError(Problem(what, hint="name a new folder, or an empty one"))
    made = dict(members(graph, outputs, provenance, blobs))
    kept = {name for name, data in made.items() if _holds(path / name, data)}
    for name, data in sorted(made.items(), key=lambda one: one[0] == MANIFEST):
        if name not in kept:
            _write(path / name, data)
    for file in (path / FOLDER).glob("*"):
        if file.relative_to(path).as_posix() not in made:
            file.unlink()
    return kept != set(made)


def _others(path: Path) -> list[str]:
    """What lies in a folder beside a model."""
    if not path.is_dir():
        return [] if not path.exists() else [path.name]
    return sorted(one.name for one in path.iterdir() if one.name not in (MANIFEST, FOLDER.rstrip("/")))


def _holds(file: Path, data: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(data) and file.read_bytes() == data


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = beside(file)
    try:
        temporary.write_bytes(data)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
