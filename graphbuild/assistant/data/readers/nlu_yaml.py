"""Reads the `nlu:` section of a YAML file of Rasa 3 into an NLUPart. Knows no merging.

Where Rasa 3.6 warns and skips, so do we (a line without "-"); what its schema refuses is a problem here, with a hint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from graphbuild.assistant.data.parts import Example, Lookup, NLUPart, Synonym
from graphbuild.assistant.data.readers.entity_markup import MarkupError, read_markup
from graphbuild.assistant.data.readers.nlu_collector import check_pattern
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.subjects import example_record, synonym_subject
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml

_KEYS = {
    "intent": ("intent", "examples", "metadata"),
    "synonym": ("synonym", "examples", "metadata"),
    "regex": ("regex", "examples", "metadata"),
    "lookup": ("lookup", "examples", "metadata"),
}
_INTENT = re.compile("[^/]+(/[^/]+)?")
_PATH = re.compile(r"(?!-)[^\n]*[./\\][^\n]*")
"""What is taken for the file of a lookup table: one line that is no item and has a dot or a slash."""
_STRIPPED = "\n\r "
"""What Rasa strips of an example: tabs stay."""

Line = tuple[str, Location]


def read_nlu(section: Yaml | None, reading: Reading) -> NLUPart:
    """The part; what is wrong or odd is told to `reading`."""
    reader = _Reader(reading)
    for item in reading.elements(section, "`nlu`"):
        reader.item(item)
    return NLUPart(tuple(reader.examples), tuple(reader.synonyms), tuple(reader.regexes), tuple(reader.lookups))


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.examples: list[Example] = []
        self.synonyms: list[Synonym] = []
        self.regexes: list[tuple[str, str]] = []
        self.lookups: list[Lookup] = []

    def item(self, item: Yaml) -> None:
        """One element of the list: an intent, a synonym, a regex or a lookup."""
        readers: dict[str, Callable[[str, list[Line]], None]] = {
            "synonym": self._synonym,
            "regex": self._regex,
            "lookup": self._lookup,
        }
        if not item.is_mapping:
            self._reading.problem(f"an element of `nlu` must be a mapping, not {item.kind}", item, _SHAPE)
            return
        kind = next((kind for kind in _KEYS if kind in item), None)
        if kind is None:
            close = [did_you_mean(key, list(_KEYS)) or "" for key in item.value if key not in _KEYS["intent"]]
            hint = next((hint for hint in close if hint.startswith("did")), _SHAPE)
            self._reading.problem("an element of `nlu` names no intent, synonym, regex or lookup", item, hint)
            return
        self._reading.known_keys(item, _KEYS[kind], f"an element of `nlu` with `{kind}`")
        name = self._reading.text(item[kind], f"the name of the {kind}")
        if kind == "lookup" and name is not None and self._lookup_file(name, item.get("examples")):
            return
        lines = list(self._lines(item.get("examples"), f"{kind} `{name}`"))
        if name is None:
            return
        if not lines:
            self._reading.warn(f"{kind} `{name}` has no examples", item[kind])
        if kind == "intent" and not _INTENT.fullmatch(name):
            self._reading.problem(f"intent `{name}` must have the form `intent` or `intent/part`", item[kind])
        for one in dict.fromkeys((name, name.partition("/")[0] if kind == "intent" else name)):
            self._reading.place(f"{kind} `{one}` of NLU", item[kind].location.line)
        if kind == "intent":
            self._intent(name, lines, _plain(item.get("metadata")))
        else:
            readers[kind](name, [(text, where) for text, where, _ in lines])

    def _lines(self, examples: Yaml | None, owner: str) -> Iterator[tuple[str, Location, Any]]:
        if examples is None or examples.value is None:
            return
        if isinstance(examples.value, str):
            yield from self._block_lines(examples, owner)
            return
        for example in self._reading.elements(examples, f"`examples` of {owner}"):
            if not example.is_mapping:
                hint = "write `examples: |` and the examples below it, or `- text: ...` for each"
                self._reading.problem(f"an example of {owner} must be a mapping with `text`", example, hint)
                return
            self._reading.known_keys(example, ("text", "metadata"), "an example")
            text = self._reading.text(example.get("text") or example, f"the text of an example of {owner}")
            if text is not None:
                yield text, example.location, _plain(example.get("metadata"))

    def _block_lines(self, examples: Yaml, owner: str) -> Iterator[tuple[str, Location, Any]]:
        place = examples.location
        for number, line in enumerate(examples.value.split("\n"), start=place.line + 1):
            if not line.strip():
                continue
            # Where a quoted text has its lines is not known: they may be written `\n`.
            where = Location(place.path, number) if examples.is_block else place
            text = line[1:].strip(_STRIPPED)
            if not line.startswith("-") or not text:
                what = "is empty" if line.startswith("-") else f'does not start with "-": {line.strip()}'
                self._reading.warn(f"an example of {owner} {what}", where, "it is skipped")
            else:
                yield text, where, None

    def _intent(self, name: str, lines: list[tuple[str, Location, Any]], metadata: Any) -> None:
        base, _, sub = name.partition("/")
        key = name if sub else None
        for annotated, where, own in lines:
            try:
                text, spans = read_markup(annotated)
            except MarkupError as error:
                self._reading.problem(f"{error}, in an example of `{name}`: {annotated}", where, _MARKUP)
                continue
            said = {word: one for word, one in (("intent", metadata), ("example", own)) if one is not None}
            self.examples.append(Example(text, base, key, tuple(spans), said or None))
            self._reading.record("messages", f"{name}: {annotated}", where.line, example_record(name, annotated))
            if annotated != text:
                self._reading.place(example_record(name, text), where.line)
            for span in spans:
                surface = text[span["start"] : span["end"]]
                if surface != span["value"]:
                    self.synonyms.append(Synonym(surface, span["value"], is_implied=True))
                    self._reading.place(synonym_subject(span["value"], surface), where.line)

    def _synonym(self, name: str, lines: list[Line]) -> None:
        for surface, where in lines:
            self.synonyms.append(Synonym(surface, name))
            self._reading.record("synonyms", f"{name}: {surface}", where.line, synonym_subject(name, surface))

    def _regex(self, name: str, lines: list[Line]) -> None:
        for pattern, where in lines:
            check_pattern(name, pattern, where, self._reading)
            self.regexes.append((name, pattern))
            self._reading.record("regexes", f"{name}: {pattern}", where.line, f"pattern of regex `{name}`: {pattern}")

    def _lookup_file(self, name: str, examples: Yaml | None) -> bool:
        """Whether the table is in a file of its own, and the examples are its path."""
        if examples is None or not isinstance(examples.value, str) or not _PATH.fullmatch(examples.value.strip()):
            return False
        path = examples.value.strip()
        self.lookups.append(Lookup(name, (), path))
        self._reading.record("lookups", f"{name} {path}", examples.location.line, f"file of lookup `{name}`: {path}")
        return True

    def _lookup(self, name: str, lines: list[Line]) -> None:
        self.lookups.append(Lookup(name, tuple(element for element, _ in lines)))
        for element, where in lines:
            self._reading.record("lookups", f"{name}: {element}", where.line, f"entry of lookup `{name}`: {element}")


def _plain(node: Yaml | None) -> Any:
    return None if node is None else node.plain()


_SHAPE = "each begins with `- intent: NAME`, `- synonym: VALUE`, `- regex: NAME` or `- lookup: NAME`"
_MARKUP = 'an annotation is written [text](type) or [text]{"entity": "type", "value": "..."}'
