"""Messages that name an intent outright: `/greet`, `/inform{"city": "Rome"}`. Knows no dialogue.

The same form is typed by developers, sent by buttons and written in stories.
"""

from __future__ import annotations

import re
from typing import Any

from graphbuild.assistant.data.readers.json_text import read_object

_INTENT_TEXT = re.compile(r"/(?P<intent>[^{@\s]+)(?:@[0-9.]+)?\s*(?P<entities>\{.*\})?\s*", re.DOTALL)


def is_intent_text(text: str) -> bool:
    """Whether a message names an intent outright."""
    return text.startswith("/") and _INTENT_TEXT.fullmatch(text) is not None


def base_and_retrieval(name: str) -> tuple[str, str | None]:
    """`faq/ask_name` is intent `faq`, and a full retrieval intent besides; `greet` is an intent and nothing else."""
    base, _, part = name.partition("/")
    return base, name if part else None


def read_intent_text(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The intent and its entities, {entity, value, start, end} each; values of a list become an entity each.

    They all stand where the braces stand. Entities that are not a JSON object are left out.
    """
    match = _INTENT_TEXT.fullmatch(text)
    assert match is not None, "is_intent_text was asked first"
    try:
        facts = read_object(match["entities"] or "{}")
    except ValueError:
        facts = {}
    return match["intent"], entities_of(facts, *match.span("entities"))


def entities_of(facts: dict[str, Any], start: int, end: int) -> list[dict[str, Any]]:
    """{type: value or list of values} as entities, all of them at one place of the text (in characters)."""
    return [
        {"entity": name, "value": value, "start": start, "end": end}
        for name, values in facts.items()
        for value in (values if isinstance(values, list) else [values])
    ]
