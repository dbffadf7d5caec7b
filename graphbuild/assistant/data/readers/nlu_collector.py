"""Collects what a reader of NLU data finds into an NLUPart, and records where it stands. Knows no format.

Records have the ports and keys of `nlu_yaml`, so that a file keeps its history when it is converted.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.parts import Example, Lookup, NLUPart, Synonym
from graphbuild.assistant.data.readers.entity_markup import MarkupError, read_markup
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.subjects import example_record, synonym_subject
from graphbuild.contract.location import Location
from graphbuild.contract.yaml_tree import Yaml

_INTENT = re.compile("[^/]+(/[^/]+)?")
_MARKUP = 'an annotation is written [text](type) or [text]{"entity": "type", "value": "..."}'


@dataclass(frozen=True)
class Label:
    """What an example is an example of: an intent, and the response key (`faq/ask_name`) of a retrieval intent."""

    intent: str
    response_key: str | None = None

    def __str__(self) -> str:
        return self.response_key or self.intent


class NLUCollector:
    """What one file says so far. Names and texts come as they count; what is wrong is told to the reading."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._examples: list[Example] = []
        self._synonyms: list[Synonym] = []
        self._regexes: list[tuple[str, str]] = []
        self._tables: dict[str, list[str]] = {}
        self._files: list[Lookup] = []

    def part(self) -> NLUPart:
        """All of it. The lookups of one name are one table."""
        tables = [Lookup(name, tuple(elements)) for name, elements in self._tables.items()]
        return NLUPart(tuple(self._examples), tuple(self._synonyms), tuple(self._regexes), (*tables, *self._files))

    def label(self, name: str, where: Location | Yaml) -> Label | None:
        """The label that a name such as `faq` or `faq/ask_name` stands for; a problem and None for anything else."""
        name = name.strip()
        if _INTENT.fullmatch(name):
            intent, _, sub = name.partition("/")
            return Label(intent.strip(), name if sub else None)
        self._reading.problem(f"intent `{name}` must have the form `intent` or `intent/part`", where)
        return None

    def annotated(self, label: Label, written: str, where: Location) -> None:
        """An example with its annotations in the text; the synonyms that they imply are taken too."""
        try:
            text, spans = read_markup(written)
        except MarkupError as error:
            self._reading.problem(f"{error}, in an example of `{label}`: {written}", where, _MARKUP)
            return
        self._add(label, text, spans)
        self._record("messages", f"{label}: {written}", where, example_record(str(label), written))
        if written != text:
            self._reading.place(example_record(str(label), text), where.line)
        for span in spans:
            surface = text[span["start"] : span["end"]]
            if surface != span["value"]:
                self._synonyms.append(Synonym(surface, span["value"], is_implied=True))
                self._reading.place(synonym_subject(span["value"], surface), where.line)

    def example(
        self, label: Label | None, text: str, spans: Sequence[Span], where: Location, metadata: Any = None
    ) -> None:
        """An example with its annotations beside the text. They imply no synonyms."""
        if not text.strip():
            self._reading.warn(f"an example of {_of(label)} is empty", where, "it is skipped")
            return
        self._add(label, text, spans, metadata)
        shown = example_record(str(label) if label else None, text)
        self._record("messages", f"{label or ''}: {text}", where, shown, list(spans) or None)

    def _add(self, label: Label | None, text: str, spans: Sequence[Span], metadata: Any = None) -> None:
        intent, key = (label.intent, label.response_key) if label else (None, None)
        self._examples.append(Example(text, intent, key, tuple(spans), metadata))

    def synonym(self, value: str, surface: str, where: Location) -> None:
        """A surface text of a value."""
        self._synonyms.append(Synonym(surface, value))
        self._record("synonyms", f"{value}: {surface}", where, synonym_subject(value, surface))

    def regex(self, name: str, pattern: str, where: Location) -> None:
        """A pattern."""
        check_pattern(name, pattern, where, self._reading)
        self._regexes.append((name, pattern))
        self._record("regexes", f"{name}: {pattern}", where, f"pattern of regex `{name}`: {pattern}")

    def lookup(self, name: str, element: str, where: Location) -> None:
        """An entry of a lookup table."""
        self._tables.setdefault(name, []).append(element)
        self._record("lookups", f"{name}: {element}", where, f"entry of lookup `{name}`: {element}")

    def lookup_file(self, name: str, file: str, where: Location) -> None:
        """A lookup table in a file of its own, whose path stays as it is written."""
        self._files.append(Lookup(name, (), file=file))
        self._record("lookups", f"{name} {file}", where, f"file of lookup `{name}`: {file}")

    def _record(self, port: str, key: str, where: Location, text: str, content: object = None) -> None:
        line = where.line
        if where.path != self._reading.label:  # in a file that belongs to this one
            self._reading.place(text, 0)
            line, text = 0, f"{text} ({where})"
        self._reading.record(port, key, line, text, content)


def check_pattern(name: str, pattern: str, where: Location, reading: Reading) -> None:
    """Tells what keeps the pattern of a regex from being compiled."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        reading.problem(f"the pattern of regex `{name}` cannot be read: {error}", where)


def _of(label: Label | None) -> str:
    return f"`{label}`" if label else "no intent"
