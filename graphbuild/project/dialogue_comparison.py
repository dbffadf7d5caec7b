"""Comparing how configurations act: each is trained on ever fewer stories, and tested on the same test stories.

Makes one graph of all of them, in which what they share is there once. Writes no files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graphbuild.assistant.evaluation.comparison import Comparison
from graphbuild.assistant.evaluation.evaluation import Evaluation, Evaluations
from graphbuild.assistant.evaluation.outcomes import StoryOutcomes
from graphbuild.builder import BuildReport
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import OUTPUT
from graphbuild.errors import UsageError
from graphbuild.graph.wire import Producer
from graphbuild.project.comparison_document import Cell, Comparing
from graphbuild.project.comparison_nodes import trainings
from graphbuild.project.dialogue_evaluation import no_stories, story_files, users_may_speak
from graphbuild.project.dialogue_nodes import story_cell, told_stories
from graphbuild.project.evaluation_building import built
from graphbuild.project.evaluation_nodes import OWN, spec_of
from graphbuild.session import BuildRequest

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

_PURPOSE = "test core --config A B"


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
    comparing: Comparing,
    paths: Sequence[str] = (),
    listener: Listener | None = None,
    *,
    plots: bool = True,
    understands: bool = True,
    max_stories: int | None = None,
) -> ComparedStories:
    """Tests several configurations, each trained on ever fewer of the stories. Raises as `evaluate_stories` does."""
    project = request.project.resolve()
    files = story_files(project, paths)
    found = trainings(project, comparing, understands=understands and users_may_speak(project, files))
    whole, labels = found.draft, comparing.labels
    told = {
        label: told_stories(
            whole, found.dialogues[label], found.parsings.get(label), files, f"{label}/", max_stories=max_stories
        )
        for label in labels
    }
    figures: dict[Cell, Producer] = {}
    outcomes: dict[Cell, Producer] = {}
    for cell, trained in found.trained.items():
        label, run, percentage = cell
        figures[cell], outcomes[cell] = story_cell(whole, trained, told[label], f"{label}/run_{run}/{percentage}%/")
    options = {"configs": list(labels), "percentages": list(comparing.percentages)}
    node = spec_of(f"{OWN}comparison", "StoryComparison", options, outcomes=outcomes.values(), names=found.names)
    result = Producer(whole.add(node), OUTPUT)
    page = Producer(whole.add(spec_of(f"{OWN}page", "ComparisonPage", comparison=[result])), OUTPUT)
    curve = [Producer(whole.add(spec_of(f"{OWN}curve", "CurvePicture", comparison=[result])), OUTPUT)] if plots else []
    wanted = [result, page, *curve, *figures.values(), *outcomes.values()]
    report, made = built(replace(request, recipe=comparing.configs[0]), whole, wanted, listener, _PURPOSE)
    if made is None:
        return ComparedStories(report)
    held = {cell: StoryOutcomes.decode(made[one]) for cell, one in outcomes.items()}
    if not any(one.stories for one in held.values()):
        raise UsageError(no_stories(files))
    return ComparedStories(
        report,
        Comparison.decode(made[result]),
        {cell: Evaluations.decode(made[one]).parts for cell, one in figures.items()},
        held,
        Blob.decode(made[curve[0]]).data if curve else None,
        Blob.decode(made[page]).data,
    )
