"""Comparing how configurations act: each is trained on ever fewer stories, and tested on the same test stories.

Makes one graph of all of them, in which what they share is there once. Writes no files.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.evaluation import Evaluation, Evaluations
from graphbuild.assistant.evaluation.outcomes import StoryOutcomes
from graphbuild.builder import BuildReport
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import OUTPUT
from graphbuild.graph.compile import read_draft
from graphbuild.graph.draft import Draft
from graphbuild.graph.wire import Producer
from graphbuild.project.dialogue_evaluation import story_files
from graphbuild.project.dialogue_nodes import DIALOGUE, dialogue, exclusion, story_cell, told_stories
from graphbuild.project.evaluation_building import built, short_names
from graphbuild.project.evaluation_nodes import OWN, spec_of
from graphbuild.recipe.read import read_recipe
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

_PURPOSE = "test core --config A B"
Cell = tuple[str, int, int]
"""Configuration, run, percentage."""


@dataclass(frozen=True)
class ComparedStories:
    """What a comparison came to; nothing but the report where the build did not succeed."""

    report: BuildReport
    comparison: Comparison = field(default_factory=lambda: Comparison((), (), ()))
    parts: Mapping[Cell, Mapping[str, Evaluation]] = field(default_factory=dict)
    outcomes: Mapping[Cell, StoryOutcomes] = field(default_factory=dict)
    curve: bytes | None = None
    page: bytes = b""


def compare_stories(
    request: BuildRequest,
    configs: Sequence[str],
    runs: int,
    percentages: Sequence[int],
    paths: Sequence[str] = (),
    listener: Listener | None = None,
    *,
    plots: bool = True,
    max_stories: int | None = None,
) -> ComparedStories:
    """Tests several configurations, each trained on ever fewer of the stories. Raises as `evaluate_stories` does."""
    files = story_files(request.project.resolve(), paths)
    whole = Draft(request.project.resolve(), {}, {})
    figures: dict[Cell, Producer] = {}
    outcomes: dict[Cell, Producer] = {}
    names: dict[int, Producer] = {}
    labels = short_names(configs)
    for label, config in labels.items():
        recipe = read_recipe(config, whole.project, request.variables, (DIALOGUE,))
        draft = read_draft(recipe, whole.project)
        found = dialogue(draft, recipe).prefixed(f"{label}/")
        whole.join(f"{label}/", draft)
        told = told_stories(whole, found, files, f"{label}/", max_stories=max_stories)
        for run, percentage in itertools.product(range(1, runs + 1), percentages):
            trained, kept = exclusion(whole, found, label, run, percentage)
            cell = label, run, percentage
            figures[cell], outcomes[cell] = story_cell(whole, trained, told, f"{label}/run_{run}/{percentage}%/")
            names.setdefault(percentage, kept)
    options = {"configs": list(labels), "percentages": list(percentages)}
    left = [names[percentage] for percentage in percentages]
    node = spec_of(f"{OWN}comparison", "StoryComparison", options, outcomes=outcomes.values(), names=left)
    result = Producer(whole.add(node), OUTPUT)
    page = Producer(whole.add(spec_of(f"{OWN}page", "ComparisonPage", comparison=[result])), OUTPUT)
    curve = [Producer(whole.add(spec_of(f"{OWN}curve", "CurvePicture", comparison=[result])), OUTPUT)] if plots else []
    wanted = [result, page, *curve, *figures.values(), *outcomes.values()]
    report, made = built(replace(request, recipe=configs[0]), whole, wanted, listener, _PURPOSE)
    if made is None:
        return ComparedStories(report)
    return ComparedStories(
        report,
        Comparison.decode(made[result]),
        {cell: Evaluations.decode(made[one]).parts for cell, one in figures.items()},
        {cell: StoryOutcomes.decode(made[one]) for cell, one in outcomes.items()},
        Blob.decode(made[curve[0]]).data if curve else None,
        Blob.decode(made[page]).data,
    )
