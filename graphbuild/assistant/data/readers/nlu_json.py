"""Reads NLU data in Rasa's own JSON (`rasa_nlu_data`) into an NLUPart. Knows no file and no other JSON format."""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.json_fields import mappings, needed_text, position, span_of, text_of, value_of
from graphbuild.assistant.data.readers.nlu_collector import NLUCollector
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.yaml_tree import Yaml

ROOT = "rasa_nlu_data"
_EXAMPLES = ("common_examples", "intent_examples", "entity_examples")
"""The first is today's; the others are of Rasa 0 and 1."""
_SECTIONS = (*_EXAMPLES, "regex_features", "lookup_tables", "entity_synonyms")
_METADATA = {"intent", "example"}


def read_nlu_json(document: Yaml, reading: Reading) -> NLUPart:
    """The part; what is wrong or odd is told to `reading`."""
    found = NLUCollector(reading)
    reading.known_keys(document, (ROOT,), "NLU data in JSON")
    data = document.get(ROOT) or Yaml(None, document.location)
    if not data.is_mapping:
        reading.problem(f"`{ROOT}` must be an object, not {data.kind}", data)
        return found.part()
    reading.known_keys(data, _SECTIONS, f"`{ROOT}`")
    for section in _EXAMPLES:
        for example in mappings(reading, data.get(section), f"`{section}`"):
            _example(example, found, reading)
    for synonym in mappings(reading, data.get("entity_synonyms"), "`entity_synonyms`"):
        read_synonym(synonym, found, reading)
    for feature in mappings(reading, data.get("regex_features"), "`regex_features`"):
        name = needed_text(reading, feature, "name", "a regex")
        pattern = needed_text(reading, feature, "pattern", "a regex")
        if name is not None and pattern is not None:
            found.regex(name, pattern, feature.location)
    for table in mappings(reading, data.get("lookup_tables"), "`lookup_tables`"):
        _lookup(table, found, reading)
    return found.part()


def _example(example: Yaml, found: NLUCollector, reading: Reading) -> None:
    if "text" not in example:
        reading.problem("an example has no `text`", example)
        return
    text = text_of(reading, example["text"], "the text of an example") or ""
    intent = text_of(reading, example.get("intent"), "the intent of an example")
    label = found.label(intent, example["intent"]) if intent else None
    entities = [_entity(one, text, reading) for one in mappings(reading, example.get("entities"), "`entities`")]
    spans = [span for span in entities if span is not None]
    found.example(label, text, spans, example.location, _metadata(example.get("metadata")))


def _metadata(node: Yaml | None) -> Any:
    if node is None or node.value is None:
        return None
    plain = node.plain()
    return plain if isinstance(plain, dict) and set(plain) <= _METADATA else {"example": plain}


def _entity(entity: Yaml, text: str, reading: Reading) -> Span | None:
    start, end = position(reading, entity, "start"), position(reading, entity, "end")
    name = needed_text(reading, entity, "entity", "an entity")
    role = text_of(reading, entity.get("role"), "the role of an entity")
    group = text_of(reading, entity.get("group"), "the group of an entity")
    value = value_of(reading, entity.get("value"))
    return span_of(reading, entity, text, (start, end, name), value, (role, group))


def read_synonym(entry: Yaml, found: NLUCollector, reading: Reading) -> None:
    """An entry {value, synonyms: [surface, ...]}; one without either says nothing."""
    if "value" not in entry or "synonyms" not in entry:
        return
    value = needed_text(reading, entry, "value", "a synonym")
    for surface in reading.elements(entry["synonyms"], "`synonyms`"):
        text = text_of(reading, surface, "a synonym")
        if value is not None and text:
            found.synonym(value, text, surface.location)


def _lookup(table: Yaml, found: NLUCollector, reading: Reading) -> None:
    name = needed_text(reading, table, "name", "a lookup")
    elements = table.get("elements")
    if name is None or elements is None:
        if elements is None:
            reading.problem("a lookup has no `elements`", table)
        return
    if isinstance(elements.value, str):
        found.lookup_file(name, elements.value, elements.location)
        return
    for element in reading.elements(elements, f"`elements` of lookup `{name}`"):
        text = text_of(reading, element, f"an element of lookup `{name}`")
        if text:
            found.lookup(name, text, element.location)
