"""Projections of NLU data: what each kind of component reads of it, apart, so that an edit reaches its readers only.

All are canonical: sorted, without doubles. Knows nothing of files.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

from graphbuild.contract.artifact import JsonArtifact


@dataclass(frozen=True)
class Synonyms(JsonArtifact):
    """What to write for an entity's surface text: (surface, value) pairs, each surface once.

    Those given as synonyms and those that annotations imply (`[NY]{"entity": "city", "value": "New York"}`).
    """

    type_name: ClassVar[str] = "Synonyms.v1"
    pairs: tuple[tuple[str, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(pair) for pair in self.pairs]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(surface), str(value)) for surface, value in plain))

    @cached_property
    def values(self) -> dict[str, str]:
        """Surface -> value, as a table that is made once."""
        return dict(self.pairs)


@dataclass(frozen=True)
class Regexes(JsonArtifact):
    """Named regular expressions: (name, pattern) pairs; a name may have several patterns."""

    type_name: ClassVar[str] = "Regexes.v1"
    patterns: tuple[tuple[str, str], ...] = ()

    def to_plain(self) -> Any:
        return [list(pair) for pair in self.patterns]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(name), str(pattern)) for name, pattern in plain))


@dataclass(frozen=True)
class Lookups(JsonArtifact):
    """Named lists of phrases: (name, elements), each name once, its elements sorted."""

    type_name: ClassVar[str] = "Lookups.v1"
    tables: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def to_plain(self) -> Any:
        return [[name, list(elements)] for name, elements in self.tables]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple((str(name), tuple(str(element) for element in elements)) for name, elements in plain))


@dataclass(frozen=True)
class EntityTypes(JsonArtifact):
    """Entity types that some example carries."""

    type_name: ClassVar[str] = "EntityTypes.v1"
    names: tuple[str, ...] = ()

    def to_plain(self) -> Any:
        return list(self.names)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(str(name) for name in plain))


@dataclass(frozen=True)
class EntityParts(JsonArtifact):
    """Roles and groups that entities of some example have, as the domain labels them: `city#from`."""

    type_name: ClassVar[str] = "EntityParts.v1"
    labels: tuple[str, ...] = ()

    def to_plain(self) -> Any:
        return list(self.labels)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(str(label) for label in plain))


@dataclass(frozen=True)
class IntentNames(JsonArtifact):
    """Intents that some example has, and the keys of responses (`faq/hours`) beside their retrieval intents."""

    type_name: ClassVar[str] = "IntentNames.v1"
    names: tuple[str, ...] = ()

    @property
    def intents(self) -> tuple[str, ...]:
        """Those without a response."""
        return tuple(name for name in self.names if "/" not in name)

    def responses(self, intent: str | None) -> tuple[str, ...]:
        """The keys of a retrieval intent, or of all."""
        keys = (name for name in self.names if "/" in name)
        return tuple(key for key in keys if intent is None or key.partition("/")[0] == intent)

    def to_plain(self) -> Any:
        return list(self.names)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(str(name) for name in plain))
