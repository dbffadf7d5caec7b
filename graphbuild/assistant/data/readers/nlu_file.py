"""Reads the NLU data of a file of Markdown or JSON, and says which files belong to it. Knows no YAML, no stories."""

from __future__ import annotations

from collections.abc import Iterable

from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.nlu_dialogflow import LANGUAGES, companion_of, read_dialogflow
from graphbuild.assistant.data.readers.nlu_format import JsonFormat, json_format, markdown_kind
from graphbuild.assistant.data.readers.nlu_json import ROOT, read_nlu_json
from graphbuild.assistant.data.readers.nlu_luis import VERSION, read_luis
from graphbuild.assistant.data.readers.nlu_markdown import read_nlu_markdown
from graphbuild.assistant.data.readers.nlu_wit import UTTERANCES, read_wit
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.json_tree import parse_json
from graphbuild.contract.location import Location
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_tree import Yaml

_MENTIONS = (b"lookup", b'"responses"', b'"isEnum"', b'"isRegexp"')
"""One of these stands in every file that may mention others."""
_AGENTS = ("../agent.json", "agent.json")
"""Where the description of an agent is, from the folder of its intents or entities."""
_KEYS_OF_NLU_DATA = (ROOT, VERSION, UTTERANCES, "common_examples", "userSays", "isEnum")


def read_nlu_file(source: SourceFile, reading: Reading, language: str | None = None) -> NLUPart:
    """The NLU data of a file; an empty part where it holds other things, with a warning where nothing known.

    Of an agent of Dialogflow that has examples in several languages, the one that is asked for is read, else the
    agent's own, else the first of LANGUAGES, with a warning.
    """
    text = reading.text_of(source)
    if text is None:
        return NLUPart()
    if source.suffix != ".md":
        return _read_json(_document(text, reading), source, reading, language)
    kind = markdown_kind(text)
    if kind is None and text.strip():
        what = "this file holds neither NLU data nor stories nor responses; it is passed over"
        reading.warn(what, Location(reading.label), "sections of NLU data begin with `## intent:NAME`")
    return read_nlu_markdown(text, reading) if kind == "nlu" else NLUPart()


def files_mentioned(content: bytes, suffix: str) -> tuple[str, ...]:
    """The files that a file names: those of its lookups, and in an export of Dialogflow those of its examples.

    Which language an agent is in, its description says, and the recipe: those of all languages are named.
    """
    if not any(key in content for key in _MENTIONS):
        return ()
    text = content.decode("utf-8-sig", "ignore")
    reading = Reading("")
    if suffix == ".md":
        part = read_nlu_markdown(text, reading) if markdown_kind(text) == "nlu" else NLUPart()
        return _files(part)
    document, problems = parse_json(text, "")
    found = None if problems else json_format(document)
    if found is JsonFormat.RASA:
        return _files(read_nlu_json(document, reading))
    companions = _companions(document) if found is JsonFormat.DIALOGFLOW else {}
    return (*companions.values(), *_AGENTS) if companions else ()


def _companions(document: Yaml) -> dict[str, str]:
    """The files of the examples by their languages."""
    names = ((language, companion_of(document, language)) for language in LANGUAGES)
    return {language: name for language, name in names if name is not None}


def _files(part: NLUPart) -> tuple[str, ...]:
    return tuple(sorted({lookup.file for lookup in part.lookups if lookup.file is not None}))


def _document(text: str, reading: Reading) -> Yaml:
    """The tree. What is wrong with a file that has nothing of NLU data in it is no more than odd."""
    document, problems = parse_json(text, reading.label)
    if not problems:
        return document
    if any(f'"{key}"' in text for key in _KEYS_OF_NLU_DATA):
        return reading.json(text)
    where = problems[0].location or Location(reading.label)
    reading.warn(f"{problems[0].what}; the file is passed over", where, problems[0].hint)
    return Yaml(None, Location(reading.label))


def _read_json(document: Yaml, source: SourceFile, reading: Reading, language: str | None) -> NLUPart:
    readers = {JsonFormat.RASA: read_nlu_json, JsonFormat.LUIS: read_luis, JsonFormat.WIT: read_wit}
    found = json_format(document)
    if found in readers:
        return readers[found](document, reading)
    if found is JsonFormat.DIALOGFLOW:
        return read_dialogflow(document, _companion(document, source, reading, language), reading)
    if found is None and document.value is not None:
        known = ", ".join(one.value for one in (JsonFormat.RASA, JsonFormat.LUIS, JsonFormat.WIT))
        what = "this JSON holds no NLU data that is known here; it is passed over"
        reading.warn(what, Location(reading.label), f"known are {known} and Dialogflow")
    return NLUPart()


def _companion(document: Yaml, source: SourceFile, reading: Reading, language: str | None) -> Yaml | None:
    """The examples in the language that is wanted, else in the agent's own, else in the first that there is."""
    paths = {one: source.others.get(name) for one, name in _companions(document).items()}
    there = {one: path for one, path in paths.items() if path is not None}
    wanted = [one for one in (language, _language_of_agent(source)) if one]
    fitting = [one for wish in wanted for one in _fitting(there, wish)]
    if not there:
        return None
    chosen = next(iter(fitting or there))
    if not fitting and (wanted or len(there) > 1):
        none = f", and none in {wanted[0]}" if wanted else ""
        what = f"there are examples in {', '.join(there)}{none}; those in {chosen} are read"
        reading.warn(what, document, "name the language in the config: `language: de`")
    name = _companions(document)[chosen]
    text = reading.text_of(SourceFile(there[chosen], name))
    return None if text is None else reading.json(text, name)


def _fitting(languages: Iterable[str], wanted: str) -> list[str]:
    """Those that are a language, or else a kind of it: `zh-cn` is one of `zh`."""
    wanted = wanted.lower().replace("_", "-")
    same = [one for one in languages if one == wanted]
    return same or [one for one in languages if one.partition("-")[0] == wanted.partition("-")[0]]


def _language_of_agent(source: SourceFile) -> str | None:
    """What the description of the agent calls its own language."""
    path = next((found for name in _AGENTS if (found := source.others.get(name)) is not None), None)
    if path is None:
        return None
    try:
        said = parse_json(SourceFile(path, path.name).read_text(), path.name)[0].get("language")
    except (OSError, UnicodeDecodeError):
        return None  # It is a file of the project itself, and read as one: that says what is wrong with it.
    return said.value if said is not None and isinstance(said.value, str) else None
