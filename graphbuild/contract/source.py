"""What an importer is given: a file, or a tree of files, of the user's project.

Their identity is their content (and, in a tree, the relative paths). A file's own path is for messages only: it is
not part of the action key, so a component must not let it reach an output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SourceFile:
    """One file. `label` is its path as the user would write it, for error messages."""

    path: Path
    label: str

    @property
    def suffix(self) -> str:
        """The lower-cased ending, as in `.yml`; part of the action key."""
        return self.path.suffix.lower()

    def read(self) -> bytes:
        """The content. Raises OSError."""
        return self.path.read_bytes()

    def read_text(self) -> str:
        """The content as UTF-8, without a byte order mark. Raises OSError, UnicodeDecodeError."""
        return self.read().decode("utf-8-sig")


@dataclass(frozen=True)
class SourceTree:
    """Files by their path relative to the folder, with forward slashes, sorted."""

    files: Mapping[str, SourceFile]
