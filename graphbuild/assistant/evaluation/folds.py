"""FoldSummary: the evaluations of a cross-validation, their figures with mean and spread, and all tests as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.assistant.evaluation.evaluation import Evaluations
from graphbuild.contract.artifact import JsonArtifact, Ports
from graphbuild.contract.component import Component, Options

FIGURES = ("accuracy", "precision", "recall", "f1-score")
"""Those of the weighted average but for the accuracy, as Rasa prints them."""


@dataclass(frozen=True)
class FoldFigures(JsonArtifact):
    """Name -> train or test -> figure -> its values by fold, mean and standard deviation."""

    type_name: ClassVar[str] = "FoldFigures.v1"
    figures: Mapping[str, Mapping[str, Mapping[str, Any]]]

    def to_plain(self) -> Any:
        return self.figures

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)


@dataclass(frozen=True)
class FoldPorts(Ports):
    """The figures, and the evaluation of all tests: every example is tested once."""

    figures: FoldFigures
    tests: Evaluations


class FoldSummary(Component):
    """Puts the folds of a cross-validation together."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, train: Sequence[Evaluations], test: Sequence[Evaluations]) -> FoldPorts:
        """Evaluations of each fold over what it was trained on, and over what it was not."""
        tests = Evaluations.pooled(test)
        figures = {
            name: {"train": _spread(train, name), "test": _spread(test, name)}
            for name, one in tests.parts.items()
            if one.reason is None
        }
        return FoldPorts(FoldFigures(figures), tests)


def _spread(folds: Sequence[Evaluations], name: str) -> dict[str, Any]:
    reports = [one.parts[name].report() for one in folds if name in one.parts]
    done = [one for one in reports if one is not None]
    values = {
        figure: [float(one["accuracy"] if figure == "accuracy" else one["weighted avg"][figure]) for one in done]
        for figure in FIGURES
    }
    return {
        figure: {"mean": float(np.mean(every)), "std": float(np.std(every)), "folds": every}
        for figure, every in values.items()
        if every
    }
