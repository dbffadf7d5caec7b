"""EntityEvaluation: predicted entities against those of the examples, token by token and span by span. RASA.md 6.2."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.messages import Messages, TokenizedMessages, Tokens
from graphbuild.assistant.data.predictions import EntityPredictions, about_messages
from graphbuild.assistant.evaluation.evaluation import ENTITY, NO_EXAMPLES, Evaluation, Evaluations
from graphbuild.assistant.evaluation.metrics import NO_ENTITY, Confusion
from graphbuild.assistant.nlu.tokenizers.whitespace import tokenize
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option

PRETRAINED = ("DucklingEntityExtractor", "SpacyEntityExtractor")
_Span = Mapping[str, Any]
_Labelled = tuple[str, float]
Place = tuple[int, int]
"""Where something begins and ends in a text."""


class EntityEvaluation(Component):
    """Holds predicted entities against those of the examples, of all extractors together and of each."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        extractors: list[str] = option([], "Extractors that are evaluated even where they found nothing.")
        passed_over: list[str] = option([*PRETRAINED], "Extractors that know types of their own, and never learn.")

    config: Config

    def apply(self, messages: Messages, entities: Sequence[EntityPredictions] = ()) -> Evaluations:
        """Messages with their tokens, if they have any: else words are told by white space."""
        if not len(messages):
            return Evaluations({ENTITY: Evaluation(reason=NO_EXAMPLES)})
        if not messages.entities.starts.size:
            return Evaluations({ENTITY: Evaluation(reason="the examples have no annotated entities")})
        if not entities and not self.config.extractors:
            return Evaluations({ENTITY: Evaluation(reason="no component of the recipe extracts entities")})
        entities = about_messages(entities)
        wanted = [messages.entities.row(message) for message in range(len(messages))]
        found = [self._found(entities, message) for message in range(len(messages))]
        extractors = {span["extractor"] for row in found for span in row} | set(self.config.extractors)
        places = token_places(messages)
        parts = {ENTITY: entity_evaluation(messages.texts, places, wanted, found)}
        for name in sorted(extractors - set(self.config.passed_over)):
            own = [[span for span in row if span["extractor"] == name] for row in found]
            parts[name] = entity_evaluation(messages.texts, places, wanted, own)
        return Evaluations(parts)

    def _found(self, entities: Sequence[EntityPredictions], message: int) -> list[_Span]:
        found = [span for one in entities for span in _predicted(one, message)]
        return [span for span in found if span["extractor"] not in self.config.passed_over]


def _predicted(entities: EntityPredictions, message: int) -> Iterator[_Span]:
    first = int(entities.spans.splits[message])
    for position, span in enumerate(entities.spans.row(message), start=first):
        extractor = entities.extractors.names[entities.extractors.codes[position]]
        yield {**span, "extractor": extractor, "confidence_entity": float(entities.confidences[position])}


def token_places(messages: Messages) -> list[list[Place]]:
    """Where the tokens of each message begin and end: words between white space, where nothing has told tokens."""
    tokens = messages.tokens if isinstance(messages, TokenizedMessages) else None
    if tokens is None:
        tokens = Tokens.of([tokenize(text) for text in messages.texts])
    pairs = list(zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True))
    return [pairs[first:last] for first, last in itertools.pairwise(tokens.splits.tolist())]


def entity_evaluation(
    texts: Sequence[str],
    places: Sequence[Sequence[Place]],
    wanted: Sequence[Sequence[_Span]],
    found: Sequence[Sequence[_Span]],
) -> Evaluation:
    """N texts with the places of their tokens, the entities that are in them, and those that were found."""
    asked: list[str] = []
    named: list[str] = []
    right, wrong, errors, successes = [], [], [], []
    spans = np.zeros(3, dtype=np.int64)
    for message, text in enumerate(texts):
        targets = [name for name, _ in token_labels(places[message], wanted[message])]
        said = token_labels(places[message], found[message])
        pairs = list(zip(targets, said, strict=True))
        asked += targets
        named += [name for name, _ in said]
        right += [sure for target, (name, sure) in pairs if target == name != NO_ENTITY]
        wrong += [sure for target, (name, sure) in pairs if target != name != NO_ENTITY]
        spans += _exact(wanted[message], found[message])
        row = {"text": text, "entities": wanted[message], "predicted_entities": found[message]}
        if any(target != name for target, (name, _) in pairs):
            errors.append(row)
        elif any(target != NO_ENTITY for target in targets):
            successes.append(row)
    return Evaluation(
        len(texts),
        confusion=Confusion.of(asked, named),
        without=NO_ENTITY,
        errors=tuple(errors),
        successes=tuple(successes),
        right=tuple(right),
        wrong=tuple(wrong),
        spans=(int(spans[0]), int(spans[1]), int(spans[2])),
    )


def token_labels(places: Sequence[Place], spans: Sequence[_Span]) -> list[_Labelled]:
    """For each token the label of the span that covers most of it, the first of equals, and its confidence."""
    labels = []
    for start, end in places:
        shared = [min(end, span["end"]) - max(start, span["start"]) for span in spans]
        best = max(range(len(shared)), key=shared.__getitem__, default=0)
        if shared and shared[best] > 0:
            labels.append((label_of(spans[best]), float(spans[best].get("confidence_entity", 1.0))))
        else:
            labels.append((NO_ENTITY, 1.0))
    return labels


def label_of(span: _Span) -> str:
    """The type of an entity with its group and role: `city`, `city.from`, `city.1.from`."""
    return ".".join(str(span[key]) for key in ("entity", "group", "role") if span.get(key))


def labelled_places(spans: Sequence[_Span]) -> set[tuple[int, int, str]]:
    """What counts of entities: their places and labels."""
    return {(span["start"], span["end"], label_of(span)) for span in spans}


def _exact(wanted: Sequence[_Span], found: Sequence[_Span]) -> tuple[int, int, int]:
    """Entities found with their place and label, found, and to be found; equal ones count once."""
    asked, said = labelled_places(wanted), labelled_places(found)
    return len(asked & said), len(said), len(asked)
