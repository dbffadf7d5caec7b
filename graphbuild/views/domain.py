"""Domain: a domain as a value, whichever files said it. Trainings take it; a project gives it."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from graphbuild.assistant.data.domain_document import read_document
from graphbuild.assistant.data.domain_merge import document_of, merge_domain, space_of
from graphbuild.assistant.data.parts import DomainPart
from graphbuild.assistant.data.readers.domain_yaml import read_domain
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_events import variables_in
from graphbuild.errors import Problem, UsageError
from graphbuild.given import json_text

_SUFFIXES = (".yml", ".yaml")
_GIVEN = "domain"
_VERSION = "version"


@dataclass(frozen=True, eq=False)
class Domain(Mapping[str, Any]):
    """What one file would say: a mapping of Rasa's sections, names sorted. Equal to any that says the same."""

    _document: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, source: str | Path | Mapping[str, Any]) -> Self:
        """The domain of a file, of all files of a folder, or of what would stand in a file.

        Raises UsageError where there is none, DataError with all that is wrong in it.
        """
        if isinstance(source, Mapping):
            text = json_text(source, _GIVEN)
            return cls._of([_part(SourceFile(Path(f"{_GIVEN}.yml"), _GIVEN, content=text.encode()))])
        if not isinstance(source, str | Path):
            raise UsageError(f"a domain is a path, a folder or a mapping, and not {source!r}")
        path = Path(source)
        if not path.exists():
            raise UsageError(Problem(f"there is no domain {path}", hint="name a file or a folder"))
        return cls._of([_part(SourceFile(one, str(one))) for one in _files(path)])

    @classmethod
    def empty(cls) -> Self:
        """The domain that says nothing."""
        return cls()

    def merge(self, other: Domain) -> Self:
        """What both say. Raises DataError for a name that they define in two ways."""
        return self._of(
            [
                _part(SourceFile(Path(f"{name}.yml"), name, content=json.dumps(one.as_dict()).encode()))
                for name, one in (("this domain", self), ("the other domain", other))
            ]
        )

    def as_dict(self) -> dict[str, Any]:
        """A copy, made of dicts, lists and plain values."""
        return copy.deepcopy(dict(self._document))

    @property
    def intents(self) -> tuple[str, ...]:
        """Names of the intents that it lists."""
        return tuple(_names(self._document.get("intents", ())))

    @property
    def entities(self) -> tuple[str, ...]:
        """Names of its entities."""
        return tuple(_names(self._document.get("entities", ())))

    @property
    def slots(self) -> dict[str, Any]:
        """Definitions by name, without those that every assistant has."""
        return self.get("slots", {})  # type: ignore[no-any-return]

    @property
    def responses(self) -> dict[str, Any]:
        """Variations by name."""
        return self.get("responses", {})  # type: ignore[no-any-return]

    @property
    def forms(self) -> dict[str, Any]:
        """Definitions by name."""
        return self.get("forms", {})  # type: ignore[no-any-return]

    @property
    def action_names(self) -> tuple[str, ...]:
        """All that an assistant with it can do, default actions, responses and forms too, in the order of labels."""
        return tuple(space_of(read_document(self._document)).actions)

    def __getitem__(self, section: str) -> Any:
        return copy.deepcopy(self._document[section])

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __hash__(self) -> int:
        return hash(json.dumps(self._document, sort_keys=True, default=str))

    @classmethod
    def _of(cls, parts: list[DomainPart]) -> Self:
        document = document_of(merge_domain(parts, []))
        return cls(document if any(one for key, one in document.items() if key != _VERSION) else {})


def _part(source: SourceFile) -> DomainPart:
    variables = {name: os.environ.get(name) for name in variables_in(source.read())}
    reading = Reading(source.label)
    named = SourceFile(source.path, source.label, variables, content=source.read())
    part = read_domain(reading.open(named), reading)
    reading.finish()
    return part


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = (one for suffix in _SUFFIXES for one in path.rglob(f"*{suffix}") if one.is_file())
    return sorted(one for one in found if not any(part.startswith(".") for part in one.relative_to(path).parts))


def _names(entries: Any) -> Iterator[str]:
    for entry in entries:
        yield from [entry] if isinstance(entry, str) else entry
