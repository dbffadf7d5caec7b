"""Ranked labels held against targets: what the evaluations of intents and of responses share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphbuild.assistant.evaluation.evaluation import NOTHING, Evaluation
from graphbuild.assistant.evaluation.metrics import Confusion

Prediction = tuple[str | None, float]
"""A label and its confidence."""


def evaluated(
    texts: Sequence[str], targets: Sequence[str], predictions: Sequence[Prediction], names: tuple[str, str]
) -> Evaluation:
    """The evaluation of some texts; `names` are the keys of target and prediction in lists of errors."""
    rows = list(zip(texts, targets, predictions, strict=True))
    wrong = [(text, target, said) for text, target, said in rows if said[0] != target]
    right = [(text, target, said) for text, target, said in rows if said[0] == target]
    return Evaluation(
        examples=len(rows),
        confusion=Confusion.of(targets, [said or NOTHING for said, _ in predictions]),
        errors=tuple(_row(*one, names) for one in wrong),
        successes=tuple(_row(*one, names) for one in right),
        right=tuple(confidence for _, _, (_, confidence) in right),
        wrong=tuple(confidence for _, _, (_, confidence) in wrong),
    )


def _row(text: str, target: str, said: Prediction, names: tuple[str, str]) -> Mapping[str, Any]:
    return {"text": text, names[0]: target, names[1]: {"name": said[0], "confidence": said[1]}}
