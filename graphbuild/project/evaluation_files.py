"""What an evaluation leaves behind: files with Rasa's names (RASA.md 6.2), and the document that `--json` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.evaluation.evaluation import ENTITY, Evaluation
from graphbuild.assistant.evaluation.metrics import Report, flat
from graphbuild.assistant.evaluation.text import comparison_lines, fold_lines, summary_lines, text_report
from graphbuild.builder import BuildReport
from graphbuild.errors import Problem
from graphbuild.project.evaluation import Compared, Evaluated
from graphbuild.project.evaluation_nodes import KINDS

PAGE = "nlu_report.html"
COMPARISON_PAGE = "nlu_comparison.html"


@dataclass(frozen=True)
class Wanted:
    """Which lists of examples are written."""

    errors: bool = True
    successes: bool = False


@dataclass(frozen=True)
class Results:
    """What a command shows of an evaluation; nothing but the report where the build did not succeed."""

    report: BuildReport
    files: Mapping[str, Any] = field(default_factory=dict)
    """Path -> bytes, a text, or a value to be written as JSON."""
    document: Mapping[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    page: str = ""
    errors: int = 0
    """How many examples or stories were predicted wrong."""
    findings: tuple[Problem, ...] = ()
    """What is odd about what was tested on."""


def evaluation_results(evaluated: Evaluated, wanted: Wanted) -> Results:
    """The results of an evaluation, or of a cross-validation."""
    parts, folds = evaluated.parts, evaluated.folds
    if not parts:
        return Results(evaluated.report)
    document = evaluation_document(parts)
    lines = [*summary_lines(parts)]
    if folds is not None:
        document["cross_validation"] = folds.figures
        lines = [*fold_lines(folds), "all tests together:", *lines]
    files = evaluation_files(evaluated, wanted)
    return Results(evaluated.report, files, document, tuple(lines), PAGE, _errors(parts))


def comparison_results(compared: Compared, wanted: Wanted) -> Results:
    """The results of a comparison."""
    if not compared.parts:
        return Results(compared.report)
    errors = sum(_errors(parts) for parts in compared.parts.values())
    files, document = comparison_files(compared, wanted), comparison_document(compared)
    return Results(
        compared.report, files, document, tuple(comparison_lines(compared.comparison)), COMPARISON_PAGE, errors
    )


def evaluation_files(evaluated: Evaluated, wanted: Wanted) -> dict[str, Any]:
    """Path -> bytes, a text, or a value to be written as JSON."""
    files: dict[str, Any] = _part_files(evaluated.parts, wanted)
    files.update(evaluated.pictures)
    files[PAGE] = evaluated.page
    files["nlu_report.txt"] = text_report(evaluated.parts)
    if evaluated.folds is not None:
        files["cross_validation.json"] = evaluated.folds.figures
    return files


def comparison_files(compared: Compared, wanted: Wanted) -> dict[str, Any]:
    """Path -> bytes, a text, or a value to be written as JSON."""
    files: dict[str, Any] = {}
    for (config, run, percentage), parts in compared.parts.items():
        folder = f"run_{run}/{percentage}%_exclusion/{config}_report"
        files.update({f"{folder}/{name}": content for name, content in _part_files(parts, wanted).items()})
    files["results.json"] = compared.comparison.results()
    files[COMPARISON_PAGE] = compared.page
    if compared.curve is not None:
        files["nlu_model_comparison_graph.png"] = compared.curve
    return files


def evaluation_document(parts: Mapping[str, Evaluation]) -> dict[str, Any]:
    """`intent`, `entity`, `response_selection`, null where nothing was evaluated, and `reasons` for that."""
    reports = {name: _figures(part) for name, part in parts.items()}
    document: dict[str, Any] = {name: reports[name] for name in KINDS}
    if (entities := document[ENTITY]) is not None:
        entities["extractors"] = {name: one for name, one in reports.items() if name not in KINDS}
    reasons = {name: part.reason for name, part in parts.items() if part.reason is not None}
    return {**document, "reasons": reasons}


def comparison_document(compared: Compared) -> dict[str, Any]:
    """The curves, and the figures behind them."""
    comparison = compared.comparison
    return {
        "percentages": list(comparison.percentages),
        "examples": list(comparison.examples),
        "configs": {
            curve.config: {"f1-score": [list(run) for run in curve.runs], "mean": curve.means, "std": curve.spreads}
            for curve in comparison.curves
        },
    }


def _errors(parts: Mapping[str, Evaluation]) -> int:
    return sum(len(part.errors) for name, part in parts.items() if name in KINDS)


def _figures(part: Evaluation) -> Report | None:
    report = part.report()
    return None if report is None else {"examples": part.examples, "errors": len(part.errors), **report}


def _part_files(parts: Mapping[str, Evaluation], wanted: Wanted) -> dict[str, Any]:
    files: dict[str, Any] = {}
    for name, part in parts.items():
        report = part.report()
        if report is None:
            continue
        files[f"{name}_report.json"] = flat({key: one for key, one in report.items() if key != "exact"})
        if wanted.errors:
            files[f"{name}_errors.json"] = list(part.errors)
        if wanted.successes:
            files[f"{name}_successes.json"] = list(part.successes)
    return files
