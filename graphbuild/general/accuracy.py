"""Accuracy: how many predictions are right, over all texts and for each label."""

from __future__ import annotations

from collections import Counter

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component
from graphbuild.general.texts import LabelledTexts, TextPredictions


class Accuracy(Component):
    """Compares predictions with labels. Output: texts, right, accuracy (0 to 1), and the same for each label."""

    kind = "evaluation"

    def apply(self, predictions: TextPredictions, texts: LabelledTexts) -> JsonValue:
        """Texts without a label are passed over; without any text the accuracy is null."""
        total: Counter[str] = Counter()
        right: Counter[str] = Counter()
        for said, label in zip(predictions.labels, texts.labels, strict=True):
            if label is not None:
                total[label] += 1
                right[label] += said == label
        by_label = {label: _counted(total[label], right[label]) for label in total}
        return JsonValue({**_counted(total.total(), right.total()), "labels": by_label})


def _counted(total: int, right: int) -> dict[str, object]:
    return {"texts": total, "right": right, "accuracy": right / total if total else None}
