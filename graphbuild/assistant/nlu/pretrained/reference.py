"""Reference: which model a component uses, as an artifact. The model itself stays where it is.

Its identity is part of it, so that another model under the same name is another artifact, and what used the old one
runs again. Paths are as the recipe writes them: relative to the project.
"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from graphbuild.contract import digest
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Named
from graphbuild.contract.source import SourceTree
from graphbuild.contract.toolchain import versions


@dataclass(frozen=True)
class Reference(JsonArtifact):
    """A model by its name (a path, a distribution, a name on a hub) and its identity."""

    name: str
    identity: str
    """Digest of its files, version of its distribution, or revision on a hub."""

    def to_plain(self) -> Any:
        return dataclasses.asdict(self)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(**plain)

    def place(self, project: Path) -> str:
        """The path, where there is something; else the name, for the library to find."""
        path = project / self.name
        return str(path) if path.exists() else self.name


def named_model(name: str, project: Path) -> Named | None:
    """What the identity of a model depends on: its files, or the distribution of its name; None when it is neither."""
    if (project / name).exists():
        return Named(reads=(f"{name} | ",))
    if "/" not in name and versions((name,)):
        # Files of that name would come first.
        return Named(reads=(f"{name} | ",), distributions=(name,))
    return None


def identity_of(name: str, files: SourceTree | None) -> str | None:
    """The identity of a model in the project's files, or of an installed one; None where it is neither."""
    if files is not None and files.files:
        inside = ((os.path.relpath(label, name), file) for label, file in files.files.items())
        return digest.of_value([[label, digest.of_file(file.path)] for label, file in inside])
    found = versions((name,)) if "/" not in name else {}
    return next((f"{one} {version}" for one, version in found.items()), None)
