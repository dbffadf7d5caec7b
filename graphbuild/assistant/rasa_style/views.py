"""Our columns as messages of Rasa's, and messages of Rasa's as columns: tokens, features, intents, entities.

Shapes: n messages, t tokens in all, c columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data import features as ours
from graphbuild.assistant.data.messages import Coded, Messages, Spans, TokenizedMessages, Tokens
from graphbuild.assistant.data.nlu_projections import Lookups, Regexes, Synonyms
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.data.predictions import EntityPredictions, IntentPredictions
from graphbuild.assistant.rasa_style.message import Features, Message, Token, TrainingData
from graphbuild.assistant.rasa_style.names import (
    ENTITIES,
    FEATURE_TYPE_SENTENCE,
    FEATURE_TYPE_SEQUENCE,
    INTENT,
    INTENT_RANKING_KEY,
    INTENT_RESPONSE_KEY,
    TEXT,
    TOKENS_NAMES,
)
from graphbuild.contract.artifact import encode_json

_TOKENS = TOKENS_NAMES[TEXT]
_TAGS = "pos"
_LEVELS = ((FEATURE_TYPE_SEQUENCE, "sequence"), (FEATURE_TYPE_SENTENCE, "sentence"))
_KNOWN = {"start", "end", "entity", "value", "role", "group", "extractor", "processors"}
_SURENESS = ("confidence_entity", "confidence_role", "confidence_group")


def messages_of(messages: Messages, features: Sequence[ours.Features] = ()) -> list[Message]:
    """N messages with their tokens and features, and nothing of what is to be found out of them."""
    made = [Message({TEXT: text}) for text in messages.texts]
    if isinstance(messages, TokenizedMessages):
        for message, tokens in zip(made, _tokens(messages), strict=True):
            message.set(_TOKENS, tokens)
        splits = messages.tokens.splits
    else:
        splits = np.zeros(len(messages) + 1, dtype=np.int64)
    for number, one in enumerate(features):
        for kind, level in _LEVELS:
            matrix = getattr(one, level)
            if matrix is None:
                continue
            bounds = splits if level == "sequence" else np.arange(len(messages) + 1)
            for row, message in enumerate(made):
                part = _rows(matrix, int(bounds[row]), int(bounds[row + 1]))
                message.add_features(Features(part, kind, TEXT, f"featurizer_{number}"))
    return made


def training_data_of(
    messages: Messages,
    features: Sequence[ours.Features],
    synonyms: Synonyms | None,
    regexes: Regexes | None,
    lookups: Lookups | None,
) -> TrainingData:
    """The examples with their intents and entities, and the rest of the NLU data."""
    examples = messages_of(messages, features)
    facts = zip(messages.intents.decoded(), messages.response_keys.decoded(), strict=True)
    for number, (example, (intent, key)) in enumerate(zip(examples, facts, strict=True)):
        found = {INTENT: intent, INTENT_RESPONSE_KEY: key, ENTITIES: messages.entities.row(number) or None}
        for name, value in found.items():
            if value is not None:
                example.set(name, value)
    return TrainingData(
        examples,
        dict(synonyms.pairs) if synonyms is not None else {},
        [{"name": name, "pattern": pattern} for name, pattern in regexes.patterns] if regexes is not None else [],
        [{"name": name, "elements": list(one)} for name, one in lookups.tables] if lookups is not None else [],
    )


def tokens_of(messages: Sequence[Message]) -> Tokens:
    """The tokens that a tokenizer set."""
    rows = [message.get(_TOKENS) or [] for message in messages]
    made = Tokens.of([[(str(one.text), int(one.start), int(one.end)) for one in row] for row in rows])
    flat = [one for row in rows for one in row]
    lemmas = Coded.of([one.lemma for one in flat]) if any(one.lemma != one.text for one in flat) else None
    tags = Coded.of([one.get(_TAGS) for one in flat]) if any(one.get(_TAGS) for one in flat) else None
    return Tokens(made.splits, made.starts, made.ends, made.words, lemmas, tags)


def features_of(messages: Sequence[Message], tokens: Tokens) -> ours.Features:
    """What a featurizer added: sequence [t, c], sentence [n, c]. Raises ValueError where rows are missing."""
    heights = {"sequence": np.diff(tokens.splits).tolist(), "sentence": [1] * len(messages)}
    made: dict[str, ours.Matrix | None] = {}
    for kind, level in _LEVELS:
        parts = [
            [one for one in message.features if one.attribute == TEXT and one.type == kind] for message in messages
        ]
        made[level] = _stacked(parts, heights[level], level)
    return ours.Features(made["sequence"], made["sentence"])


def set_intents(messages: Sequence[Message], found: IntentPredictions) -> None:
    """Sets what classifiers said before."""
    for row, message in enumerate(messages):
        ranking = [
            {"name": found.names[code], "confidence": float(sure)}
            for code, sure in zip(found.ranking[row].tolist(), found.confidences[row].tolist(), strict=True)
            if code >= 0
        ]
        if ranking:
            message.set(INTENT, ranking[0])
            message.set(INTENT_RANKING_KEY, ranking)


def intents_of(messages: Sequence[Message]) -> IntentPredictions:
    """The intents that messages have now, each with its ranking."""
    rows = [_ranking(message) for message in messages]
    names = tuple(sorted({name for row in rows for name, _ in row}))
    code = {name: number for number, name in enumerate(names)}
    width = max((len(row) for row in rows), default=0)
    ranking = np.full((len(rows), width), -1, dtype=np.int32)
    sure = np.zeros((len(rows), width), dtype=np.float32)
    for number, row in enumerate(rows):
        for place, (name, confidence) in enumerate(row):
            ranking[number, place], sure[number, place] = code[name], confidence
    return IntentPredictions(names, ranking, sure)


def set_entities(messages: Sequence[Message], found: EntityPredictions) -> None:
    """Sets what extractors found before."""
    nothing = IntentPredictions((), np.zeros((len(messages), 0), np.int32), np.zeros((len(messages), 0), np.float32))
    parses = Parses([message.get(TEXT) for message in messages], nothing, found)
    for row, message in enumerate(messages):
        if entities := parses.entities.row(row):
            message.set(ENTITIES, entities)


def entities_of(messages: Sequence[Message], extractor: str) -> EntityPredictions:
    """The entities that messages have now; those that say of no extractor are of this one."""
    rows = [[_span(message, one) for one in message.get(ENTITIES) or ()] for message in messages]
    flat = [one for message in messages for one in message.get(ENTITIES) or ()]
    sure = [np.array([_confidence(one, name) for one in flat], dtype=np.float32) for name in _SURENESS]
    details = tuple(_details(one) for one in flat)
    return EntityPredictions(
        Spans.of(rows),
        sure[0],
        Coded.of([str(one.get("extractor") or extractor) for one in flat]),
        tuple("+".join(one.get("processors") or ()) for one in flat),
        sure[1] if any(_SURENESS[1] in one for one in flat) else None,
        sure[2] if any(_SURENESS[2] in one for one in flat) else None,
        details if any(details) else None,
    )


def _tokens(messages: TokenizedMessages) -> list[list[Token]]:
    tokens = messages.tokens
    words, lemmas, tags = (
        column.decoded() if column is not None else None for column in (tokens.words, tokens.lemmas, tokens.tags)
    )
    rows = []
    for first, last in zip(tokens.splits[:-1].tolist(), tokens.splits[1:].tolist(), strict=True):
        row = []
        for place in range(first, last):
            data = {_TAGS: tags[place]} if tags is not None and tags[place] is not None else None
            lemma = lemmas[place] if lemmas is not None else None
            word = str(words[place]) if words is not None else ""
            row.append(Token(word, int(tokens.starts[place]), int(tokens.ends[place]), data, lemma))
        rows.append(row)
    return rows


def _rows(matrix: ours.Matrix, first: int, last: int) -> Any:
    """Some rows of a matrix: an array, or a sparse matrix of scipy's."""
    if not isinstance(matrix, ours.Csr):
        return matrix[first:last]
    from scipy.sparse import csr_matrix

    begin, end = int(matrix.indptr[first]), int(matrix.indptr[last])
    parts = (matrix.data[begin:end], matrix.indices[begin:end], matrix.indptr[first : last + 1] - begin)
    return csr_matrix(parts, shape=(last - first, matrix.columns)).tocoo()


def _stacked(parts: Sequence[Sequence[Features]], heights: Sequence[int], level: str) -> ours.Matrix | None:
    """One matrix of all messages; None where no message has such features."""
    if not any(parts):
        return None
    columns = max(one.features.shape[-1] for part in parts for one in part)
    sparse = any(one.is_sparse() for part in parts for one in part)
    blocks = [_block(part, height, columns, level) for part, height in zip(parts, heights, strict=True)]
    if not sparse:
        dense: NDArray[np.float32] = np.concatenate([np.zeros((0, columns), np.float32), *blocks]).astype(np.float32)
        return dense
    from scipy.sparse import csr_matrix, vstack

    stacked = csr_matrix(vstack([csr_matrix(block) for block in blocks], format="csr"))
    stacked.sum_duplicates()
    stacked.eliminate_zeros()
    return ours.Csr(
        stacked.data.astype(np.float32), stacked.indices.astype(np.int32), stacked.indptr.astype(np.int64), columns
    )


def _block(part: Sequence[Features], height: int, columns: int, level: str) -> Any:
    """The rows of one message; zeros where nothing was said of it, as of a message without tokens."""
    if not part:
        return np.zeros((height, columns), dtype=np.float32)
    if len(part) > 1:
        raise ValueError(f"a message has {len(part)} {level} features of one featurizer")
    matrix = part[0].features
    matrix = matrix.reshape(1, -1) if matrix.ndim == 1 else matrix
    if matrix.shape != (height, columns):
        raise ValueError(f"{level} features of a message have the shape {matrix.shape}, not {(height, columns)}")
    return matrix


def _ranking(message: Message) -> list[tuple[str, float]]:
    """(intent, confidence), the best first."""
    top = message.get(INTENT) or {}
    found = {str(one["name"]): float(one["confidence"]) for one in message.get(INTENT_RANKING_KEY) or ()}
    if not isinstance(top, Mapping) or top.get("name") is None:
        return list(found.items())
    first = (str(top["name"]), float(top.get("confidence") or 0.0))
    return [first, *((name, sure) for name, sure in found.items() if name != first[0])]


def _span(message: Message, entity: Mapping[str, Any]) -> dict[str, Any]:
    text = str(message.get(TEXT))
    start, end = int(entity.get("start", 0)), int(entity.get("end", len(text)))
    value = entity.get("value", text[start:end])
    found = {"start": start, "end": end, "entity": str(entity["entity"]), "value": _text(value)}
    return {**found, **{name: str(entity[name]) for name in ("role", "group") if entity.get(name) is not None}}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else encode_json(value).decode()


def _confidence(entity: Mapping[str, Any], name: str) -> float:
    given = entity.get(name)
    return 1.0 if given is None else float(given)


def _details(entity: Mapping[str, Any]) -> str:
    """What is said beyond text, as JSON."""
    more = {name: value for name, value in entity.items() if name not in _KNOWN and name not in _SURENESS}
    value = entity.get("value")
    if value is not None and not isinstance(value, str):
        more["value"] = value
    return encode_json(more).decode() if more else ""
