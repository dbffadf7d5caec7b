"""Writes an NLUPart as Rasa NLU JSON, the format of Rasa 1 and before that Rasa 3 still reads. Knows no files."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any

from graphbuild.assistant.data.parts import Example, NLUPart
from graphbuild.assistant.data.writers.yaml_text import unmarked

Plain = dict[str, Any]


def nlu_json(part: NLUPart) -> str:
    """The document. Synonyms that annotations imply are written out: in JSON, annotations imply none."""
    synonyms = groupby(part.synonyms, key=lambda one: one.value)
    document = {
        "common_examples": [_example(example) for example in part.examples],
        "regex_features": [{"name": name, "pattern": pattern} for name, pattern in part.regexes],
        "lookup_tables": [{"name": one.name, "elements": one.file or list(one.elements)} for one in part.lookups],
        "entity_synonyms": [{"value": value, "synonyms": [one.surface for one in group]} for value, group in synonyms],
    }
    filled = {name: rows for name, rows in document.items() if rows or name == "common_examples"}
    return unmarked(json.dumps({"rasa_nlu_data": filled}, ensure_ascii=False, indent=2)) + "\n"


def _example(example: Example) -> Plain:
    row: Plain = {"text": example.text}
    if intent := example.response_key or example.intent:
        row["intent"] = intent
    if example.entities:
        row["entities"] = [dict(span) for span in example.entities]
    if example.metadata is not None:
        row["metadata"] = example.metadata
    return row
