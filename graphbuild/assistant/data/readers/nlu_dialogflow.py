"""Reads intents and entities exported by Dialogflow into an NLUPart, as Rasa 2.8 does. Knows no other format.

`intents/NAME.json` says the name, `intents/NAME_usersays_LANG.json` beside it the examples of one language; likewise
`entities/NAME.json` and `entities/NAME_entries_LANG.json`. Older exports have the examples in the first file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

from graphbuild.assistant.data.messages import Span
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.json_fields import mappings, needed_text, text_of
from graphbuild.assistant.data.readers.nlu_collector import NLUCollector
from graphbuild.assistant.data.readers.nlu_json import read_synonym
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_tree import Yaml

LANGUAGE = "en"
"""What Rasa reads where the configuration names no language."""
LANGUAGES = (
    *(LANGUAGE, "da", "de", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "no", "pl", "pt", "pt-br", "ru", "sv"),
    *("th", "tr", "uk", "zh-cn", "zh-hk", "zh-tw"),
)
"""Languages of agents, in the order in which their files are looked for."""
_NOT_AN_ENTITY = "@sys.ignore"


def is_agent(document: Yaml) -> bool:
    """Whether it is the description of an agent or of an export, which hold no examples."""
    return "supportedLanguages" in document or [key for key, _ in document.items()] == ["version"]


def is_intent(document: Yaml) -> bool:
    """Whether it is an intent."""
    return "name" in document and ("responses" in document or "userSays" in document)


def is_fallback(document: Yaml) -> bool:
    """Whether it is an intent for what no other one matches: it has no examples by design."""
    flag = document.get("fallbackIntent")
    return flag is not None and flag.value is True


def is_entity(document: Yaml) -> bool:
    """Whether it is an entity."""
    return "name" in document and ("isEnum" in document or "isRegexp" in document or "entries" in document)


def is_companion(document: Yaml) -> bool:
    """Whether it is the examples of an intent or the entries of an entity: read with the file that names them."""
    return document.is_list and all(
        (one.is_mapping and "data" in one) or ("value" in one and "synonyms" in one) for one in document
    )


def companion_of(document: Yaml, language: str = LANGUAGE) -> str | None:
    """The name of the file beside an intent or an entity that holds its examples; None where it holds them itself."""
    name = document.get("name")
    if name is None or not isinstance(name.value, str) or _inline(document) is not None:
        return None
    return f"{name.value}_{'usersays' if is_intent(document) else 'entries'}_{language}.json"


def read_dialogflow(document: Yaml, companion: Yaml | None, reading: Reading) -> NLUPart:
    """The part of one intent or entity; what is wrong or odd is told to `reading`."""
    found = NLUCollector(reading)
    _read(document, companion, found, reading)
    return found.part()


def read_dialogflow_agent(files: Mapping[str, SourceFile], reading: Reading, language: str | None = None) -> NLUPart:
    """The part of a whole export, from its files by relative path. Without a language, the agent's own counts."""
    found = NLUCollector(reading)
    trees = {}
    for path in sorted(files):
        if path.endswith(".json"):
            text = reading.text_of(files[path])
            trees[path] = reading.json(text or "null", files[path].label)
    agent = next((tree for path, tree in trees.items() if PurePosixPath(path).name == "agent.json"), None)
    own = agent.get("language") if agent is not None else None
    language = language or (own.value if own is not None and isinstance(own.value, str) else LANGUAGE)
    for path, tree in trees.items():
        if is_intent(tree) or is_entity(tree):
            kind = "usersays" if is_intent(tree) else "entries"
            _read(tree, trees.get(f"{path.removesuffix('.json')}_{kind}_{language}.json"), found, reading)
    return found.part()


def _inline(document: Yaml) -> Yaml | None:
    return document.get("userSays" if is_intent(document) else "entries")


def _read(document: Yaml, companion: Yaml | None, found: NLUCollector, reading: Reading) -> None:
    kind = "intent" if is_intent(document) else "entity"
    name = needed_text(reading, document, "name", f"an {kind}")
    examples = companion if companion is not None else _inline(document)
    if name is None:
        return
    if examples is None or not examples.value:
        if is_fallback(document):
            return
        reading.warn(f"there are no examples of {kind} `{name}`", document["name"], "export this language, too")
    elif kind == "intent":
        _intent(name, document, examples, found, reading)
    else:
        _entity(name, document, examples, found, reading)


def _intent(name: str, document: Yaml, examples: Yaml, found: NLUCollector, reading: Reading) -> None:
    label = found.label(name, document["name"])
    for example in mappings(reading, examples, f"the examples of `{name}`"):
        text, spans = _joined(mappings(reading, example.get("data"), "`data`"), reading)
        found.example(label, text, spans, example.location)


def _joined(chunks: list[Yaml], reading: Reading) -> tuple[str, list[Span]]:
    """The text that the chunks make, and the entities among them."""
    text, spans = "", []
    for chunk in chunks:
        piece = text_of(reading, chunk.get("text"), "`text` of a chunk") or ""
        name = text_of(reading, chunk.get("alias"), "`alias`") or text_of(reading, chunk.get("meta"), "`meta`")
        if name and name != _NOT_AN_ENTITY and piece:
            spans.append({"start": len(text), "end": len(text) + len(piece), "entity": name, "value": piece})
        text += piece
    return text, spans


def _entity(name: str, document: Yaml, entries: Yaml, found: NLUCollector, reading: Reading) -> None:
    """Every entry gives synonyms; together they are a table, or patterns. "@" marks what names other entities."""
    is_regexp = reading.flag(document.get("isRegexp"), "`isRegexp`", default=False)
    for entry in mappings(reading, entries, f"the entries of `{name}`"):
        read_synonym(entry, found, reading)
        for surface in reading.elements(entry.get("synonyms"), "`synonyms`"):
            if not isinstance(surface.value, str) or not surface.value:
                continue
            if is_regexp:
                found.regex(name, surface.value, surface.location)
            elif "@" not in surface.value:
                found.lookup(name, surface.value, surface.location)
