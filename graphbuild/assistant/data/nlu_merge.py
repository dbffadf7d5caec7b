"""NLU parts -> messages and projections in canonical order: no file name, split or order of examples shows in them.

Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphbuild.assistant.data.entity_markup import Span
from graphbuild.assistant.data.messages import Coded, Messages, Spans
from graphbuild.assistant.data.nlu_projections import EntityTypes, Lookups, Regexes, Synonyms
from graphbuild.assistant.data.parts import Example, NLUPart, Synonym

_FACTS = ("start", "end", "entity", "value", "role", "group")
Conflict = tuple[str, tuple[str, ...]]
"""A surface text and the different values that it is a synonym of, the one that counts first."""


def merge_messages(parts: Sequence[NLUPart]) -> Messages:
    """All examples, each once, sorted by intent, text and entities."""
    unique = {_sort_key(example): example for part in parts for example in part.examples}
    examples = [unique[key] for key in sorted(unique)]
    return Messages(
        texts=tuple(example.text for example in examples),
        intents=Coded.of([example.intent for example in examples]),
        response_keys=Coded.of([example.response_key for example in examples]),
        entities=Spans.of([_ordered(example.entities) for example in examples]),
    )


def _sort_key(example: Example) -> tuple[Any, ...]:
    spans = tuple(tuple(str(span.get(fact, "")) for fact in _FACTS) for span in _ordered(example.entities))
    return example.intent or "", example.response_key or "", example.text, spans


def _ordered(spans: Iterable[Span]) -> list[Span]:
    # By place; several entities on one span by name, for their order says nothing.
    return sorted(spans, key=lambda span: (span["start"], span["end"], *(str(span.get(f, "")) for f in _FACTS[2:])))


def merge_synonyms(parts: Sequence[NLUPart]) -> tuple[Synonyms, list[Conflict]]:
    """Each surface text with its value, and those with several.

    A synonym section counts before an annotation; among equals the first value by the alphabet (in Rasa: the last
    that is read, so that the name of a file decides).
    """
    values: dict[str, set[tuple[bool, str]]] = {}
    for synonym in _synonyms(parts):
        values.setdefault(synonym.surface, set()).add((synonym.is_implied, synonym.value))
    pairs, conflicts = [], []
    for surface in sorted(values):
        ranked = tuple(dict.fromkeys(value for _, value in sorted(values[surface])))
        pairs.append((surface, ranked[0]))
        if len(ranked) > 1:
            conflicts.append((surface, ranked))
    return Synonyms(tuple(pairs)), conflicts


def _synonyms(parts: Sequence[NLUPart]) -> Iterable[Synonym]:
    return (synonym for part in parts for synonym in part.synonyms)


def merge_regexes(parts: Sequence[NLUPart]) -> Regexes:
    """All patterns, each once, sorted."""
    return Regexes(tuple(sorted({pair for part in parts for pair in part.regexes})))


def merge_lookups(parts: Sequence[NLUPart]) -> Lookups:
    """All tables; those of one name are one, its elements sorted and without doubles."""
    tables: dict[str, set[str]] = {}
    for part in parts:
        for lookup in part.lookups:
            tables.setdefault(lookup.name, set()).update(lookup.elements)
    return Lookups(tuple((name, tuple(sorted(tables[name]))) for name in sorted(tables)))


def entity_types(parts: Sequence[NLUPart]) -> EntityTypes:
    """The types that some example carries."""
    return EntityTypes(
        tuple(sorted({span["entity"] for part in parts for one in part.examples for span in one.entities}))
    )
