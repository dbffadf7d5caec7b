"""The stories of a project as one graph, made through the engine: drawn again with nothing changed, it is a hit.

Only files are read, and nothing is trained. NLU data that cannot be read costs its examples, a domain its responses;
neither stops anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.visual.document import document_of
from graphbuild.assistant.visual.dot import as_dot
from graphbuild.assistant.visual.page import as_page
from graphbuild.assistant.visual.story_map import StoryMap, Teller
from graphbuild.builder import BuildReport, build_opened
from graphbuild.contract.artifact import Blob
from graphbuild.contract.component import OUTPUT
from graphbuild.errors import (
    BuildFailed,
    DataError,
    ExitCode,
    GraphbuildError,
    Interrupted,
    Location,
    Problem,
    UsageError,
)
from graphbuild.graph.draft import Draft
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.plan.places import tables_of
from graphbuild.project.config import language_of
from graphbuild.project.data import data_paths, without_node
from graphbuild.recipe.recipe import Need, NodeSpec
from graphbuild.session import BuildRequest, Session, open_session
from graphbuild.store.interface import BlobLost

FORMATS = (".html", ".svg", ".dot")
_MAP, _PICTURE = "story_map", "story_picture"
_MORE = "`graphbuild validate` shows all problems"
_STORIES, _NLU = "story_file", "nlu_file"
_DOMAIN = ("domain_file", "domain")
_RECIPE = "recipe:rasa-base"


class _DomainError(DataError):
    """Nothing but the domain is wrong."""


@dataclass(frozen=True)
class Visualised:
    """A graph of stories, as whatever is asked for."""

    story_map: StoryMap
    picture: bytes
    """SVG; empty where no picture was asked for."""
    places: Mapping[Teller, tuple[Location, ...]]
    warnings: tuple[Problem, ...] = ()
    up_to_date: bool = False
    """Whether nothing had to run: nothing has changed."""

    @property
    def document(self) -> dict[str, Any]:
        """All of it as plain values."""
        return document_of(self.story_map, self.places)

    def written(self, form: str) -> bytes:
        """The content of a file with this ending."""
        if form == ".dot":
            return as_dot(self.story_map).encode("utf-8", "replace")
        return self.picture if form == ".svg" else as_page(self.picture.decode(), self.document)


class NoStories(UsageError):
    """There is nothing to draw."""


def visualise(
    project: Path,
    *,
    domain: str | None = None,
    stories: Sequence[str] = (),
    nlu: Sequence[str] = (),
    max_history: int = 2,
    draws: bool = True,
    store: Path | None = None,
) -> Visualised:
    """Reads, merges and draws the stories. Raises NoStories where there are none, DataError with their problems."""
    said = {"domain": domain} if domain is not None else {}
    paths = data_paths(project, {**said, **({"data": list(stories)} if stories else {})})
    told = paths["data"]
    if not told:
        raise NoStories(Problem(f"there are no stories in {project}", hint="name the files: --stories PATH"))
    said_by = list(nlu) or (data_paths(project, said)["data"] if stories else told)
    request = BuildRequest(project, _RECIPE, keep_going=True, store=store, package=False)
    wanted = [_MAP, *([_PICTURE] if draws else [])]

    def made(domain: Sequence[str]) -> Visualised:
        return _visualised(_draft(project, domain, told, said_by, max_history), request, wanted)

    try:
        found = made(paths["domain"])
    except _DomainError as error:
        # Stories can be told without it: what is wrong with it is for `validate` to stop at.
        found = made([])
        found = replace(found, warnings=(*map(_of_domain, error.problems), *found.warnings))
    if not found.story_map.tellers:
        hint = "name the files: --stories PATH"
        raise NoStories(Problem(f"there are no stories and no rules in {', '.join(told)}", hint=hint))
    return found


def _visualised(draft: Draft, request: BuildRequest, wanted: Sequence[str]) -> Visualised:
    """Builds a draft and reads what was made. Raises DataError, and where the domain alone is wrong, _DomainError."""
    from graphbuild.graph.compile import compile_draft

    graph, nodes = compile_draft(draft, "visualize", wanted)
    with open_session(request, graph, purpose="visualize") as opened:
        report, made = _built(opened, [nodes[name] for name in wanted])
        found = StoryMap.decode(made[0])
        places = _places(opened.graph, report, opened)
        warnings = (*_passed_over(opened, report), *_warnings(found, places))
    picture = Blob.decode(made[1]).data if _PICTURE in wanted else b""
    return Visualised(found, picture, places, warnings, report.up_to_date)


def _draft(project: Path, domain: Sequence[str], stories: Sequence[str], nlu: Sequence[str], max_history: int) -> Draft:
    """The nodes from files to the picture."""
    draft = Draft(project.resolve(), {}, {})
    language = {"language": language_of(project)}

    def add(name: str, uses: str, options: Mapping[str, Any] | None = None, **needs: Sequence[str]) -> str:
        ports = {port: tuple(Need(*one.split(".")) for one in made) for port, made in needs.items()}
        return draft.add(NodeSpec(name, uses, options or {}, ports))

    files = [draft.add(NodeSpec(_STORIES, "StoryFile", language, reads=tuple(stories)))]
    if list(nlu) != list(stories):
        files.append(draft.add(NodeSpec(_NLU, "StoryFile", language, reads=tuple(nlu))))
    add("stories", "StoryGraphMerge", parts=[f"{_STORIES}.stories"])
    add("nlu", "NLUTrainingData", parts=[f"{files[-1]}.nlu"])
    add("sayings", "IntentExamples", messages=["nlu.messages"])
    needs = {"stories": ["stories.graph"], "names": ["stories.names"], "sayings": ["sayings"]}
    if domain:
        file, merge = _DOMAIN
        draft.add(NodeSpec(file, "DomainFile", reads=tuple(domain)))
        add(merge, "Domain", parts=[f"{file}.part"], responses=[f"{one}.responses" for one in files])
        needs |= {"domain": [f"{merge}.space"], "responses": [f"{merge}.responses"]}
    add(_MAP, "StoryMapper", {"max_history": max_history}, **needs)
    add(_PICTURE, "StoryPicture", story_map=[_MAP])
    return draft


def _built(opened: Session, wanted: Sequence[NodeId]) -> tuple[BuildReport, list[bytes]]:
    """What was made. Raises DataError with the problems of what it needs, BuildFailed, Interrupted."""
    for attempt in range(2):
        report = build_opened(opened)
        if report.code is not ExitCode.DONE:
            raise _error(opened, report)
        try:
            return report, [opened.store.blobs.get(report.result.nodes[one].outputs[OUTPUT]) for one in wanted]
        except BlobLost:
            # A result had been damaged: noticed now, it is made again.
            if attempt:
                raise
    raise AssertionError("unreachable")


def _error(opened: Session, report: BuildReport) -> GraphbuildError:
    if report.code is ExitCode.INTERRUPTED:
        return Interrupted("interrupted; what had finished is kept")
    if report.code is not ExitCode.USAGE:
        return BuildFailed(report.problems)
    failed = {opened.graph.nodes[one].name for one, done in report.result.nodes.items() if done.problems}
    problems = [without_node(problem) for problem in report.problems]
    return (_DomainError if failed <= {*_DOMAIN} else DataError)(problems)


def _places(graph: Graph, report: BuildReport, opened: Session) -> dict[Teller, tuple[Location, ...]]:
    """Where stories and rules stand. Those of one name are one teller, in several places."""
    outputs = {node_id: node.outputs for node_id, node in report.result.nodes.items()}
    found: dict[Teller, list[Location]] = {}
    for path, records in tables_of(graph, outputs, opened.store.blobs):
        for port, _, line, text in records.rows:
            if port == "names":
                kind, _, name = text.partition(" ")
                found.setdefault(Teller(name[1:-1], kind == "rule"), []).append(Location(path, line))
    return {teller: tuple(sorted(set(places))) for teller, places in found.items()}


def _passed_over(opened: Session, report: BuildReport) -> Iterator[Problem]:
    """Files of which only the stories could be read."""
    for node_id, node in opened.graph.nodes.items():
        if node.uses == "StoryFile" and node.source is not None:
            data = opened.store.blobs.get(report.result.nodes[node_id].outputs["warnings"])
            for line, what, hint in Warnings.decode(data).rows:
                yield Problem(what, Location(node.source.files[0], line), hint=hint)


def _of_domain(problem: Problem) -> Problem:
    return replace(problem, what=f"{problem.what}; the domain's responses and slots are not looked at", hint=_MORE)


def _warnings(found: StoryMap, places: Mapping[Teller, tuple[Location, ...]]) -> Iterator[Problem]:
    """What is not in the graph."""
    for number in found.unreached:
        teller = found.tellers[number]
        what = (
            f"{'rule' if teller.is_rule else 'story'} `{teller.name}` goes on from a checkpoint that nothing leads to"
        )
        yield Problem(f"{what}; it is not shown from there", next(iter(places.get(teller, ())), None))
    if found.left_out:
        what = f"checkpoints lead to too many ways: {found.left_out:,} are not shown"
        yield Problem(what, hint="compare fewer actions: --max-history 1")
