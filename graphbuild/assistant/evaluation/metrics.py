"""Metrics: how often which label was predicted for which, and precision, recall and F1 of that.

As scikit-learn's `classification_report` computes them (`zero_division=0`), over the labels that occur among the
targets. Knows no messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

AVERAGES = ("micro avg", "macro avg", "weighted avg")
NO_ENTITY = "no_entity"
_MOST_CONFUSED = 3
Report = dict[str, Any]
"""accuracy, the averages, and `labels`: precision, recall, f1-score, support, confused_with of each."""


@dataclass(frozen=True)
class Confusion:
    """Which label was predicted how often for which. Sums of confusions are confusions of all together."""

    labels: tuple[str, ...]
    counts: NDArray[np.int64]  # [k, k] target, prediction

    @classmethod
    def of(cls, targets: Sequence[str], predictions: Sequence[str]) -> Self:
        """The confusion of some predictions."""
        return cls.of_cells((*pair, count) for pair, count in Counter(zip(targets, predictions, strict=True)).items())

    @classmethod
    def of_cells(cls, cells: Iterable[tuple[str, str, int]]) -> Self:
        """From (target, prediction, count); the same pair may come several times."""
        held = list(cells)
        labels = tuple(sorted({label for target, said, _ in held for label in (target, said)}))
        place = {label: code for code, label in enumerate(labels)}
        counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
        for target, said, count in held:
            counts[place[target], place[said]] += count
        return cls(labels, counts)

    @classmethod
    def summed(cls, parts: Iterable[Confusion]) -> Self:
        """Several confusions as one."""
        return cls.of_cells(cell for part in parts for cell in part.cells())

    def cells(self) -> list[tuple[str, str, int]]:
        """(target, prediction, count) of all pairs that occur, sorted."""
        found = zip(*np.nonzero(self.counts), strict=True)
        return [(self.labels[i], self.labels[j], int(self.counts[i, j])) for i, j in found]

    def targets(self, without: str | None = None) -> tuple[str, ...]:
        """Labels that occur among the targets."""
        asked = self.counts.sum(axis=1)
        return tuple(name for name, count in zip(self.labels, asked, strict=True) if count and name != without)


def report_of(confusion: Confusion, without: str | None = None) -> Report:
    """The figures of a confusion. A label named `without` counts for the accuracy only."""
    kept = [confusion.labels.index(label) for label in confusion.targets(without)]
    right = np.diag(confusion.counts)[kept]
    said, asked = confusion.counts.sum(axis=0)[kept], confusion.counts.sum(axis=1)[kept]
    precision, recall, f1 = _share(right, said), _share(right, asked), _share(2 * right, said + asked)
    support = int(asked.sum())
    micro = [_share(*pair) for pair in ((right.sum(), said.sum()), (right.sum(), support))]
    micro.append(_share(2 * right.sum(), said.sum() + support))
    means = [[one.mean() if kept else 0.0 for one in (precision, recall, f1)]]
    means.append([_share((one * asked).sum(), support) for one in (precision, recall, f1)])
    labels = {
        confusion.labels[code]: {
            **_figures(precision[i], recall[i], f1[i], asked[i]),
            "confused_with": _confused_with(confusion, code),
        }
        for i, code in enumerate(kept)
    }
    averages = {name: _figures(p, r, f, support) for name, (p, r, f) in zip(AVERAGES, [micro, *means], strict=True)}
    accuracy = float(_share(np.trace(confusion.counts), confusion.counts.sum()))
    return {"accuracy": accuracy, **averages, "labels": labels}


def flat(report: Report) -> Report:
    """A report in the shape of scikit-learn's: labels beside the averages."""
    return {**report["labels"], **{name: one for name, one in report.items() if name != "labels"}}


def exact(right: int, said: int, asked: int) -> dict[str, float | int]:
    """Precision, recall and F1 of things that are counted: found and right, found, to be found."""
    return _figures(_share(right, said), _share(right, asked), _share(2 * right, said + asked), asked)


def _figures(precision: Any, recall: Any, f1: Any, support: Any) -> dict[str, float | int]:
    figures = {"precision": float(precision), "recall": float(recall), "f1-score": float(f1)}
    return {**figures, "support": int(support)}


def _share(part: Any, whole: Any) -> Any:
    """A quotient, 0 where there is nothing to divide by."""
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=np.asarray(whole) != 0)


def _confused_with(confusion: Confusion, code: int) -> dict[str, int]:
    """The labels that were most often predicted instead of one."""
    row = confusion.counts[code]
    others = [other for other in np.argsort(-row, kind="stable").tolist() if other != code and row[other]]
    return {confusion.labels[other]: int(row[other]) for other in others[:_MOST_CONFUSED]}
