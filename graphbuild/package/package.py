"""Package: the targets of a build in one archive with a manifest that says what it holds and where that came from.

    manifest.json        the table of contents: predict graph, artifacts by node and port, provenance of every node
    artifacts/<digest>   each artifact once, as encoded

The package key covers what using the package depends on (artifacts, predict graph), not the provenance: a build that
would give the same assistant names the earlier package and writes none. docs/package-format.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.artifact import ArtifactFormatError, decode_json, encode_json
from graphbuild.contract.digest import Digest
from graphbuild.errors import GraphbuildError, Problem
from graphbuild.graph.graph import Graph
from graphbuild.package.archive import read_archive, write_archive
from graphbuild.package.key import FORMAT, Outputs, contents, package_key
from graphbuild.store.interface import BlobStore

MANIFEST = "manifest.json"
MANIFEST_LIMIT_BYTES = 64 << 20
"""It is read as JSON, which takes many times its size."""
FOLDER = "artifacts/"


@dataclass(frozen=True)
class Package:
    """A package as it is read: its manifest, and its artifacts by digest."""

    manifest: Mapping[str, Any]
    artifacts: Mapping[Digest, bytes]


def write_package(path: Path, graph: Graph, outputs: Outputs, provenance: Mapping[str, Any], blobs: BlobStore) -> None:
    """Writes the package of a finished build. Equal builds give equal bytes. Raises BlobLost, OSError."""
    write_archive(path, members(graph, outputs, provenance, blobs))


def read_package(path: Path) -> Package:
    """A package, or a folder that one was left in, every artifact verified. Raises GraphbuildError if not whole."""
    found = dict(_folder(path) if path.is_dir() else read_archive(path, {MANIFEST: MANIFEST_LIMIT_BYTES}))
    if MANIFEST not in found:
        raise GraphbuildError(Problem(f"{path} is not a graphbuild package: it has no {MANIFEST}"))
    manifest = _manifest(path, found.pop(MANIFEST))
    artifacts = {Digest(digest.PREFIX + name.removeprefix(FOLDER)): data for name, data in found.items()}
    wrong = [name for name, data in artifacts.items() if digest.of_bytes(data) != name]
    missing = [one["digest"] for one in manifest["artifacts"] if one["digest"] not in artifacts]
    if wrong or missing:
        raise GraphbuildError(Problem(f"{path} is damaged: artifact {(wrong or missing)[0]}"))
    return Package(manifest, artifacts)


@contextmanager
def whole(path: Path) -> Iterator[None]:
    """For those who look into its manifest: GraphbuildError where that is not what it should be."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GraphbuildError(Problem(f"{path} is damaged: its manifest cannot be read")) from error


def _manifest(path: Path, data: bytes) -> dict[str, Any]:
    """The table of contents, as far as reading the rest depends on it. Raises GraphbuildError."""
    try:
        manifest: dict[str, Any] = decode_json(data)
        known = manifest["format"]
        if known == FORMAT:
            # A newer format may look different inside, so only ours is looked at.
            _ = {one["digest"] for one in manifest["artifacts"]}
    except (ArtifactFormatError, KeyError, TypeError, RecursionError) as error:
        raise GraphbuildError(Problem(f"{path} is damaged: its {MANIFEST} cannot be read")) from error
    if known != FORMAT:
        raise GraphbuildError(Problem(f"{path} is a package of format {known}; this graphbuild reads {FORMAT}"))
    return manifest


def _folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """The members of a package that lies unpacked in a folder; what else is there is none."""
    try:
        for file in (path / MANIFEST, *sorted((path / FOLDER).glob("*"))):
            if file.is_file() and not file.is_symlink():
                yield file.relative_to(path).as_posix(), file.read_bytes()
    except OSError as error:
        raise GraphbuildError(Problem(f"{path} cannot be read: {error.strerror}")) from error


def members(
    graph: Graph, outputs: Outputs, provenance: Mapping[str, Any], blobs: BlobStore
) -> Iterator[tuple[str, bytes]]:
    """The names and contents of all that is in the package of a finished build. Raises BlobLost."""
    table = contents(graph, outputs)
    manifest = {"format": FORMAT, "key": package_key(graph, outputs), **table, "provenance": provenance}
    yield MANIFEST, encode_json(manifest)
    for name in sorted({one["digest"] for one in manifest["artifacts"]}):
        yield FOLDER + name.removeprefix(digest.PREFIX), blobs.get(name)
