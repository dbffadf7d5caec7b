"""NLU parts -> messages and projections in canonical order: no file name, split or order of examples shows in them.

Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from graphbuild.assistant.data.messages import Coded, Messages, Spans
from graphbuild.assistant.data.nlu_projections import EntityParts, EntityTypes, IntentNames, Lookups, Regexes, Synonyms
from graphbuild.assistant.data.parts import NLUPart, Synonym
from graphbuild.assistant.data.text_column import TextColumn

Conflict = tuple[str, tuple[str, ...]]
"""A surface text and the different values that it is a synonym of, the one that counts first."""


def merge_messages(parts: Sequence[NLUPart]) -> Messages:
    """All examples, each once, by intent, and within an intent in an order that their content alone decides."""
    rows = [part.rows for part in parts]
    intents = Coded.concatenate([one.intents for one in rows])
    order = np.concatenate([np.zeros((0, 2), dtype=np.uint64), *(one.order for one in rows)])  # [n, 2]
    sequence = np.lexsort((order[:, 1], order[:, 0], intents.codes))
    is_new = np.ones(len(sequence), dtype=bool)
    is_new[1:] = (order[sequence[1:]] != order[sequence[:-1]]).any(axis=1)
    kept = sequence[is_new]
    return Messages(
        texts=TextColumn.concatenate([(one.texts, one.splits) for one in rows]).take(kept),
        intents=intents.take(kept),
        response_keys=Coded.concatenate([one.response_keys for one in rows]).take(kept),
        entities=Spans.concatenate([one.entities for one in rows]).take(kept).ordered(),
    )


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
    return EntityTypes(tuple(sorted({name for part in parts for name in part.rows.entities.types.names})))


def intent_names(parts: Sequence[NLUPart]) -> IntentNames:
    """The intents and the keys of responses of all examples."""
    columns = (column for part in parts for column in (part.rows.intents, part.rows.response_keys))
    return IntentNames(tuple(sorted({name for column in columns for name in column.names})))


def entity_parts(parts: Sequence[NLUPart]) -> EntityParts:
    """The roles and groups that entities of some example have."""
    labels: set[str] = set()
    for spans in (part.rows.entities for part in parts):
        for column in (spans.roles, spans.groups):
            used = column.codes >= 0
            pairs = set(zip(spans.types.codes[used].tolist(), column.codes[used].tolist(), strict=True))
            labels.update(f"{spans.types.names[name]}#{column.names[part]}" for name, part in pairs)
    return EntityParts(tuple(sorted(labels)))
