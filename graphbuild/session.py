"""A request with its store open and its graph at hand: what every command of the builder begins with.

The compiled graph of an earlier build is used when its stamp is current; only then nothing is imported that compiles.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, RecipeError, UsageError
from graphbuild.execution.stages import Stage, StageListener, told
from graphbuild.finetuning import Finetuning, Start, find_start, has_starts, start_graph
from graphbuild.graph.graph import Graph
from graphbuild.graph.plain import from_plain, to_bytes
from graphbuild.graph.stamp import compiler_modules, is_current, make_stamp
from graphbuild.plan.lazily import Lazily
from graphbuild.plan.make import Past, Planner
from graphbuild.plan.sources import Sources
from graphbuild.store.interface import Store
from graphbuild.store.local import open_store

if TYPE_CHECKING:
    from graphbuild.execution.workers.processes import Processes
    from graphbuild.graph.compile import Compiled
    from graphbuild.recipe.layer import Given
    from graphbuild.recipe.recipe import Recipe
    from graphbuild.remote.choice import Choice

STORE_FOLDER = ".graphbuild"
PACKAGE_FOLDER = "models"
STORE_VARIABLE = "GRAPHBUILD_STORE"
REMOTE_VARIABLE = "GRAPHBUILD_REMOTE"
SETTINGS_FILE = "graphbuild.toml"
"""Settings of a project that are no part of what is built."""
LIMIT_VARIABLE = "GRAPHBUILD_STORE_MAX_SIZE"
"""Above this size the store is collected, after a build that ran something."""
GRAPH_MEMO = "graph.v8"
_DECODER = json.JSONDecoder()
CODE_MEMO = "code.v1"
_OPTIONS = {"domain": "--domain", "data": "--data"}
"""Variables of a recipe that options of a command line override."""
RAN_MEMO = "ran.v1"
"""Why and when a node last ran, by scope and node."""
STATE_MEMO = "state.v1"
"""Digest over the keys of the last build, by scope."""
PACKAGE_MEMO = "package.v1"
"""Where the package of some contents is, by folder and contents."""


@dataclass(frozen=True)
class BuildRequest:
    """What to build, from what, and how."""

    project: Path
    recipe: str
    """A path relative to the project, or recipe:NAME."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Overrides of the recipe's vars."""
    targets: tuple[str, ...] = ()
    """Target groups or nodes; empty for the recipe's default."""
    force: bool = False
    jobs: int = 1
    keep_going: bool = False
    dask: str | None = None
    """The Dask cluster that runs the actions. Default: $GRAPHBUILD_DASK, or the project's settings; empty for none."""
    store: Path | None = None
    """Default: $GRAPHBUILD_STORE, or .graphbuild in the project."""
    out: Path | None = None
    """Folder of packages, relative to the project; default: models."""
    fixed_name: str | None = None
    """Name of the package file instead of a dated one."""
    package: bool = True
    """Whether to write one at all."""
    prefix: str = ""
    """Before the dated name."""
    checks: bool = True
    """Whether what the targets read is checked before anything trains."""
    lenient: bool = False
    """Whether what is there and cannot be read, such as a link out of the project, is told in `Graph.refused`."""
    finetuning: Finetuning | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    """Options of every node whose component has one of that name, whatever the recipe says."""
    unpacked: Path | None = None
    """Folder that the package is left in unpacked, instead of an archive."""
    measures_memory: bool = False
    """Whether the memory that each node takes is measured."""
    remote: str | None = None
    """The store behind the store, a URL. Default: $GRAPHBUILD_REMOTE, or the project's settings; empty for none."""
    remote_reads_only: bool = False
    """Whether nothing is sent there."""
    signing_key: str | None = field(default=None, repr=False)
    """The file of the private key that signs what is sent there. Default: $GRAPHBUILD_SIGNING_KEY; empty for none."""
    matrix: bool = False
    """Whether all variants of the recipe's matrix are built, as one graph, and not the recipe itself."""
    calls: Path | None = None
    """Folder that gets a file for each node that runs, with the calls that its component makes."""


def store_folder(request: BuildRequest) -> Path:
    """Where the store of a request is."""
    return request.store or Path(os.environ.get(STORE_VARIABLE) or request.project / STORE_FOLDER)


def open_store_of(request: BuildRequest) -> Store:
    """The store of a request, with what is behind it. Where the project is gone, nothing makes its folder anew.

    Raises UsageError, StoreError.
    """
    _check_project(request)
    choice = remote_of(request)
    local = open_store(store_folder(request))
    if choice is None:
        return local
    from graphbuild.remote.opening import layered

    return layered(local, choice)


def remote_of(request: BuildRequest) -> Choice | None:
    """The remote store of a request, if it has one. Imports nothing where it has none. Raises UsageError."""
    url = os.environ.get(REMOTE_VARIABLE) if request.remote is None else request.remote
    settings = request.project / SETTINGS_FILE
    if url == "" or (url is None and not settings.is_file()):
        return None
    from graphbuild.remote.choice import choose

    return choose(url, settings, reads_only=request.remote_reads_only, signing_key=request.signing_key)


def _check_project(request: BuildRequest) -> None:
    if not request.project.is_dir():
        raise UsageError(Problem(f"there is no folder {request.project}"))


def scope_of(project: Path, recipe: str, purpose: str = "") -> str:
    """Whose history it is: the project's, by recipe and purpose."""
    return digest.of_value(["scope", str(project.resolve()), recipe, *([purpose] if purpose else [])])


def purpose_of(request: BuildRequest) -> str:
    """What a request is for, where that is not the recipe's own targets."""
    return "compare" if request.matrix else ""


@dataclass(frozen=True)
class KeptGraph:
    """Where the store has the graph of a session."""

    name: str
    head: str
    """The line before it: what it depends on. With another one it is no longer the same graph."""


@dataclass
class Session:
    """A request with its store open and its graph at hand."""

    request: BuildRequest
    project: Path
    store: Store
    graph: Graph
    purpose: str = ""
    """What the graph is for, where that is not the recipe's own targets."""
    kept: KeptGraph | None = None
    """Where the store has the graph, if it does."""
    processes: Processes | None = None
    """Worker processes of somebody who keeps them for the next build."""

    @property
    def folder(self) -> Path:
        """Where the store is."""
        return store_folder(self.request)

    @property
    def scope(self) -> str:
        """Whose history it is."""
        return scope_of(self.project, self.request.recipe, self.purpose)

    @property
    def last_keys(self) -> Mapping[str, Digest]:
        """Node -> action key of its last success."""
        return Lazily(lambda: self.store.history.last_keys(self.scope))

    @property
    def command(self) -> tuple[str, ...] | None:
        """The command line that builds nodes of this graph, without them; none where no command line does."""
        request = self.request
        known = {name: value for name, value in request.variables.items() if value is not None}
        if self.purpose or not known.keys() <= _OPTIONS.keys():
            return None
        words = ["graphbuild"]
        if not self.project.samefile("."):
            words += ["-C", str(request.project)]
        store = store_folder(request).resolve()
        if store != store_folder(replace(request, store=None)).resolve():
            words += ["--store", str(store.relative_to(self.project) if store.is_relative_to(self.project) else store)]
        words += ["build", "-f", request.recipe]
        for name, value in known.items():
            for one in [value] if isinstance(value, str) else value:
                words += [_OPTIONS[name], str(one)]
        return tuple(words)

    def graph_bytes(self) -> bytes:
        """The graph as plain JSON: as the store has it, where it still does. Read again, for few builds ask."""
        kept = self.store.memos.get(GRAPH_MEMO, self.kept.name) if self.kept is not None else None
        if kept is not None and self.kept is not None:
            head, _, plain = kept.partition(b"\n")
            if head == self.kept.head.encode("utf-8", "surrogatepass"):
                return plain
        return to_bytes(self.graph)

    def planner(self, listener: StageListener | None = None) -> Planner:
        """The planner of this request, over the sources as they are now."""
        with told(Stage.SOURCES, listener):
            return self.planner_of(self.graph)

    def planner_of(self, graph: Graph) -> Planner:
        """The planner of a part of the graph."""
        sources = Sources(self.project, self.store.sources, self.store.memos).states(graph.nodes.values())
        past = Past(self.last_keys, self.code_of)
        forced = graph.nodes if self.request.force else ()
        return Planner(graph, sources, self.store.actions, self.store.blobs, past, forced)

    def code_of(self, version: str) -> Mapping[str, str]:
        """The modules behind a code version of this or an earlier build."""
        kept = self.store.memos.get(CODE_MEMO, version)
        return {} if kept is None else json.loads(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()


def open_session(
    request: BuildRequest, graph: Graph | None = None, *, purpose: str = "", listener: StageListener | None = None
) -> Session:
    """Opens the store and compiles, or takes, the graph; or takes `graph`, where it is not the recipe's own.

    Raises UsageError, RecipeError, StoreError.
    """
    with contextlib.ExitStack() as failing:
        with told(Stage.OPEN, listener):
            store = failing.enter_context(contextlib.closing(open_store_of(request)))
            project, kept = request.project.resolve(), None
            if graph is None:
                graph, kept = _graph(request, project, store, listener)
                purpose = purpose_of(request)
            else:
                _remember_code(store, graph)
        failing.pop_all()
        return Session(request, project, store, graph, purpose, kept)


def _graph(
    request: BuildRequest, project: Path, store: Store, listener: StageListener | None
) -> tuple[Graph, KeptGraph | None]:
    """The compiled graph, from the store when nothing that it depends on has changed, and where it is kept there."""
    start = find_start(request.finetuning, project, store) if request.finetuning is not None else None
    name = _graph_name(request, project, start)
    taken = _take_graph(name, project, store)
    if taken is not None:
        return taken
    began_ns = time.time_ns()
    recipe, compiled = _compiled(request, project, {}, listener)
    if start is not None:
        from graphbuild.recipe.layer import with_texts

        try:
            compiled = replace(compiled, graph=start_graph(compiled.graph, start, project, store.blobs))
        except RecipeError as error:
            raise with_texts(error, dict(recipe.texts)) from None
    _remember_code(store, compiled.graph)
    files = [*recipe.files, *compiled.modules, *compiler_modules()]
    stamp = make_stamp(project, files, compiled.reads, began_ns, {*recipe.environment, *compiled.environment})
    return compiled.graph, _keep_graph(name, compiled, stamp, project, store)


def _graph_name(request: BuildRequest, project: Path, start: Start | None) -> str:
    """The name of the memo of a request's graph: another one for everything that is asked of the compiler."""
    asked: list[Any] = [list(request.targets), request.checks, request.lenient]
    asked += [dict(request.options), request.matrix] if request.options or request.matrix else []
    asked += [start.digest, start.epoch_fraction] if start is not None else []
    return digest.of_value([str(project), request.recipe, dict(request.variables), asked])


def _take_graph(name: str, project: Path, store: Store) -> tuple[Graph, KeptGraph] | None:
    """The graph of an earlier build, if nothing that it depends on has changed.

    A line says what it depends on, another holds the graph.
    """
    kept = store.memos.get(GRAPH_MEMO, name)
    if kept is None:
        return None
    with contextlib.suppress(ValueError, KeyError, TypeError):  # what cannot be read is compiled anew
        text = kept.decode("utf-8", "surrogatepass")
        document, end = _DECODER.raw_decode(text)
        if (
            is_current(document["stamp"])
            and has_starts(graph := from_plain(_DECODER.raw_decode(text, end + 1)[0]), store.blobs)
            and _holds_the_same(graph, document["held"], project, store)
        ):
            return graph, KeptGraph(name, text[:end])
    return None


def _keep_graph(
    name: str, compiled: Compiled, stamp: Mapping[str, Any] | None, project: Path, store: Store
) -> KeptGraph | None:
    """Keeps a graph for the next build; not where a file changed meanwhile: that one compiles anew."""
    if stamp is None or not compiled.is_steady:
        return None
    graph, held = compiled.graph, None
    if compiled.held is not None:
        names = {label: sorted(one) for label, one in compiled.held.files.items()}
        read = {label for node in graph.nodes.values() if node.source is not None for label in node.source.files}
        beside = {label: content for label, content in compiled.held.contents.items() if label not in read}
        held = {"readers": list(compiled.held.readers), "files": names, "beside": beside}
    if not _holds_the_same(graph, held, project, store):
        return None
    head = json.dumps({"stamp": stamp, "held": held}, ensure_ascii=False)
    store.memos.set(GRAPH_MEMO, name, head.encode("utf-8", "surrogatepass") + b"\n" + to_bytes(graph))
    return KeptGraph(name, head)


def compile_given(request: BuildRequest, given: Given) -> Graph:
    """The graph of a request if files held other texts: compiled anew, and not kept. Opens no store.

    Raises UsageError, RecipeError.
    """
    _check_project(request)
    return _compiled(request, request.project.resolve(), given, None)[1].graph


def _compiled(
    request: BuildRequest, project: Path, given: Given, listener: StageListener | None
) -> tuple[Recipe, Compiled]:
    """The recipe of a request, and what it compiles to; `given` are texts in place of files."""
    if request.matrix:
        return _compiled_variants(request, project, listener)
    with told(Stage.RECIPE, listener):
        from graphbuild.recipe.read import read_recipe

        recipe = read_recipe(request.recipe, project, request.variables, request.targets, given)
    with told(Stage.COMPILE, listener):
        from graphbuild.graph.compile import compile_recipe

        if request.options:
            from graphbuild.graph.overrides import with_options

            recipe = with_options(recipe, request.options, project)
        compiled = compile_recipe(recipe, project, request.targets, checks=request.checks, lenient=request.lenient)
    return recipe, compiled


def _compiled_variants(request: BuildRequest, project: Path, listener: StageListener | None) -> tuple[Recipe, Compiled]:
    """The recipe, and what its variants compile to."""
    with told(Stage.RECIPE, listener):
        from graphbuild.recipe.read import read_matrix

        matrix = read_matrix(request.recipe, project, request.variables)
    with told(Stage.COMPILE, listener):
        from graphbuild.graph.variants import compile_matrix

        compiled = compile_matrix(matrix, project, request.targets, checks=request.checks, lenient=request.lenient)
    return matrix.recipe, compiled


def _holds_the_same(graph: Graph, held: Mapping[str, Any] | None, project: Path, store: Store) -> bool:
    """Whether files still hold what nodes of the graph are there for; also when it does not matter."""
    if held is None:
        return True
    from graphbuild.plan.holdings import hold_the_same

    return hold_the_same(graph, held, project, store)


def _remember_code(store: Store, graph: Graph) -> None:
    """Keeps the modules behind each code version, for reasons."""
    for version, modules in graph.code.items():
        if store.memos.get(CODE_MEMO, version) is None:
            store.memos.set(CODE_MEMO, version, json.dumps(dict(modules)).encode())
