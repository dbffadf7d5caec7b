"""What an importer is given: a file, or a tree of files, of the user's project.

Their identity is their content (and, in a tree, the relative paths). A file's own path is for messages only: it is
not part of the action key, so a component must not let it reach an output.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Mentions:
    """What the content of a file names that its meaning depends on too: environment variables, other files.

    Files are named as the content names them: relative to the project, or to the folder of the file that names them.
    """

    variables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceFile:
    """One file. `label` is its path as the user would write it, for error messages."""

    path: Path
    label: str
    variables: Mapping[str, str | None] = field(default_factory=dict)
    """Values of the environment variables that it mentions, as they count in the action key; None: not set."""
    others: Mapping[str, Path | None] = field(default_factory=dict)
    """The files that it mentions, by the words that it uses; None: not there, or outside of the project."""
    content: bytes | None = None
    """What it holds, where that is at hand already."""

    @property
    def suffix(self) -> str:
        """The lower-cased ending, as in `.yml`; part of the action key."""
        return self.path.suffix.lower()

    def read(self) -> bytes:
        """The content. Raises OSError."""
        return contents(self.path) if self.content is None else self.content

    def read_text(self) -> str:
        """The content as UTF-8, without a byte order mark. Raises OSError, UnicodeDecodeError."""
        return self.read().decode("utf-8-sig")


@dataclass(frozen=True)
class SourceTree:
    """Files by their path relative to the folder, with forward slashes, sorted."""

    files: Mapping[str, SourceFile]


def contents(path: Path, most: int = -1) -> bytes:
    """What a file holds, up to so many bytes. Raises OSError, also for what is no regular file.

    A pipe would be waited for, and a device may never end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file, but a folder, a pipe or a device")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def mentioned_file(project: Path, mentioned_by: str, word: str) -> Path | None:
    """A file that another one mentions: looked for in the project, then beside that one, and inside of both.

    Links are followed before that is decided. None where there is none.
    """
    here = (project / mentioned_by).parent
    for folder in (project, here):
        try:
            path = (folder / word).resolve()
            if path.is_file() and any(path.is_relative_to(one.resolve()) for one in (project, here)):
                return path
        except (OSError, ValueError, RuntimeError):  # a name that no file system takes, a link to itself
            continue
    return None
