"""Verifying a package: that it is whole, and says of itself what is so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract import digest
from graphbuild.errors import GraphbuildError, Problem
from graphbuild.package.key import FORMAT
from graphbuild.package.package import Package, read_package

_KEYED = ("language", "artifacts", "predict")
"""What the package key covers."""


@dataclass(frozen=True)
class Verified:
    """A package, and what is wrong with it."""

    package: Package
    problems: tuple[Problem, ...]


def verify_package(path: Path) -> Verified:
    """Every artifact against its digest, the key against what it covers.

    Raises GraphbuildError for a package that cannot be read at all, or whose artifacts are not what they are named.
    """
    package = read_package(path)
    manifest = package.manifest
    lacking = [name for name in (*_KEYED, "key", "provenance") if name not in manifest]
    if lacking:
        raise GraphbuildError(Problem(f"{path} is damaged: its manifest has no `{lacking[0]}`"))
    problems = []
    covered = {name: manifest[name] for name in _KEYED}
    if digest.of_value(["package", FORMAT, covered]) != manifest["key"]:
        problems.append(
            Problem(f"{path}: the key is not that of what it holds", facts=(("key", str(manifest["key"])),))
        )
    named = {one["digest"] for one in manifest["artifacts"]}
    problems += [
        Problem(f"{path}: holds an artifact that its manifest does not name", facts=(("artifact", name),))
        for name in sorted(package.artifacts.keys() - named)
    ]
    return Verified(package, tuple(problems))
