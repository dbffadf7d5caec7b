"""Entities that are used and not declared: in slot mappings, in what intents use, in examples, in stories."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from graphbuild.assistant.data.messages import Coded, Messages
from graphbuild.assistant.data.subjects import example_record
from graphbuild.assistant.validation.findings import Finding, closest


def mapping_entities(domain: Mapping[str, Any]) -> Iterator[Finding]:
    """Entities of slot mappings."""
    known = [name for entry in domain["entities"] for name in (entry if isinstance(entry, Mapping) else [entry])]
    for name, slot in domain["slots"].items():
        for mapping in slot.get("mappings") or ():
            entity = mapping.get("entity")
            if mapping.get("type") == "from_entity" and entity is not None and entity not in known:
                what = f"slot `{name}` is filled by entity `{entity}`, which is not in the domain"
                yield Finding("GB402", what, (f"slot `{name}`",), str(entity), "entity", _hint(str(entity), known))


def used_entities(intents: Mapping[str, Mapping[str, Any]], entities: Collection[str]) -> Iterator[Finding]:
    """Entities that intents use or ignore."""
    for name, options in intents.items():
        for key in ("use_entities", "ignore_entities"):
            for entity in options.get(key) or ():
                if str(entity).split("#")[0] not in entities:
                    what = f"intent `{name}` names entity `{entity}` in `{key}`, which is not in the domain"
                    yield Finding("GB405", what, (f"intent `{name}`",), str(entity), key, _hint(entity, entities))


def example_entities(messages: Messages, labels: Collection[str]) -> Iterator[Finding]:
    """Types, roles and groups that examples carry; `labels` are the domain's (`city`, `city#from`)."""
    spans = messages.entities
    for code, name, first in _first_of(spans.types):
        if name not in labels:
            what = f"entity `{name}` of the examples is not in the domain"
            hint = _hint(name, [label for label in labels if "#" not in label])
            yield Finding("GB401", what, _example(messages, first), name, hint=hint)
            continue
        of_type = spans.types.codes == code
        for word, column in (("role", spans.roles), ("group", spans.groups)):
            for _, part, at in _first_of(column, of_type):
                if f"{name}#{part}" not in labels:
                    what = f"entity `{name}` has no {word} `{part}` in the domain"
                    hint = f"add it to the `{word}s` of `{name}` under `entities`"
                    yield Finding("GB403", what, _example(messages, at), part, word, hint)


def story_entities(entities: Iterable[tuple[str, tuple[str, ...]]], labels: Collection[str]) -> Iterator[Finding]:
    """Entities of stories: (type, subjects)."""
    for name, subjects in entities:
        if name not in labels:
            what = f"entity `{name}` of a story is not in the domain"
            hint = _hint(name, [label for label in labels if "#" not in label])
            yield Finding("GB404", what, subjects, name, hint=hint)


def _first_of(column: Coded, where: Any = None) -> Iterator[tuple[int, str, int]]:
    """Each name that a column has, with its code and the position where it comes first."""
    codes = column.codes if where is None else np.where(where, column.codes, -1)
    found, firsts = np.unique(codes, return_index=True)
    for code, first in zip(found.tolist(), firsts.tolist(), strict=True):
        if code >= 0:
            yield code, column.names[code], first


def _example(messages: Messages, span: int) -> tuple[str, ...]:
    """The record of the example that a span is in."""
    return example_subject(messages, int(np.searchsorted(messages.entities.splits, span, side="right")) - 1)


def example_subject(messages: Messages, row: int) -> tuple[str, ...]:
    """The record of an example, then where its intent stands in the NLU data, then in the domain."""
    for column in (messages.response_keys, messages.intents):
        code = int(column.codes[row])
        if code >= 0:
            name = column.names[code]
            base = f"intent `{name.split('/')[0]}`"
            return (example_record(name, messages.texts[row]), f"intent `{name}` of NLU", base)
    return (example_record(None, messages.texts[row]),)


def _hint(name: object, known: Iterable[str]) -> str:
    return closest(name, known, "add it under `entities`")
