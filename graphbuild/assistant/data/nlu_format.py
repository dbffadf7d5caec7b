"""Says what a file of Markdown or JSON holds, and reads the NLU data of those that hold some. Knows no stories.

Markdown is told apart by its lines, JSON by its keys, as in Rasa 2.8 (RASA.md 3.1).
"""

from __future__ import annotations

import enum
import re
from typing import Literal

from graphbuild.assistant.data.nlu_dialogflow import (
    LANGUAGE,
    companion_of,
    is_agent,
    is_companion,
    is_entity,
    is_intent,
    read_dialogflow,
)
from graphbuild.assistant.data.nlu_json import ROOT, read_nlu_json
from graphbuild.assistant.data.nlu_luis import VERSION, read_luis
from graphbuild.assistant.data.nlu_markdown import KINDS, lines_without_comments, read_nlu_markdown
from graphbuild.assistant.data.nlu_wit import OLD_UTTERANCES, UTTERANCES, read_wit
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.reading import Reading
from graphbuild.contract.json_tree import parse_json
from graphbuild.contract.location import Location
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_tree import Yaml

MarkdownKind = Literal["nlu", "stories", "responses"]

_NLU_HEAD = re.compile(rf"##\s*(?:{'|'.join(KINDS)}):")
_RETRIEVAL = re.compile(r"\*[^:{/]+/[^:{/]+")
_ACTION = re.compile(r"-\s*(?:\w+[_/][\w/-]*|\w+\{.*)")
"""An item that names an action or an event, in the ways in which they are named: utter_greet, slot{"city": "Rome"}."""

_DIALOGFLOW_KEYS = (b'"responses"', b'"userSays"', b'"isEnum"', b'"isRegexp"', b'"entries"')


class JsonFormat(enum.Enum):
    """What a JSON document holds."""

    RASA = "Rasa NLU"
    LUIS = "LUIS"
    WIT = "Wit.ai"
    DIALOGFLOW = "an intent or an entity of Dialogflow"
    DIALOGFLOW_PART = "a file of Dialogflow that another one needs, or that holds no examples"


def markdown_kind(text: str) -> MarkdownKind | None:
    """What a Markdown file holds: NLU data, stories, the responses of retrieval intents, or none of them."""
    lines = [line for line, _ in lines_without_comments(text) if line]
    if any(_NLU_HEAD.match(line) for line in lines):
        return "nlu"
    turns = [line for line in lines if line.startswith("*")]
    items = [line for line in lines if line.startswith("-")]
    actions = [item for item in items if _ACTION.fullmatch(item)]
    is_retrieval = bool(turns) and all(_RETRIEVAL.fullmatch(line) for line in turns)
    if is_retrieval and len(actions) < len(items):
        return "responses"
    has_heading = any(line.startswith(("#", ">>")) for line in lines)
    has_steps = bool(turns) and any(line.startswith(("-", ">")) for line in lines)
    if has_heading and (has_steps or actions):
        return "stories"
    # Nothing but sections and items: NLU data whose author forgot the kinds, which its reader says.
    is_bare = bool(items) and has_heading and all(line.startswith(("##", "-")) for line in lines)
    return "nlu" if is_bare else None


def json_format(document: Yaml) -> JsonFormat | None:
    """What a JSON document holds; None for what is no NLU data."""
    if ROOT in document:
        return JsonFormat.RASA
    if VERSION in document:
        return JsonFormat.LUIS
    if UTTERANCES in document or _is_old_wit(document.get(OLD_UTTERANCES)):
        return JsonFormat.WIT
    if is_agent(document) or is_companion(document):
        return JsonFormat.DIALOGFLOW_PART
    if is_intent(document) or is_entity(document):
        return JsonFormat.DIALOGFLOW
    return None


def _is_old_wit(data: Yaml | None) -> bool:
    return (
        data is not None
        and data.is_list
        and bool(data.value)
        and all("text" in one and "entities" in one for one in data)
    )


def files_mentioned(content: bytes, language: str = LANGUAGE) -> tuple[str, ...]:
    """The files beside a JSON file that belong to it, by name: those with the examples of Dialogflow."""
    if not any(key in content for key in _DIALOGFLOW_KEYS):
        return ()
    document, problems = parse_json(content.decode("utf-8-sig", "ignore"), "")
    if problems or json_format(document) is not JsonFormat.DIALOGFLOW:
        return ()
    companion = companion_of(document, language)
    return (companion,) if companion is not None else ()


def read_nlu_file(source: SourceFile, reading: Reading, language: str = LANGUAGE) -> NLUPart:
    """The NLU data of a file of Markdown or JSON; an empty part of one that holds other things, or nothing known."""
    text = reading.text_of(source)
    if text is None:
        return NLUPart()
    if source.suffix != ".md":
        return _read_json(reading.json(text), source, reading, language)
    kind = markdown_kind(text)
    if kind is None and text.strip():
        what = "this file holds neither NLU data nor stories nor responses; it is passed over"
        reading.warn(what, Location(reading.label), "sections of NLU data begin with `## intent:NAME`")
    return read_nlu_markdown(text, reading) if kind == "nlu" else NLUPart()


def _read_json(document: Yaml, source: SourceFile, reading: Reading, language: str) -> NLUPart:
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


def _companion(document: Yaml, source: SourceFile, reading: Reading, language: str) -> Yaml | None:
    name = companion_of(document, language)
    path = source.others.get(name) if name is not None else None
    if name is None or path is None:
        return None
    text = reading.text_of(SourceFile(path, name))
    return None if text is None else reading.json(text, name)
