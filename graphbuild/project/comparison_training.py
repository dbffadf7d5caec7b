"""Training for a comparison: every configuration in every run with every share of the stories, in one build.

All that is learnt is kept in the store, where testing finds it; packages of it are written for those who ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.evaluation.story_comparison import stories_in
from graphbuild.assistant.validation.findings import Findings, problem_of
from graphbuild.builder import BuildReport, build_opened
from graphbuild.errors import Level, Problem, UsageError
from graphbuild.graph.compile import compile_draft, compile_package, read_draft
from graphbuild.plan.plan import Plan
from graphbuild.project.comparison_document import Cell, Comparing
from graphbuild.project.comparison_nodes import Trainings, trainings
from graphbuild.project.dialogue_evaluation import story_files, users_may_speak
from graphbuild.project.dialogue_nodes import DIALOGUE, dialogue, exclude
from graphbuild.project.evaluation_building import Made, built
from graphbuild.project.evaluation_nodes import group_for
from graphbuild.project.validation import passed_over, read_otherwise
from graphbuild.recipe.read import read_recipe
from graphbuild.session import BuildRequest, open_session

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

_PURPOSE = "train compare"
PERCENTAGE_KEY = "__percentage__"
"""As Rasa names the packages of a comparison."""


@dataclass(frozen=True)
class TrainedComparison:
    """What training for a comparison came to; nothing but the report where it did not succeed."""

    report: BuildReport
    stories: tuple[int, ...] = ()
    """How many stories and rules are left, for each percentage, in the first run."""
    packages: Mapping[Cell, Path] = field(default_factory=dict)
    findings: Mapping[tuple[str, ...], tuple[Problem, ...]] = field(default_factory=dict)
    """Errors and warnings of the checks, by the short names of the configurations that have them."""


def train_comparison(
    request: BuildRequest, comparing: Comparing, listener: Listener | None = None, *, understands: bool = True
) -> TrainedComparison:
    """Trains all that a comparison tests, and with a folder in the request packages each training there.

    `understands`: where the project's own test stories have texts of users the pipelines are trained, too.
    Raises RecipeError, UsageError, DataError, StoreError.
    """
    found = _trainings(request, comparing, understands)
    wanted, learnt = [*found.names, *found.checks], found.learnt
    label = replace(request, recipe=comparing.configs[0])
    report, made = built(label, found.draft, wanted, listener, _PURPOSE, learnt)
    if made is None:
        return TrainedComparison(report)
    stories = tuple(stories_in(StoryNames.decode(made[one])) for one in found.names)
    packages: dict[Cell, Path] = {}
    for cell in comparing.cells if request.out is not None else ():
        packed = _packed(request, comparing, cell, listener)
        if packed.model is None:
            return TrainedComparison(packed)
        packages[cell] = packed.model
    return TrainedComparison(report, stories, packages, _findings(request, found, made, report))


def _findings(
    request: BuildRequest, found: Trainings, made: Made, report: BuildReport
) -> dict[tuple[str, ...], tuple[Problem, ...]]:
    """What the checks of the configurations found, each once. What is odd in files is of all of them."""
    told: list[tuple[str, Problem]] = []
    in_files = passed_over(request, report.result)
    for check, label in found.checks.items():
        told += [(label, replace(problem_of(one), about=None)) for one in Findings.decode(made[check]).rows]
    for label, notices in found.notices.items():
        # Configurations are in files of their own: it is one finding wherever it stands.
        told += [(label, replace(read_otherwise(one), location=None)) for one in notices]
        told += [(label, one) for one in in_files if one.location is not None]
    labels: dict[Problem, dict[str, None]] = {}
    for label, one in told:
        labels.setdefault(one, {})[label] = None
    grouped: dict[tuple[str, ...], tuple[Problem, ...]] = {}
    for one, names in labels.items():
        if one.level is not Level.NOTE:
            grouped[tuple(names)] = (*grouped.get(tuple(names), ()), one)
    return grouped


def plan_comparison(request: BuildRequest, comparing: Comparing, *, understands: bool = True) -> Plan:
    """What training for a comparison would run and why. Runs nothing. Raises as `train_comparison` does."""
    found = _trainings(request, comparing, understands)
    names = [one.node for one in (*found.names, *found.checks)]
    graph, _ = compile_draft(found.draft, comparing.configs[0], names, found.learnt)
    with open_session(replace(request, recipe=comparing.configs[0]), graph, purpose=_PURPOSE) as opened:
        return opened.planner().plan()


def _trainings(request: BuildRequest, comparing: Comparing, understands: bool) -> Trainings:
    project = request.project.resolve()
    return trainings(project, comparing, understands=understands and _tests_have_texts(project))


def _tests_have_texts(project: Path) -> bool:
    try:
        return users_may_speak(project, story_files(project, ()))
    except UsageError:
        return False  # There may be tests later: what they need is trained then.


def _packed(request: BuildRequest, comparing: Comparing, cell: Cell, listener: Listener | None) -> BuildReport:
    """Packages one training: all that is learnt is there already."""
    label, run, percentage = cell
    assert request.out is not None
    config = comparing.labels[label]
    project = request.project.resolve()
    recipe = read_recipe(config, project, comparing.variables, (DIALOGUE,))
    draft = read_draft(recipe, project)
    if percentage:
        exclude(draft, dialogue(draft, recipe), run, percentage)
    group = group_for(recipe, DIALOGUE)
    graph = compile_package(draft, recipe, () if group is None else (group,))
    folder, name = request.out / f"run_{run}", f"{label}{PERCENTAGE_KEY}{percentage}"
    own = replace(request, recipe=config, force=False, package=True, out=folder, fixed_name=name)
    with open_session(own, graph, purpose=f"{_PURPOSE} {run} {percentage}") as opened:
        return build_opened(opened, listener)
