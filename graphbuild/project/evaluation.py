"""Evaluating the understanding of a project: on other files, by cross-validation, several configurations by comparison.

Each makes a graph of the recipe's nodes and evaluating ones, builds it, and reads what came of it. Writes no files.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.evaluation import NO_EXAMPLES, Evaluation, Evaluations
from graphbuild.assistant.evaluation.folds import FoldFigures
from graphbuild.assistant.evaluation.pictures import Pictures
from graphbuild.builder import BuildReport
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import OUTPUT
from graphbuild.errors import UsageError
from graphbuild.graph.draft import Draft
from graphbuild.graph.wire import Producer
from graphbuild.project.comparison_document import Cell, Comparing
from graphbuild.project.evaluation_building import Made, built
from graphbuild.project.evaluation_nodes import (
    KINDS,
    OWN,
    UNDERSTANDING,
    Understanding,
    evaluations,
    exclusion,
    fold,
    held_out,
    outputs_of,
    spec_of,
    understanding,
)
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

_ON_FILES, _IN_FOLDS, _COMPARED = "test nlu", "test nlu --cross-validation", "test nlu --config A B"
"""Whose histories are told apart: their nodes have the same names."""


@dataclass(frozen=True)
class Evaluated:
    """What an evaluation came to; nothing but the report where the build did not succeed."""

    report: BuildReport
    parts: Mapping[str, Evaluation] = field(default_factory=dict)
    """By name: `intent`, `entity` and each extractor, `response_selection`."""
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    page: bytes = b""
    folds: FoldFigures | None = None


@dataclass(frozen=True)
class Compared:
    """What a comparison came to; nothing but the report where the build did not succeed."""

    report: BuildReport
    comparison: Comparison = field(default_factory=lambda: Comparison((), (), ()))
    parts: Mapping[Cell, Mapping[str, Evaluation]] = field(default_factory=dict)
    curve: bytes | None = None
    page: bytes = b""


def evaluate(
    request: BuildRequest, paths: Sequence[str] = (), listener: Listener | None = None, *, plots: bool = True
) -> Evaluated:
    """Evaluates on the examples of some files; without any, on those that the recipe trains on.

    Trains what the recipe trains, and as training leaves it. Raises RecipeError, UsageError, DataError, StoreError.
    """
    draft, found = _drafted(request)
    names = evaluations(draft, held_out(draft, found, paths) if paths else found, OWN)
    evaluated = _evaluated(request, draft, outputs_of(names), [], listener, plots=plots)
    if evaluated.parts and all(part.reason == NO_EXAMPLES for part in evaluated.parts.values()):
        raise UsageError(f"there are no examples in {', '.join(paths) or 'the training data'}")
    return evaluated


def cross_validate(
    request: BuildRequest, folds: int, listener: Listener | None = None, *, seed: int = 0, plots: bool = True
) -> Evaluated:
    """Evaluates by training on all folds but one, in turns. Raises as `evaluate` does."""
    draft, found = _drafted(request)
    train, test = [], []
    for number in range(folds):
        trained, tested = fold(draft, found, number, folds, seed)
        train.append(evaluations(draft, trained, f"fold_{number + 1}/train/"))
        test.append(evaluations(draft, tested, f"fold_{number + 1}/test/"))
    summaries = [
        draft.add(spec_of(f"{OWN}{name}_folds", "FoldSummary", train=outputs_of(trains), test=outputs_of(tests)))
        for name, trains, tests in zip(KINDS, zip(*train, strict=True), zip(*test, strict=True), strict=True)
    ]
    tests = [Producer(name, "tests") for name in summaries]
    figures = [Producer(name, "figures") for name in summaries]
    return _evaluated(request, draft, tests, figures, listener, plots=plots)


def compare(
    request: BuildRequest, comparing: Comparing, listener: Listener | None = None, *, plots: bool = True
) -> Compared:
    """Evaluates several configurations, each trained on ever fewer of the examples. Raises as `evaluate` does."""
    whole = Draft(request.project.resolve(), {}, {})
    cells: dict[Cell, list[str]] = {}
    examples: dict[int, Producer] = {}
    labels, percentages = comparing.labels, comparing.percentages
    for label, config in labels.items():
        draft, found = _drafted(replace(request, recipe=config, variables=comparing.variables))
        whole.join(f"{label}/", draft)
        for run, percentage in itertools.product(range(1, comparing.runs + 1), percentages):
            trained, tested = exclusion(whole, found.prefixed(f"{label}/"), label, run, percentage)
            cells[label, run, percentage] = evaluations(whole, tested, f"{label}/run_{run}/{percentage}%/")
            examples.setdefault(percentage, trained.messages)
    options = {"configs": list(labels), "percentages": list(percentages)}
    intents = outputs_of(names[0] for names in cells.values())
    kept = [examples[percentage] for percentage in percentages]
    node = whole.add(spec_of(f"{OWN}comparison", "NLUComparison", options, evaluations=intents, examples=kept))
    result = Producer(node, OUTPUT)
    page = Producer(whole.add(spec_of(f"{OWN}page", "ComparisonPage", comparison=[result])), OUTPUT)
    curve = [Producer(whole.add(spec_of(f"{OWN}curve", "CurvePicture", comparison=[result])), OUTPUT)] if plots else []
    parts = {cell: outputs_of(names) for cell, names in cells.items()}
    wanted = [result, page, *curve, *itertools.chain.from_iterable(parts.values())]
    report, made = built(request, whole, wanted, listener, _COMPARED)
    if made is None:
        return Compared(report)
    drawn = Blob.decode(made[curve[0]]).data if curve else None
    comparison, shown = Comparison.decode(made[result]), Blob.decode(made[page]).data
    return Compared(report, comparison, {cell: _parts(made, held) for cell, held in parts.items()}, drawn, shown)


def _drafted(request: BuildRequest) -> tuple[Draft, Understanding]:
    from graphbuild.graph.compile import read_draft
    from graphbuild.recipe.read import read_recipe

    project = request.project.resolve()
    # Policies are not looked at: they may not be there yet.
    recipe = read_recipe(request.recipe, project, request.variables, (UNDERSTANDING,))
    draft = read_draft(recipe, project)
    return draft, understanding(draft, recipe)


def _evaluated(
    request: BuildRequest,
    draft: Draft,
    results: Sequence[Producer],
    folds: Sequence[Producer],
    listener: Listener | None,
    *,
    plots: bool,
) -> Evaluated:
    """Draws, builds and reads evaluations."""
    page = Producer(draft.add(spec_of(f"{OWN}page", "EvaluationPage", evaluations=results, folds=folds)), OUTPUT)
    drawn = [
        Producer(draft.add(spec_of(f"{OWN}{name}_pictures", "EvaluationPictures", evaluations=[one])), OUTPUT)
        for name, one in zip(KINDS, results, strict=True)
        if plots
    ]
    report, made = built(request, draft, [*results, *folds, page, *drawn], listener, _IN_FOLDS if folds else _ON_FILES)
    if made is None:
        return Evaluated(report)
    parts = _parts(made, results)
    figures = {name: one for fold in folds for name, one in FoldFigures.decode(made[fold]).figures.items()}
    return Evaluated(
        report,
        parts,
        {name: data for one in drawn for name, data in Pictures.decode(made[one]).files.items()},
        Blob.decode(made[page]).data,
        FoldFigures({name: figures[name] for name in parts if name in figures}) if folds else None,
    )


def _parts(made: Made, results: Sequence[Producer]) -> dict[str, Evaluation]:
    return {name: part for one in results for name, part in Evaluations.decode(made[one]).parts.items()}
