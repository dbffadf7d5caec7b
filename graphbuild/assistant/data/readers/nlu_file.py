"""Reads the NLU data of a file of Markdown or JSON, and says which files belong to it. Knows no YAML, no stories."""

from __future__ import annotations

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
_KEYS_OF_NLU_DATA = (ROOT, VERSION, UTTERANCES, "common_examples", "userSays", "isEnum")


def read_nlu_file(source: SourceFile, reading: Reading) -> NLUPart:
    """The NLU data of a file; an empty part where it holds other things, with a warning where nothing known.

    Of an agent of Dialogflow that has examples in several languages, the first of LANGUAGES is read.
    """
    text = reading.text_of(source)
    if text is None:
        return NLUPart()
    if source.suffix != ".md":
        return _read_json(_document(text, reading), source, reading)
    kind = markdown_kind(text)
    if kind is None and text.strip():
        what = "this file holds neither NLU data nor stories nor responses; it is passed over"
        reading.warn(what, Location(reading.label), "sections of NLU data begin with `## intent:NAME`")
    return read_nlu_markdown(text, reading) if kind == "nlu" else NLUPart()


def files_mentioned(content: bytes, suffix: str) -> tuple[str, ...]:
    """The files that a file names: those of its lookups, and in an export of Dialogflow those of its examples.

    Which language an agent is in, its files do not say: those of all languages are named.
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
    return _companions(document) if found is JsonFormat.DIALOGFLOW else ()


def _companions(document: Yaml) -> tuple[str, ...]:
    names = (companion_of(document, language) for language in LANGUAGES)
    return tuple(name for name in names if name is not None)


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


def _read_json(document: Yaml, source: SourceFile, reading: Reading) -> NLUPart:
    readers = {JsonFormat.RASA: read_nlu_json, JsonFormat.LUIS: read_luis, JsonFormat.WIT: read_wit}
    found = json_format(document)
    if found in readers:
        return readers[found](document, reading)
    if found is JsonFormat.DIALOGFLOW:
        return read_dialogflow(document, _companion(document, source, reading), reading)
    if found is None and document.value is not None:
        known = ", ".join(one.value for one in (JsonFormat.RASA, JsonFormat.LUIS, JsonFormat.WIT))
        what = "this JSON holds no NLU data that is known here; it is passed over"
        reading.warn(what, Location(reading.label), f"known are {known} and Dialogflow")
    return NLUPart()


def _companion(document: Yaml, source: SourceFile, reading: Reading) -> Yaml | None:
    for name in _companions(document):
        path = source.others.get(name)
        if path is not None:
            text = reading.text_of(SourceFile(path, name))
            return None if text is None else reading.json(text, name)
    return None
