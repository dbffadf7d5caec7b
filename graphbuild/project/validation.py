"""Validating: runs the checks of a project and gathers what they and the readers say, with places. Trains nothing.

A configuration that cannot be built is reported like the rest, and the data is checked as `recipe:rasa-base` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graphbuild.assistant.validation.codes import CODES, STRUCTURE
from graphbuild.assistant.validation.findings import Findings, problem_of
from graphbuild.contract.artifact import ArtifactFormatError
from graphbuild.contract.operation import CHECK
from graphbuild.errors import ExitCode, Level, Location, Problem, RecipeError
from graphbuild.execution.result import BuildResult, NodeResult, Outcome
from graphbuild.graph.graph import GraphNode
from graphbuild.recipe.packaged import find_recipe
from graphbuild.session import BuildRequest, Session, open_session, open_store_of, store_folder
from graphbuild.store.interface import BlobLost, BlobStore

if TYPE_CHECKING:
    from graphbuild.contract.yaml_tree import Yaml

CHECKS = "checks"
BASE = "recipe:rasa-base"
_GATE = "Validation"
_UNREADABLE, _PASSED_OVER, _BROKEN, _WRONG_CONFIG, _LATER, _UNKNOWN_OPTION = (
    *("GB001", "GB002", "GB003", "GB641", "GB642", "GB643"),
)
_STOPPED = (Outcome.SKIPPED, Outcome.FAILED)
_OLD_WORDS = "GB644"
_LACKING = {"nlu": "GB638", "core": "GB639"}
"""What says that there is no data for a half of an assistant."""
_NO_OPTION = "there is no option"
_MISSING = re.compile(r"there is no component `(\w+)`|do not exist yet")
_RANKS = {Level.ERROR: 0, Level.WARNING: 1, Level.NOTE: 2}


@dataclass(frozen=True)
class Validated:
    """What a validation came to."""

    findings: tuple[Problem, ...]
    """By file and line; those without a place first."""
    unchecked: tuple[str, ...]
    """Names of checks that could not run, because what they need could not be read, or that broke off."""

    def count(self, level: Level) -> int:
        """How many findings are of a level."""
        return sum(one.level is level for one in self.findings)

    def code(self, *, fail_on_warnings: bool = False) -> ExitCode:
        """Whether it fails."""
        fails = self.count(Level.ERROR) or (fail_on_warnings and self.count(Level.WARNING))
        return ExitCode.FAILED if fails else ExitCode.DONE


def validate(request: BuildRequest, *, max_history: int | None = None, only_structure: bool = False) -> Validated:
    """Checks a project's data and configuration. Results of checks are kept like any other, and used again.

    `only_structure`: how stories hang together, and what keeps them from being read, alone. Raises RecipeError and
    UsageError where there is nothing to check: no such file or folder.
    """
    variables = {**request.variables, "conflict_history": max_history}
    request = replace(request, variables=variables, targets=(CHECKS,), package=False, lenient=True)
    find_recipe(request.recipe, request.project)
    wrong: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    try:
        opened = open_session(request)
        notices = opened.graph.notices
        if not any(node.kind == CHECK for node in opened.graph.nodes.values()):
            opened.__exit__()
            opened = open_session(replace(request, recipe=BASE))
    except RecipeError as error:
        said, notices = _said_by(request)
        opened = open_session(replace(request, recipe=BASE, variables={**said, **variables}))
        wrong = error.problems
    with opened:
        result = _run(opened)
        told = [read_otherwise(one) for one in notices if one.level is not Level.NOTE]
        found = [*(_of_config(problem) for problem in wrong), *told, *_found(opened, result)]
    if only_structure:
        found = [one for one in found if one.code in (*STRUCTURE, _UNREADABLE, _BROKEN)]
    ordered = sorted(dict.fromkeys(found), key=_order)
    nodes = result.plan.graph.nodes
    stopped = [nodes[node_id] for node_id, one in result.nodes.items() if one.outcome in _STOPPED and not _told(one)]
    unchecked = sorted(node.name for node in stopped if _is_check(node))
    return Validated(tuple(ordered), tuple(unchecked))


def rules() -> list[tuple[str, Level, str]]:
    """(code, level, title) of every finding that there may be."""
    return [(one.code, one.level, one.title) for one in CODES.values()]


def passed_over(request: BuildRequest, result: BuildResult) -> tuple[Problem, ...]:
    """The warnings that the checks and readers of a build have, those of its recipe too; its notes are left out.

    Of half an assistant what the other half lacks is left out, too.
    """
    with closing(open_store_of(request)) as store:
        found = [*map(read_otherwise, result.plan.graph.notices), *_kept(store.blobs, result)]
        halves = set(request.targets) & set(_LACKING)
        lacking = {code for half, code in _LACKING.items() if halves and half not in halves}
        return tuple(one for one in found if one.level is Level.WARNING and one.code not in lacking)


def placed(request: BuildRequest, result: BuildResult, found: Iterable[Problem]) -> tuple[Problem, ...]:
    """What `passed_over` gave, each at its place in the files that were read."""
    from graphbuild.plan.places import places_of

    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    with closing(open_store_of(request)) as store:
        places = places_of(result.plan.graph, outputs, store.blobs, request.project.resolve())
        return tuple(places.located(one) for one in found)


def _run(opened: Session) -> BuildResult:
    from graphbuild.execution.run import run_plan

    planner = opened.planner()
    request = opened.request
    folder = store_folder(request)
    return run_plan(planner.plan(), planner, opened.store, folder, opened.project, jobs=request.jobs, keep_going=True)


def _found(opened: Session, result: BuildResult) -> Iterator[Problem]:
    from graphbuild.plan.places import places_of

    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    places = places_of(opened.graph, outputs, opened.store.blobs, opened.project)
    yield from (replace(one, code=_UNREADABLE) for one in opened.graph.refused)
    for node_id, node in result.nodes.items():
        made = opened.graph.nodes[node_id]
        if made.kind != CHECK:
            yield from (places.located(replace(one, code=_UNREADABLE, facts=())) for one in node.problems)
        elif _is_check(made):
            # A check that other nodes need ends the build itself; what it says of the data is told as it is.
            yield from (places.located(one) if one.code else _of_check(made, one) for one in node.problems)
    for problem in _kept(opened.store.blobs, result):
        yield places.located(problem)


def _kept(blobs: BlobStore, result: BuildResult) -> Iterator[Problem]:
    """Findings and warnings that nodes of a build made."""
    from graphbuild.assistant.data.parts import Warnings

    for node_id, done in result.nodes.items():
        node = result.plan.graph.nodes[node_id]
        for port, kind in node.outputs.items():
            made = done.outputs.get(port)
            if made is None or kind not in (Findings.type_name, Warnings.type_name):
                continue
            try:
                data = blobs.get(made)
                if kind == Findings.type_name:
                    yield from (problem_of(one) for one in Findings.decode(data).rows)
                    continue
                path = node.source.files[0] if node.source is not None else None
                yield from (_warning(path, *row) for row in Warnings.decode(data).rows)
            except (BlobLost, ArtifactFormatError):
                continue


def _warning(path: str | None, line: int, what: str, hint: str | None) -> Problem:
    place = Location(path, line) if path is not None else None
    return Problem(what, place, hint=hint, code=_PASSED_OVER, level=CODES[_PASSED_OVER].level)


def _of_check(node: GraphNode, problem: Problem) -> Problem:
    """What a check failed of, which none is meant to: what it would have found is not known."""
    facts = (("said", problem.what), *((("at", str(problem.location)),) if problem.location is not None else ()))
    hint = "what it looks at may have a shape that it does not know; please report it"
    return Problem(f"`{node.name}` broke off, and found nothing", None, facts, hint, _BROKEN)


def _of_config(problem: Problem) -> Problem:
    """A problem of the configuration: components that are Rasa's come later, anything else is a fault."""
    from graphbuild.assistant.validation.rasa_names import RASA_COMPONENTS

    missing = _MISSING.search(problem.what)
    code = _WRONG_CONFIG
    if missing is not None and (missing[1] is None or missing[1] in RASA_COMPONENTS):
        code = _LATER
        problem = replace(problem, facts=(), hint="`graphbuild components` lists what there is")
    elif problem.what.startswith(_NO_OPTION):
        code = _UNKNOWN_OPTION
    return replace(problem, code=code, level=CODES[code].level)


def read_otherwise(notice: Problem) -> Problem:
    """What the configuration says in words of an older Rasa, or to a policy that does not know it; notes stay."""
    if notice.level is Level.NOTE:
        return notice
    code = _UNKNOWN_OPTION if notice.what.startswith(_NO_OPTION) else _OLD_WORDS
    return replace(notice, code=code, level=CODES[code].level)


def _said_by(request: BuildRequest) -> tuple[Mapping[str, Any], tuple[Problem, ...]]:
    """What a configuration that cannot be built says, as far as it can be read, and what is old in it."""
    from graphbuild.recipe.layer import read_layer
    from graphbuild.recipe.rasa_default import config_variables, is_rasa_config
    from graphbuild.recipe.rasa_lists import notices_of

    try:
        tree: Yaml = read_layer(find_recipe(request.recipe, request.project)).tree
    except RecipeError:
        return {}, ()
    if not tree.is_mapping or not is_rasa_config(tree):
        return {}, ()
    return config_variables(tree, []), notices_of(tree)


def _is_check(node: GraphNode) -> bool:
    return node.kind == CHECK and node.uses != _GATE


def _told(result: NodeResult) -> bool:
    """Whether a node that failed did so by what it found in the data."""
    return bool(result.problems) and all(one.code is not None for one in result.problems)


def _order(problem: Problem) -> tuple[object, ...]:
    place = problem.location
    where: Sequence[object] = (place.path, place.line, place.column) if place is not None else ("", 0, 0)
    return (*where, _RANKS[problem.level], problem.code or "", problem.what)
