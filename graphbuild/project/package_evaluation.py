"""Evaluating a package on files of a project: the same evaluations as of a project's recipe, and nothing is trained.

What is tested runs in memory, as it would for users: nothing is built, and nothing is kept.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues
from graphbuild.assistant.data.domain import DomainDocument
from graphbuild.assistant.data.domain_document import read_document
from graphbuild.assistant.data.domain_merge import slots_of, space_of
from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.parses import Parses
from graphbuild.assistant.dialogue.story_steps import StoryPredictions
from graphbuild.assistant.dialogue.surprised import SurprisedStories
from graphbuild.assistant.dialogue.told_tests import StoryTests, StoryTestsOutput
from graphbuild.assistant.evaluation.entities import EntityEvaluation
from graphbuild.assistant.evaluation.evaluation import NO_EXAMPLES, Evaluations
from graphbuild.assistant.evaluation.intents import IntentEvaluation
from graphbuild.assistant.evaluation.outcomes import StoryOutcomes
from graphbuild.assistant.evaluation.page import EvaluationPage
from graphbuild.assistant.evaluation.pictures import EvaluationPictures
from graphbuild.assistant.evaluation.responses import ResponseEvaluation
from graphbuild.assistant.evaluation.stories import StoryEvaluation
from graphbuild.assistant.evaluation.story_page import StoryPage
from graphbuild.assistant.importers.nlu_training_data import NLUTrainingData
from graphbuild.assistant.importers.training_data_file import TrainingDataFile, TrainingDataOutput
from graphbuild.assistant.runtime.parts import MESSAGE, TRACKER, deciding, finders, predictions_of, understanding
from graphbuild.assistant.validation.stories import StoryCheck
from graphbuild.builder import BuildReport
from graphbuild.errors import DataError, ExitCode, Problem, UsageError
from graphbuild.execution.result import BuildResult
from graphbuild.graph.graph import Graph
from graphbuild.graph.sources import list_files
from graphbuild.package.find import find_package
from graphbuild.package.program import Program, load_program
from graphbuild.plan.places import Places
from graphbuild.plan.plan import Plan
from graphbuild.project.dialogue_evaluation import Tested, located, no_stories, story_files, told_of, users_may_speak
from graphbuild.project.evaluation import Evaluated
from graphbuild.project.files import source_of

DATA = "data"
"""The folder of examples, where none is named."""


@dataclass(frozen=True)
class PackageTest:
    """A package to be tested on a project's files."""

    project: Path
    model: str
    """A package, or a folder of them, relative to the project."""

    def load(self) -> tuple[Path, Program]:
        """The package at work. Raises UsageError, PackageError, GraphbuildError."""
        path = find_package(self.project / self.model)
        return path, load_program(path, self.project)


def evaluate_package(test: PackageTest, paths: Sequence[str] = (), *, plots: bool = True) -> Evaluated:
    """Evaluates intents, entities and responses on the examples of some files; of data/ where none are named.

    Raises UsageError where the package understands nothing, or there are no examples; DataError for files that are
    wrong; else as loading does.
    """
    began = time.perf_counter()
    path, program = test.load()
    found = predictions_of(program)
    if not found:
        raise UsageError(Problem(f"{path} understands no messages: it was trained of dialogue alone"))
    files = _read(test.project.resolve(), paths or (DATA,))
    messages = NLUTrainingData().apply([file.nlu for _, file in files]).messages
    made: dict[Any, Any] = program.run([*found.tokens, *found.outputs], {MESSAGE: messages}) if len(messages) else {}

    def all_of(outputs: Iterable[tuple[str, str]]) -> list[Any]:
        return [made[one] for one in outputs if one in made]

    words: Messages = next(iter(all_of(found.tokens)), messages)
    options = EntityEvaluation.Config(extractors=list(finders(program)))
    evaluated = [
        IntentEvaluation().apply(messages, next(iter(all_of(found.intents)), None)),
        EntityEvaluation(options).apply(words, all_of(found.entities)),
        ResponseEvaluation().apply(messages, all_of(found.responses)),
    ]
    results = [Evaluations.decode(one.encode()) for one in evaluated]  # as builds keep them, to the order of keys
    parts = {name: part for one in results for name, part in one.parts.items()}
    if all(part.reason == NO_EXAMPLES for part in parts.values()):
        raise UsageError(f"there are no examples in {', '.join(paths or (DATA,))}")
    page = EvaluationPage().apply(results).data
    return Evaluated(_report(path, began), parts, _drawn(results) if plots else {}, page)


def evaluate_package_stories(
    test: PackageTest,
    paths: Sequence[str] = (),
    *,
    plots: bool = True,
    understands: bool = True,
    max_stories: int | None = None,
) -> Tested:
    """Tests the policies on the stories of some files, and, where it `understands`, NLU on the texts in them.

    Raises UsageError where the package decides nothing, or there are no stories; else as `evaluate_package` does.
    """
    began = time.perf_counter()
    project = test.project.resolve()
    files = story_files(project, paths)
    path, program = test.load()
    policies = deciding(program)
    documents = program.kept(DomainDocument)
    if not policies or not documents:
        raise UsageError(Problem(f"{path} decides nothing: it was trained of NLU alone"))
    domain = read_document(documents[-1].value)
    space = space_of(domain)
    read = _read(project, files)
    told = StoryTests(StoryTests.Config(max_stories)).apply([file.stories for _, file in read], space)
    if not told.told.stories:
        raise UsageError(no_stories(files))
    messages, parses = told.messages, None
    if understands and users_may_speak(project, files):
        messages, parses = _understood(program, told, path)

    def predicted(histories: Dialogues) -> list[ActionPredictions]:
        made: dict[Any, Any] = program.run(policies.predictions, {TRACKER: histories})
        return [made[one] for one in policies.predictions]

    chooser = StoryPredictions()
    predictions = predicted(told.histories)
    first = chooser.apply(predictions, told.histories, told.steps)
    again = SurprisedStories().apply(told.told, told.steps, told.histories, first, space)
    if again.histories is not told.histories:
        predictions = predicted(again.histories)
    chosen = chooser.apply(predictions, again.histories, again.steps, first)
    found = StoryEvaluation().apply(told.told, again.steps, chosen, messages, parses)
    figures, outcomes = Evaluations.decode(found.evaluations.encode()), StoryOutcomes.decode(found.outcomes.encode())
    findings = told_of([StoryCheck().apply(told.graph, told.names, space, slots_of(domain))])
    places = Places([(label, file.records) for label, file in read], project)
    return Tested(
        _report(path, began),
        dict(figures.parts),
        outcomes,
        _drawn([figures]) if plots else {},
        StoryPage().apply(figures, outcomes).data,
        *located(places, findings, outcomes),
    )


def _understood(program: Program, told: StoryTestsOutput, path: Path) -> tuple[Messages, Parses]:
    """The texts of stories with their tokens, if the pipeline makes any, and what is understood of them."""
    parsers = [one for one in program.made(Parses) if program.inputs(one.node) == {MESSAGE}]
    if not parsers:
        hint = "--no-e2e takes the intents of stories as they are"
        raise UsageError(Problem(f"{path} has no node that parses messages, for the texts of the stories", hint=hint))
    tokens = understanding(program).tokens
    made: dict[Any, Any] = program.run([*tokens, parsers[-1]], {MESSAGE: told.messages})
    return (made[tokens[0]] if tokens else told.messages), made[parsers[-1]]


def _read(project: Path, paths: Sequence[str]) -> list[tuple[str, TrainingDataOutput]]:
    """The training data of some files and folders, by file. Raises UsageError, DataError with all problems."""
    listing = list_files(project, paths, TrainingDataFile.suffixes)
    if listing.missing:
        raise UsageError(f"there is no file or folder `{listing.missing[0]}`")
    found: list[tuple[str, TrainingDataOutput]] = []
    problems: list[Problem] = []
    for label in listing.files:
        try:
            found.append((label, TrainingDataFile().apply(source_of(project, label, TrainingDataFile))))
        except DataError as error:
            problems += error.problems
    if problems:
        raise DataError(problems)
    return found


def _drawn(results: Sequence[Evaluations]) -> dict[str, bytes]:
    return {name: data for one in results for name, data in EvaluationPictures().apply(one).files.items()}


def _report(path: Path, began: float) -> BuildReport:
    """That of a build which had nothing to do: there was none."""
    nothing = BuildResult(Plan(Graph(path.name, {}, {}, (), ()), {}), {}, 0.0)
    return BuildReport(nothing, path, True, False, ExitCode.DONE, time.perf_counter() - began)
