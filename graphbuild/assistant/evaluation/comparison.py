"""NLUComparison: evaluations of several configurations, over exclusion percentages and runs, as curves. RASA.md 6.2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.evaluation.evaluation import INTENT, Evaluations
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class Curve:
    """One configuration: what is measured of it, a list a run, of one figure a percentage."""

    config: str
    runs: tuple[tuple[float, ...], ...]

    @property
    def means(self) -> list[float]:
        """The mean over runs for each percentage."""
        return [float(one) for one in np.mean(self.runs, axis=0)]

    @property
    def spreads(self) -> list[float]:
        """The standard deviation over runs for each percentage."""
        return [float(one) for one in np.std(self.runs, axis=0)]


@dataclass(frozen=True)
class Comparison(JsonArtifact):
    """Several configurations, each with its curve."""

    type_name: ClassVar[str] = "Comparison.v2"
    percentages: tuple[int, ...]
    examples: tuple[int, ...]
    """How many examples are left to train on, of the first run, for each percentage."""
    curves: tuple[Curve, ...]
    measure: str = "weighted F1 of intents"
    unit: str = "examples"
    """What there is ever less of to train on."""

    def results(self) -> Mapping[str, list[list[float]]]:
        """As Rasa's results.json: configuration -> a list a run of the figure for each percentage."""
        return {curve.config: [list(run) for run in curve.runs] for curve in self.curves}

    def to_plain(self) -> Any:
        curves = [[curve.config, [list(run) for run in curve.runs]] for curve in self.curves]
        words = {"measure": self.measure, "unit": self.unit}
        return {"percentages": list(self.percentages), "examples": list(self.examples), "curves": curves, **words}

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        curves = tuple(Curve(config, tuple(tuple(run) for run in runs)) for config, runs in plain["curves"])
        sizes = tuple(plain["percentages"]), tuple(plain["examples"])
        return cls(*sizes, curves, plain["measure"], plain["unit"])


class NLUComparison(Component):
    """Puts the evaluations of several configurations side by side."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """Options."""

        configs: list[str] = option([], "The configurations.")
        percentages: list[int] = option([], "Shares of the examples that were left out.")

    config: Config

    def apply(self, evaluations: Sequence[Evaluations], examples: Sequence[Messages]) -> Comparison:
        """Evaluations by configuration, then run, then percentage; what the first run trained on by percentage."""
        curves = curves_of(self.config.configs, [_f1(one) for one in evaluations], len(self.config.percentages))
        return Comparison(tuple(self.config.percentages), tuple(len(one) for one in examples), curves)


def curves_of(configs: Sequence[str], figures: Sequence[float], width: int) -> tuple[Curve, ...]:
    """Figures by configuration, then run, then percentage, as a curve a configuration."""
    rest = iter(figures)
    runs = len(figures) // max(width * len(configs), 1)
    return tuple(
        Curve(config, tuple(tuple(next(rest) for _ in range(width)) for _ in range(runs))) for config in configs
    )


def _f1(evaluations: Evaluations) -> float:
    report = evaluations.parts[INTENT].report()
    return 0.0 if report is None else float(report["weighted avg"]["f1-score"])
