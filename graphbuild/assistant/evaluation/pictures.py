"""EvaluationPictures and CurvePicture: evaluations drawn as PNG by matplotlib. Knows no files.

matplotlib is told what to draw with, whatever the user's own settings, and loaded when there is something to draw.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, ParamSpec, Self

import numpy as np

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.evaluation import Evaluation, Evaluations
from graphbuild.contract.artifact import Blob
from graphbuild.contract.columns import Array, ColumnsArtifact
from graphbuild.contract.component import Component, Options

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_Facts = ParamSpec("_Facts")
BINS = 25
_MOST_LABELS = 150
"""More would be too small to be told apart; the page has them all."""
_MOST_NUMBERS = 40
_RIGHT, _WRONG = "#2a7f62", "#c8553d"


@dataclass(frozen=True)
class Pictures(ColumnsArtifact):
    """PNG files by name."""

    type_name: ClassVar[str] = "Pictures.v1"
    files: Mapping[str, bytes]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        return {name: np.frombuffer(data, dtype=np.uint8) for name, data in self.files.items()}, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        return cls({name: data.tobytes() for name, data in arrays.items()})


class EvaluationPictures(Component):
    """Draws the confusion matrix and the confidences of evaluations."""

    kind = "evaluation"
    requires = ("matplotlib",)

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, evaluations: Evaluations) -> Pictures:
        """Two pictures for each; confidences only where they say anything."""
        files = {}
        for name, one in evaluations.parts.items():
            if one.reason is None:
                files[f"{name}_confusion_matrix.png"] = _png(_confusion, name, one)
                if any(sure != 1.0 for sure in (*one.right, *one.wrong)):
                    files[f"{name}_histogram.png"] = _png(_histogram, name, one)
        return Pictures(files)


class CurvePicture(Component):
    """Draws how well each configuration does with ever more to train on."""

    kind = "evaluation"
    requires = ("matplotlib",)

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, comparison: Comparison) -> Blob:
        """One PNG: the mean of what is measured over how much there is to train on, with its spread."""
        return Blob(_png(_curves, comparison))


def histogram(values: Sequence[float]) -> list[int]:
    """How many confidences are in each of 25 bins between 0 and 1."""
    counts, _ = np.histogram(np.asarray(values, dtype=float), bins=BINS, range=(0.0, 1.0))
    return [int(count) for count in counts]


def _curves(comparison: Comparison) -> Figure:
    figure = _figure(8, 5)
    axes = figure.subplots()
    for curve in comparison.curves:
        means, spreads = np.array(curve.means), np.array(curve.spreads)
        axes.plot(comparison.examples, means, marker="o", label=_plain(curve.config))
        axes.fill_between(comparison.examples, means - spreads, means + spreads, alpha=0.2)
    axes.set(xlabel=f"{comparison.unit} to train on", ylabel=comparison.measure, title="Comparison")
    axes.grid(alpha=0.3)
    axes.legend()
    return figure


def _histogram(name: str, evaluation: Evaluation) -> Figure:
    figure = _figure(8, 5)
    axes = figure.subplots()
    places = (np.arange(BINS) + 0.5) / BINS
    axes.bar(places, histogram(evaluation.right), width=0.9 / BINS, color=_RIGHT, label="right")
    axes.bar(places, -np.array(histogram(evaluation.wrong)), width=0.9 / BINS, color=_WRONG, label="wrong")
    axes.axhline(0, color="black", linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set(xlim=(0, 1), xlabel="confidence", ylabel="predictions", title=f"Confidences: {name}")
    axes.legend()
    return figure


def _confusion(name: str, evaluation: Evaluation) -> Figure:
    confusion = evaluation.confusion
    busiest = np.argsort(-(confusion.counts.sum(axis=0) + confusion.counts.sum(axis=1)), kind="stable")[:_MOST_LABELS]
    kept = np.sort(busiest)
    counts = confusion.counts[np.ix_(kept, kept)]
    labels = [_plain(confusion.labels[code]) for code in kept.tolist()]
    size = min(max(5.0, 2.5 + 0.28 * len(labels)), 40.0)
    figure = _figure(size, size)
    axes = figure.subplots()
    # Colours by share of the target, so that frequent labels do not hide the others.
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=7)
    axes.set_yticks(range(len(labels)), labels, fontsize=7)
    axes.set(xlabel="predicted", ylabel="true", title=f"Confusion: {name}")
    if len(labels) <= _MOST_NUMBERS:
        for i, j in zip(*np.nonzero(counts), strict=True):
            colour = "white" if shares[i, j] > 0.6 else "black"
            axes.text(j, i, str(counts[i, j]), ha="center", va="center", fontsize=7, color=colour)
    return figure


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def _png(draw: Callable[_Facts, Figure], *facts: _Facts.args, **more: _Facts.kwargs) -> bytes:
    """What a function draws, whatever the user's own settings."""
    import matplotlib as mpl

    with mpl.rc_context(), warnings.catch_warnings():
        mpl.rcdefaults()
        warnings.simplefilter("ignore")  # Letters that the font lacks are drawn as boxes.
        out = io.BytesIO()
        # Nothing of the version or the day, so that equal evaluations give equal bytes.
        draw(*facts, **more).savefig(out, format="png", metadata={"Software": None})
        return out.getvalue()


def _plain(label: str) -> str:
    """A label as it is, where matplotlib would read formulas between dollars."""
    return label.replace("$", r"\$")
