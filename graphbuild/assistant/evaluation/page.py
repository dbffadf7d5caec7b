"""EvaluationPage and ComparisonPage: evaluations as one HTML page each, which needs no network and no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.drawing import confusion_svg, curves_svg, histogram_svg
from graphbuild.assistant.evaluation.entities import label_of
from graphbuild.assistant.evaluation.evaluation import Evaluation, Evaluations
from graphbuild.assistant.evaluation.folds import FIGURES, FoldFigures
from graphbuild.assistant.evaluation.html import Cell, document, escaped, table
from graphbuild.assistant.evaluation.metrics import AVERAGES, Report
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import Component, Options

_TITLES = {
    "intent": "Intents",
    "entity": "Entities",
    "response_selection": "Responses",
    "story": "Actions",
    "story_intent": "Intents",
    "story_entity": "Entities",
}
_FIGURES = ("precision", "recall", "f1-score", "support")


class EvaluationPage(Component):
    """Shows evaluations as one HTML page: figures, confusion, confidences, and errors that can be sorted."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, evaluations: Sequence[Evaluations], folds: Sequence[FoldFigures] = ()) -> Blob:
        """Evaluations in the order given."""
        parts = {name: one for held in evaluations for name, one in held.parts.items()}
        body = [*(section(name, one) for name, one in parts.items())]
        if folds:
            figures = {name: figures for one in folds for name, figures in one.figures.items()}
            body.insert(0, _folds({name: figures[name] for name in parts if name in figures}))
        return Blob(document("Evaluation of understanding", body))


class ComparisonPage(Component):
    """Shows how configurations compare as one HTML page."""

    kind = "evaluation"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, comparison: Comparison) -> Blob:
        """The curves, and their figures."""
        head = ["configuration", *(f"{percentage} % left out" for percentage in comparison.percentages)]
        rows: list[list[Cell]] = [[f"{comparison.unit} to train on", *comparison.examples]]
        for curve in comparison.curves:
            figures = zip(curve.means, curve.spreads, strict=True)
            rows.append([curve.config, *(f"{mean:.3f} ± {spread:.3f}" for mean, spread in figures)])
        measure = escaped(comparison.measure[0].upper() + comparison.measure[1:])
        body = f"<p>{measure}: mean over runs, and standard deviation.</p>"
        return Blob(document("Comparison of configurations", [body, curves_svg(comparison), table(head, rows)]))


def section(name: str, evaluation: Evaluation) -> str:
    """What a page says of one evaluation."""
    title = f"<h2 id={escaped(name, quote=True)}>{escaped(_TITLES.get(name, name))}</h2>"
    report = evaluation.report()
    if report is None:
        return f"{title}<p>Not evaluated: {escaped(evaluation.reason or '')}.</p>"
    counted = f"<p>{evaluation.examples} examples, accuracy <b>{report['accuracy']:.3f}</b>.</p>"
    drawn = [confusion_svg(evaluation.confusion)]
    if any(sure != 1.0 for sure in (*evaluation.right, *evaluation.wrong)):
        drawn.append(histogram_svg(evaluation.right, evaluation.wrong))
    pictures = "".join(f"<figure>{one}</figure>" for one in drawn)
    return "\n".join([title, counted, _averages(report), _labels(report), pictures, _errors(evaluation)])


def _averages(report: Report) -> str:
    rows: list[list[Cell]] = [[name, *(report[name][figure] for figure in _FIGURES)] for name in AVERAGES]
    if "exact" in report:
        rows.append(["whole entities", *(report["exact"][figure] for figure in _FIGURES)])
    return table(["average", *_FIGURES], rows)


def _labels(report: Report) -> str:
    rows: list[list[Cell]] = [
        [label, *(one[figure] for figure in _FIGURES), _confused(one["confused_with"])]
        for label, one in report["labels"].items()
    ]
    head = ["label", *_FIGURES, "confused with"]
    return f"<details open><summary>{len(rows)} labels</summary>{table(head, rows)}</details>"


def _confused(others: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in others.items())


def _errors(evaluation: Evaluation) -> str:
    rows = [list(_error(one)) for one in evaluation.errors]
    if not rows:
        return "<p>No errors.</p>"
    head = ["text", "true", "predicted", "confidence"]
    return f"<details open><summary>{len(rows)} errors</summary>{table(head, rows, search=True)}</details>"


def _error(one: Mapping[str, Any]) -> Iterator[Cell]:
    yield one["text"]
    if "entities" in one:
        yield _entities(one["entities"])
        yield _entities(one["predicted_entities"])
        # What test stories found of entities is kept without how sure it was.
        sure = [span["confidence_entity"] for span in one["predicted_entities"] if "confidence_entity" in span]
        yield min(sure, default="")
        return
    target, said = (
        one[key] for key in sorted(set(one) - {"text", "story"}, key=lambda key: key.endswith("prediction"))
    )
    yield target
    yield said["name"] or ""
    yield said["confidence"]


def _entities(spans: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{span['value']} ({label_of(span)})" for span in spans)


def _folds(folds: Mapping[str, Mapping[str, Any]]) -> str:
    rows: list[list[Cell]] = [
        [name, part, *(f"{value['mean']:.3f} ± {value['std']:.3f}" for value in (figures[key] for key in FIGURES))]
        for name, parts in folds.items()
        for part, figures in parts.items()
        if figures
    ]
    head = ["what", "on", "accuracy", "precision", "recall", "F1"]
    note = "<p>Mean and standard deviation over the folds; below, all tests together.</p>"
    return f"<h2>Cross-validation</h2>{note}{table(head, rows)}"
