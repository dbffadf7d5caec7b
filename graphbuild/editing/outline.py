"""An outline of YAML: keys, items and texts as they stand there, and where the cursor is. Values without behaviour.

`reading` makes one of any text. Knows nothing of what the words mean.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys of mappings and places in lists, from the top."""


class Shape(enum.Enum):
    """What a value is, as far as it is written."""

    NOTHING = enum.auto()
    TEXT = enum.auto()
    MAPPING = enum.auto()
    LIST = enum.auto()


class Role(enum.Enum):
    """What stands at the cursor."""

    KEY = enum.auto()
    """A key of the mapping at its path."""
    VALUE = enum.auto()
    """The value at its path."""
    OPEN = enum.auto()
    """Either: a line that has only begun."""
    NONE = enum.auto()
    """Nothing that could be told: a comment, a block of text."""


@dataclass
class Part:
    """A value as far as it is written."""

    shape: Shape = Shape.NOTHING
    text: str = ""
    entries: list[Entry] = field(default_factory=list)

    def get(self, key: str | int) -> Part | None:
        """The value of a key, or an item."""
        if isinstance(key, int):
            return self.entries[key].value if self.shape is Shape.LIST and 0 <= key < len(self.entries) else None
        return next((one.value for one in self.entries if one.key == key), None)

    def at(self, path: Path) -> Part | None:
        """What a path leads to."""
        part: Part | None = self
        for step in path:
            part = part.get(step) if part is not None else None
        return part

    def said(self, *path: str | int) -> str | None:
        """The text at a path, where there is one."""
        part = self.at(path)
        return part.text if part is not None and part.shape is Shape.TEXT else None

    @property
    def keys(self) -> list[str]:
        """The keys of a mapping, but the one at the cursor."""
        return [one.key for one in self.entries if one.key is not None and not one.is_at_cursor]


@dataclass
class Entry:
    """A key with its value, or an item of a list (without one)."""

    key: str | None
    value: Part = field(default_factory=Part)
    is_at_cursor: bool = False


@dataclass(frozen=True)
class Cursor:
    """Where the cursor is. Columns count from 1."""

    role: Role = Role.NONE
    path: Path = ()
    word: str = ""
    """The whole word, or text, at the cursor."""
    before: str = ""
    """What of it stands before the cursor."""
    start: int = 1
    """The column of its first character."""
    end: int = 1
    """The column after what a completion would replace."""
    has_colon: bool = False
    """Whether it is a key that is complete."""
    is_bare_in_brackets: bool = False
    """Whether it is a text without quotes between brackets, which may have no brackets itself."""


@dataclass(frozen=True)
class Outline:
    """A text as it is understood."""

    root: Part
    cursor: Cursor
