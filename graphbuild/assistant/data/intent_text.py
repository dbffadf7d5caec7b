"""Messages that name an intent outright: `/greet`, `/inform{"city": "Rome"}`. Knows no dialogue.

The same form is typed by developers, sent by buttons and written in stories.
"""

from __future__ import annotations

import json
import re
from typing import Any

_INTENT_TEXT = re.compile(r"/(?P<intent>[^{@\s]+)(?:@[0-9.]+)?\s*(?P<entities>\{.*\})?\s*", re.DOTALL)


def is_intent_text(text: str) -> bool:
    """Whether a message names an intent outright."""
    return text.startswith("/") and _INTENT_TEXT.fullmatch(text) is not None


def read_intent_text(text: str) -> tuple[str, list[dict[str, Any]]]:
    """The intent and its entities, {entity, value} each; values of a list become an entity each.

    Entities that are not a JSON object are left out.
    """
    match = _INTENT_TEXT.fullmatch(text)
    assert match is not None, "is_intent_text was asked first"
    try:
        facts = json.loads(match["entities"] or "{}")
    except ValueError:
        facts = {}
    entities = [
        {"entity": name, "value": value}
        for name, values in facts.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    return match["intent"], entities
