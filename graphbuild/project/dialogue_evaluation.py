"""Testing the dialogues of a project: its policies, and the pipeline where there are texts, on test stories.

Makes a graph of the recipe's nodes and testing ones, builds it, and reads what came of it. Writes no files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from graphbuild.assistant.data.subjects import story_subject
from graphbuild.assistant.evaluation.evaluation import Evaluation, Evaluations
from graphbuild.assistant.evaluation.outcomes import StoryOutcomes
from graphbuild.assistant.evaluation.pictures import Pictures
from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.validation.findings import Finding, Findings, problem_of
from graphbuild.builder import BuildReport
from graphbuild.contract.artifact import Blob
from graphbuild.contract.source import contents
from graphbuild.errors import About, Location, Problem, UsageError
from graphbuild.graph.compile import read_draft
from graphbuild.graph.sources import list_files
from graphbuild.plan.places import Places, places_of
from graphbuild.project.dialogue_nodes import DIALOGUE, dialogue, needed_parser, parsing, story_test
from graphbuild.project.evaluation_building import built
from graphbuild.recipe.read import read_recipe
from graphbuild.session import BuildRequest, open_store_of

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

TESTS = "tests"
"""The folder of test stories."""
_PREFIX = "test_"
"""How their files begin."""
_PURPOSE = "test core"
_UNUSED = "GB307"
"""That stories have not all intents: no fault in tests."""
_SAID = re.compile(rb"\buser\b|^\s*\*[^\n:]*:", re.MULTILINE)
"""What every file has in which users say something: the key of YAML, or a turn of Markdown with its intent."""


@dataclass(frozen=True)
class Tested:
    """What a test came to; nothing but the report where the build did not succeed."""

    report: BuildReport
    parts: dict[str, Evaluation] = field(default_factory=dict)
    """By name: `story`, `story_intent`, `story_entity`."""
    outcomes: StoryOutcomes = field(default_factory=lambda: StoryOutcomes(()))
    pictures: dict[str, bytes] = field(default_factory=dict)
    page: bytes = b""
    findings: tuple[Problem, ...] = ()
    """Names that the domain lacks, with their places."""
    places: dict[str, Location] = field(default_factory=dict)
    """Where the failed stories stand, by name."""


def story_files(project: Path, paths: Sequence[str]) -> list[str]:
    """The files of test stories: those that are named, and in folders those that begin with `test_`, if any do.

    Raises UsageError where a path or all files are missing.
    """
    found: list[str] = []
    for word in paths or (TESTS,):
        listing = list_files(project, [word], TrainingDataFile.suffixes)
        if listing.missing and paths:
            raise UsageError(f"there is no file or folder `{word}`")
        tests = [label for label in listing.files if Path(label).name.startswith(_PREFIX)]
        found += tests or listing.files
    if not found:
        where = f"in {', '.join(paths)}" if paths else f"{TESTS}/{_PREFIX}*.yml"
        hint = f"write some in {TESTS}/{_PREFIX}stories.yml, or name them: --stories PATH"
        raise UsageError(Problem(f"there are no test stories: {where}", hint=hint))
    return list(dict.fromkeys(found))


def no_stories(files: Sequence[str]) -> Problem:
    """What is told where files hold no stories."""
    return Problem(f"there are no stories in {', '.join(files)}", hint="write them under `stories:`")


def evaluate_stories(
    request: BuildRequest,
    paths: Sequence[str] = (),
    listener: Listener | None = None,
    *,
    plots: bool = True,
    understands: bool = True,
    max_stories: int | None = None,
) -> Tested:
    """Tests policies on the stories of some files, and, where it `understands`, the pipeline on the texts in them.

    Trains what the recipe trains, and as training leaves it. Raises RecipeError, UsageError, DataError, StoreError.
    """
    project = request.project.resolve()
    files = story_files(project, paths)
    understands = understands and users_may_speak(project, files)
    # Without texts the pipeline is not looked at: it may not be there yet.
    groups = () if understands else (DIALOGUE,)
    recipe = read_recipe(request.recipe, project, request.variables, groups)
    draft = read_draft(recipe, project)
    found = dialogue(draft, recipe)
    parsed = needed_parser(parsing(draft, recipe)) if understands else None
    test = story_test(draft, found, parsed, files, max_stories=max_stories, plots=plots)
    wanted = [test.figures, test.outcomes, test.page, *test.pictures, *test.findings]
    report, made = built(request, draft, wanted, listener, _PURPOSE)
    if made is None:
        return Tested(report)
    outcomes = StoryOutcomes.decode(made[test.outcomes])
    if not outcomes.stories:
        raise UsageError(no_stories(files))
    findings = told_of(Findings.decode(made[one]) for one in test.findings)
    told, places = _places(request, report, findings, outcomes)
    return Tested(
        report,
        dict(Evaluations.decode(made[test.figures]).parts),
        outcomes,
        {name: data for one in test.pictures for name, data in Pictures.decode(made[one]).files.items()},
        Blob.decode(made[test.page]).data,
        told,
        places,
    )


def users_may_speak(project: Path, files: Sequence[str]) -> bool:
    """Whether a user may say something in any of some files; where it is not so pipelines are trained for nothing."""
    return any(_may_speak(project / label) for label in files)


def _may_speak(path: Path) -> bool:
    try:
        return _SAID.search(contents(path)) is not None
    except OSError:
        return False  # Reading it again, for what it says, tells why.


def told_of(findings: Iterable[Findings]) -> list[Finding]:
    """What is told of test stories of all that a check of stories finds."""
    return [one for found in findings for one in found.rows if one.code != _UNUSED]


def located(
    places: Places, findings: Sequence[Finding], outcomes: StoryOutcomes
) -> tuple[tuple[Problem, ...], dict[str, Location]]:
    """Findings and failed stories with their places in the files."""
    told = tuple(places.located(problem_of(one)) for one in findings)
    found = {
        one.name: places.of(About((story_subject(one.stories[-1], False),), None, None, False))
        for one in outcomes.failed
    }
    return told, {name: place for name, place in found.items() if place is not None}


def _places(
    request: BuildRequest, report: BuildReport, findings: Sequence[Finding], outcomes: StoryOutcomes
) -> tuple[tuple[Problem, ...], dict[str, Location]]:
    """`located`, in what a build read."""
    if not findings and not outcomes.failed:
        return (), {}
    outputs = {node_id: node.outputs for node_id, node in report.result.nodes.items()}
    with closing(open_store_of(request)) as store:
        places = places_of(report.result.plan.graph, outputs, store.blobs, request.project.resolve())
        return located(places, findings, outcomes)
