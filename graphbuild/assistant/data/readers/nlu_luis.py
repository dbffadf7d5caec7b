"""Reads an app exported by LUIS (schema versions 1 to 7) into an NLUPart, as Rasa 2.8 does. Knows no file.

Positions of entities are characters, the last one included. Lists, patterns and phrase lists are passed over.
"""

from __future__ import annotations

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.json_fields import mappings, needed_text, position, span_of, text_of
from graphbuild.assistant.data.readers.nlu_collector import Label, NLUCollector
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.yaml_tree import Yaml

VERSION = "luis_schema_version"
_NEWEST = 7
_PASSED_OVER = ("closedLists", "patterns", "patternAnyEntities", "phraselists", "model_features", "composites")


def read_luis(document: Yaml, reading: Reading) -> NLUPart:
    """The part; what is wrong or odd is told to `reading`."""
    found = NLUCollector(reading)
    _check_version(document[VERSION], reading)
    if "utterances" not in document:
        reading.problem("an app of LUIS must have `utterances`", document)
    for utterance in mappings(reading, document.get("utterances"), "`utterances`"):
        _example(utterance, found, reading)
    for feature in mappings(reading, document.get("regex_features"), "`regex_features`"):
        if feature.get("activated") is not None and feature["activated"].value:
            _regex(feature, "pattern", found, reading)
    for entity in mappings(reading, document.get("regex_entities"), "`regex_entities`"):
        _regex(entity, "regexPattern", found, reading)
    for key in _PASSED_OVER:
        node = document.get(key)
        if node is not None and node.value:
            reading.warn(f"`{key}` of an app of LUIS is passed over", document.key_location(key))
    return found.part()


def _check_version(version: Yaml, reading: Reading) -> None:
    is_tree = version.is_mapping or version.is_list
    major = "" if is_tree else str(version.value).partition(".")[0]
    if not (major.isascii() and major.isdigit()):
        said = version.kind if is_tree else repr(version.value)
        reading.problem(f'`{VERSION}` must be a text such as "7.0.0", not {said}', version)
    elif int(major[:9]) > _NEWEST:
        what = f"version {version.value} of LUIS is newer than those that are known here"
        reading.warn(what, version, f"the newest is {_NEWEST}; check what was read")


def _example(utterance: Yaml, found: NLUCollector, reading: Reading) -> None:
    text = text_of(reading, utterance.get("text"), "the text of an utterance") or ""
    intent = (text_of(reading, utterance.get("intent"), "the intent of an utterance") or "").strip()
    entities = [_entity(one, text, reading) for one in mappings(reading, utterance.get("entities"), "`entities`")]
    # A "/" in a name is no more than that in LUIS.
    label = Label(intent) if intent else None
    found.example(label, text, [span for span in entities if span is not None], utterance.location)


def _entity(entity: Yaml, text: str, reading: Reading) -> Span | None:
    start, last = position(reading, entity, "startPos"), position(reading, entity, "endPos")
    name = needed_text(reading, entity, "entity", "an entity")
    role = text_of(reading, entity.get("role"), "the role of an entity")
    end = None if last is None else last + 1
    return span_of(reading, entity, text, (start, end, name), parts=(role, None))


def _regex(owner: Yaml, key: str, found: NLUCollector, reading: Reading) -> None:
    name, pattern = needed_text(reading, owner, "name", "a regex"), needed_text(reading, owner, key, "a regex")
    if name is not None and pattern is not None:
        found.regex(name, pattern, owner.location)
