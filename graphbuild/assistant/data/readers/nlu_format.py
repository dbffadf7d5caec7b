"""Says what a file of Markdown or JSON holds: Markdown by its lines, JSON by its keys (RASA.md 3.1). Reads no data."""

from __future__ import annotations

import enum
import re
from typing import Literal

from graphbuild.assistant.data.readers.nlu_dialogflow import is_agent, is_companion, is_entity, is_intent
from graphbuild.assistant.data.readers.nlu_json import ROOT
from graphbuild.assistant.data.readers.nlu_luis import VERSION
from graphbuild.assistant.data.readers.nlu_markdown import KINDS, lines_without_comments
from graphbuild.assistant.data.readers.nlu_wit import OLD_UTTERANCES, UTTERANCES
from graphbuild.contract.yaml_tree import Yaml

MarkdownKind = Literal["nlu", "stories", "responses"]

_NLU_HEAD = re.compile(rf"##\s*(?:{'|'.join(KINDS)}):")
_RETRIEVAL = re.compile(r"\*[^:{/]+/[^:{/]+")
_WORD = re.compile(r"[\w/-]+")


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
    actions = [item for item in items if _is_action(item)]
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


def _is_action(item: str) -> bool:
    """Whether an item names an action or an event as they are named: utter_greet, slot{"city": "Rome"}."""
    word, brace, _ = item[1:].strip().partition("{")
    return _WORD.fullmatch(word) is not None and ("_" in word or "/" in word or bool(brace))


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
