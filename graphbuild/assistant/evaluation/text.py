"""Evaluations as plain text: a line each, and the whole reports as scikit-learn prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.evaluation import Evaluation
from graphbuild.assistant.evaluation.folds import FIGURES, FoldFigures
from graphbuild.assistant.evaluation.metrics import AVERAGES, flat

_COLUMNS = ("precision", "recall", "f1-score", "support")


def summary_lines(parts: Mapping[str, Evaluation]) -> Iterator[str]:
    """A line for each evaluation."""
    width = max((len(name) for name in parts), default=0)
    for name, part in parts.items():
        report = part.report()
        if report is None:
            yield f"{name:<{width}}  not evaluated: {part.reason}"
            continue
        # Of entities, the average that people compare is the micro one; of the others, it is their accuracy.
        average = "weighted avg" if part.without is None else "micro avg"
        figures = report[average]
        yield (
            f"{name:<{width}}  F1 {figures['f1-score']:.3f}  precision {figures['precision']:.3f}  "
            f"recall {figures['recall']:.3f} ({average})  accuracy {report['accuracy']:.3f}  "
            f"{part.examples} examples, {len(part.errors)} with errors"
        )


def fold_lines(folds: FoldFigures) -> Iterator[str]:
    """A line for each evaluation of a cross-validation, on training and test data."""
    width = max((len(name) for name in folds.figures), default=0)
    for name, parts in folds.figures.items():
        for part in ("train", "test"):
            if figures := parts[part]:
                told = "  ".join(f"{one} {figures[one]['mean']:.3f} ± {figures[one]['std']:.3f}" for one in FIGURES)
                yield f"{name:<{width}}  {part:<5}  {told}"


def comparison_lines(comparison: Comparison) -> Iterator[str]:
    """A line for each configuration: mean and spread, from all that there is to train on to the least."""
    width = max((len(curve.config) for curve in comparison.curves), default=0)
    examples = ", ".join(str(count) for count in comparison.examples)
    yield f"{comparison.measure}, trained on {examples} {comparison.unit}:"
    for curve in comparison.curves:
        figures = zip(curve.means, curve.spreads, strict=True)
        yield f"{curve.config:<{width}}  {'  '.join(f'{mean:.3f} ± {spread:.3f}' for mean, spread in figures)}"


def text_report(parts: Mapping[str, Evaluation]) -> str:
    """All figures of all labels."""
    return "\n".join("\n".join(_table(name, part)) + "\n" for name, part in parts.items())


def _table(name: str, part: Evaluation) -> Iterator[str]:
    report = part.report()
    yield name
    if report is None:
        yield f"  not evaluated: {part.reason}"
        return
    rows = {label: one for label, one in flat(report).items() if label not in ("accuracy", "exact")}
    if "exact" in report:
        rows["whole entities"] = report["exact"]
    width = max(len(label) for label in rows)
    yield f"  {'':<{width}}  {'  '.join(f'{column:>9}' for column in _COLUMNS)}"
    for label, one in rows.items():
        if label == AVERAGES[0]:
            yield ""
        figures = "  ".join(f"{one[column]:>9.3f}" for column in _COLUMNS[:-1])
        yield f"  {label:<{width}}  {figures}  {one['support']:>9}"
    yield f"  {'accuracy':<{width}}  {report['accuracy']:>9.3f}"
