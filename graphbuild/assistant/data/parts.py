"""Parts: what one source file says, in the order in which it says it. The merges make the canonical values of them.

Places are kept apart (Records, Warnings), so that a comment or a blank line changes no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import msgspec

from graphbuild.assistant.data.example_rows import Example, ExampleRows
from graphbuild.assistant.data.stories import Checkpoint, Event
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.columns import Array, ColumnsArtifact

__all__ = [
    "DomainPart",
    "EntityEntry",
    "Example",
    "IntentEntry",
    "Lookup",
    "NLUPart",
    "PlainArtifact",
    "ResponsesPart",
    "StoryBlock",
    "StoryElement",
    "StoryPart",
    "Synonym",
    "Warnings",
]


class PlainArtifact(JsonArtifact):
    """A JSON artifact that is a dataclass of plain values: its fields are its encoding."""

    def to_plain(self) -> Any:
        return msgspec.to_builtins(self)

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return msgspec.convert(plain, cls)


@dataclass(frozen=True)
class Warnings(PlainArtifact):
    """What is odd in a file but does not stop a build. Rows of (line, what, hint); line 0 stands for the whole file."""

    type_name: ClassVar[str] = "Warnings.v1"
    rows: tuple[tuple[int, str, str | None], ...] = ()


@dataclass(frozen=True)
class Synonym:
    """A surface text and the value that it stands for; implied when an annotation says so and no synonym section."""

    surface: str
    value: str
    is_implied: bool = False


@dataclass(frozen=True)
class Lookup:
    """A named list of phrases, written where it stands or in a file of its own (its path as written)."""

    name: str
    elements: tuple[str, ...]
    file: str | None = None


@dataclass(frozen=True)
class NLUPart(ColumnsArtifact):
    """The `nlu:` section of one file."""

    type_name: ClassVar[str] = "NLUPart.v2"
    examples: Sequence[Example] = ()
    """Read back, they are ExampleRows."""
    synonyms: tuple[Synonym, ...] = ()
    regexes: tuple[tuple[str, str], ...] = ()
    """(name, pattern)"""
    lookups: tuple[Lookup, ...] = ()

    @property
    def rows(self) -> ExampleRows:
        """The examples in columns."""
        return self.examples if isinstance(self.examples, ExampleRows) else ExampleRows.of(self.examples)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays, metadata = self.rows.to_columns()
        rest = {"synonyms": self.synonyms, "regexes": self.regexes, "lookups": self.lookups}
        return arrays, {"metadata": metadata, **msgspec.to_builtins(rest)}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(
            ExampleRows.from_columns(arrays, plain["metadata"]),
            msgspec.convert(plain["synonyms"], tuple[Synonym, ...]),
            msgspec.convert(plain["regexes"], tuple[tuple[str, str], ...]),
            msgspec.convert(plain["lookups"], tuple[Lookup, ...]),
        )


@dataclass(frozen=True)
class ResponsesPart(PlainArtifact):
    """The `responses:` section of one file of training data, and the retrieval intents that its examples name.

    The domain needs both: each retrieval intent `faq` brings an action `utter_faq`.
    """

    type_name: ClassVar[str] = "ResponsesPart.v1"
    responses: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = ()
    """(name, variations)"""
    retrieval_intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class DomainResponses(PlainArtifact):
    """The responses to retrieval intents in one domain file."""

    type_name: ClassVar[str] = "DomainResponses.v1"
    responses: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = ()
    """(name, variations)"""


@dataclass(frozen=True)
class StoryElement:
    """One element of a story: the event that happens, a choice of several (`or`), or a checkpoint."""

    events: tuple[Event, ...] = ()
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class StoryBlock:
    """A story or a rule as it is written; the conditions of a rule are its first elements."""

    name: str
    is_rule: bool
    elements: tuple[StoryElement, ...]


@dataclass(frozen=True)
class StoryPart(PlainArtifact):
    """The `stories:` and `rules:` sections of one file."""

    type_name: ClassVar[str] = "StoryPart.v1"
    blocks: tuple[StoryBlock, ...] = ()


@dataclass(frozen=True)
class IntentEntry:
    """An intent of a domain: which entities count after it. `use` is None for all of them."""

    name: str
    use: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    triggers: str | None = None
    """The action that Rasa 1's MappingPolicy runs after it; without that policy nobody does, and validation says so."""


@dataclass(frozen=True)
class EntityEntry:
    """An entity type of a domain."""

    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influences: bool = True


@dataclass(frozen=True)
class DomainPart(PlainArtifact):
    """One domain file."""

    type_name: ClassVar[str] = "DomainPart.v1"
    intents: tuple[IntentEntry, ...] = ()
    entities: tuple[EntityEntry, ...] = ()
    slots: tuple[tuple[str, dict[str, Any]], ...] = ()
    """(name, definition as written)"""
    responses: tuple[tuple[str, tuple[dict[str, Any], ...]], ...] = ()
    actions: tuple[tuple[str, bool], ...] = ()
    """(name, whether the action server gets the whole domain)"""
    forms: tuple[tuple[str, dict[str, Any]], ...] = ()
    """(name, required_slots and ignored_intents, and in Rasa 2 the mappings of its slots)"""
    e2e_actions: tuple[str, ...] = ()
    session: dict[str, Any] = field(default_factory=dict)
    """The `session_config` as written."""
    config: dict[str, Any] = field(default_factory=dict)
    is_legacy: bool = False
    """Whether the file is one of Rasa 1 or 2: `domain_merge` makes of it what it means in Rasa 3."""
