"""The way of a build: wires the stages in order. Reads like section 2 of the design.

    recipe.read -> graph.compile (or the compiled graph of an earlier build) -> plan.make -> execution.run
    -> package.write

The first half decides; with nothing to do it ends there, within the time of a few imports. The stages of the second
half (and compiling, when the recipe changed) are imported where they begin, for that reason (docs/decisions/0002).
"""

from __future__ import annotations

import difflib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from graphbuild.contract import digest
from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import BuildFailed, ExitCode, Interrupted, Problem, UsageError
from graphbuild.execution.result import BuildResult, NodeResult, Outcome
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.graph.plain import from_plain, to_plain
from graphbuild.graph.stamp import is_current, make_stamp
from graphbuild.package.key import package_key
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.plan.make import Past, Planner
from graphbuild.plan.plan import Plan
from graphbuild.plan.records import Tracer
from graphbuild.plan.sources import source_digests
from graphbuild.store.interface import Store
from graphbuild.store.local import open_store

if TYPE_CHECKING:
    from graphbuild.execution.events import Listener

STORE_FOLDER = ".graphbuild"
STORE_VARIABLE = "GRAPHBUILD_STORE"
PACKAGE_FOLDER = "models"
_GRAPH_MEMO = "graph.v1"
_CODE_MEMO = "code.v1"
_PACKAGE_MEMO = "package.v1"
_RAN_MEMO = "ran.v1"
_LAST_MEMO = "last.v1"


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


@dataclass(frozen=True)
class BuildReport:
    """What a build came to."""

    result: BuildResult
    model: Path | None
    """The package that holds the result: a new one, or the earlier one that is equal."""
    up_to_date: bool
    """Nothing ran and no package was written."""
    is_new: bool
    """Whether the package was written by this build."""
    code: ExitCode
    wall_s: float
    problems: tuple[Problem, ...] = ()


def graph(request: BuildRequest) -> Graph:
    """The compiled graph. Raises RecipeError."""
    with _opened(request) as opened:
        return opened.graph


def plan(request: BuildRequest) -> Plan:
    """What a build would do and why. Runs nothing. Raises RecipeError, DataError, StoreError."""
    with _opened(request) as opened:
        return opened.planner().plan()


def build(request: BuildRequest, listener: Listener | None = None) -> BuildReport:
    """Builds and packages. Failures of nodes are in the report; errors before anything runs are raised."""
    began = time.perf_counter()
    with _opened(request) as opened:
        planner = opened.planner()
        made = planner.plan()
        result = _nothing_to_run(made) or _run(opened, planner, made, listener)
        problems = tuple(problem for node in result.nodes.values() for problem in node.problems)
        if not result.succeeded:
            code = ExitCode.INTERRUPTED if result.interrupted else ExitCode.FAILED
            return BuildReport(result, None, False, False, code, time.perf_counter() - began, problems)
        model, is_new = _package(opened, result) if request.package else (None, False)
        ran = any(node.outcome is Outcome.RUN for node in result.nodes.values())
        return BuildReport(result, model, not ran and not is_new, is_new, ExitCode.DONE, time.perf_counter() - began)


def explain(request: BuildRequest, name: str) -> list[Explanation]:
    """Why nodes would run, or why they ran the last time: those of a recipe node, or one by its id.

    Importers are run where that is needed to tell what changed in the data: they are cheap, and their results are
    kept like any other. Nothing else runs. Raises UsageError for a name that is no node.
    """
    with _opened(request) as opened:
        wanted = _named(opened.graph, name)
        planner = opened.planner()
        made = planner.plan()
        if any(made.decisions[node_id].verdict is not Verdict.HIT for node_id in wanted):
            made = _with_importers(opened, made)
        outputs = {node_id: one.outputs for node_id, one in made.decisions.items() if one.outputs is not None}
        tracer = Tracer(opened.graph, outputs, opened.last_keys, opened.store.actions, opened.store.blobs)
        return [_explained(opened, tracer, node_id, made.decisions[node_id]) for node_id in wanted]


def last_outcomes(request: BuildRequest) -> dict[NodeId, str]:
    """What the last build that ran anything did to each node; the others were hits."""
    with _opened(request) as opened:
        kept = opened.store.memos.get(_LAST_MEMO, opened.scope)
        outcomes = json.loads(kept)["outcomes"] if kept is not None else {}
        return {node_id: outcomes.get(node_id, Outcome.HIT.value) for node_id in opened.graph.nodes}


def raise_failure(report: BuildReport) -> None:
    """For callers that want exceptions: BuildFailed or Interrupted when the build did not succeed."""
    if report.code is ExitCode.INTERRUPTED:
        raise Interrupted("the build was interrupted; what had finished is kept")
    if report.code is not ExitCode.DONE:
        raise BuildFailed(report.problems or (Problem("the build failed"),))


def store_folder(request: BuildRequest) -> Path:
    """Where the store of a request is."""
    return request.store or Path(os.environ.get(STORE_VARIABLE) or request.project / STORE_FOLDER)


@dataclass(frozen=True)
class Explanation:
    """One node: what would become of it and why, and why it ran the last time."""

    node: NodeId
    decision: Decision
    records: tuple[Reason, ...]
    """Records of data behind changed inputs."""
    last_reasons: tuple[Reason, ...] = ()
    last_run: str | None = None
    """When it last ran here, in ISO 8601."""


@dataclass
class _Opened:
    """A request with its store open and its graph at hand."""

    request: BuildRequest
    project: Path
    store: Store
    graph: Graph

    @property
    def scope(self) -> str:
        """Whose history it is: the project's, by recipe."""
        return digest.of_value(["scope", str(self.project), self.request.recipe])

    @property
    def last_keys(self) -> Mapping[str, Digest]:
        """Node -> action key of its last success."""
        return _Lazily(lambda: self.store.history.last_keys(self.scope))

    def planner(self) -> Planner:
        """The planner of this request, over the sources as they are now."""
        return self.planner_of(self.graph)

    def planner_of(self, graph: Graph) -> Planner:
        """The planner of a part of the graph."""
        sources = source_digests(graph.nodes.values(), self.project, self.store.sources)
        past = Past(self.last_keys, self.code_of)
        forced = graph.nodes if self.request.force else ()
        return Planner(graph, sources, self.store.actions, self.store.blobs, past, forced)

    def code_of(self, version: str) -> Mapping[str, str]:
        """The modules behind a code version of this or an earlier build."""
        kept = self.store.memos.get(_CODE_MEMO, version)
        return {} if kept is None else json.loads(kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()


class _Lazily(Mapping[str, Digest]):
    """A mapping that is read when it is first looked into: a no-op never asks what was built last."""

    def __init__(self, read: Any) -> None:
        self._read = read
        self._held: dict[str, Digest] | None = None

    def _all(self) -> dict[str, Digest]:
        if self._held is None:
            self._held = self._read()
        return self._held

    def __getitem__(self, name: str) -> Digest:
        return self._all()[name]

    def __iter__(self) -> Any:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


def _opened(request: BuildRequest) -> _Opened:
    if not request.project.is_dir():
        raise UsageError(Problem(f"there is no folder {request.project}"))
    project = request.project.resolve()
    store = open_store(store_folder(request))
    try:
        return _Opened(request, project, store, _graph(request, project, store))
    except BaseException:
        store.close()
        raise


def _graph(request: BuildRequest, project: Path, store: Store) -> Graph:
    """The compiled graph, from the store when nothing that it depends on has changed."""
    name = digest.of_value([str(project), request.recipe, dict(request.variables), list(request.targets)])
    kept = store.memos.get(_GRAPH_MEMO, name)
    if kept is not None:
        document = json.loads(kept)
        if is_current(document["stamp"]):
            return from_plain(document["graph"])
    began_ns = time.time_ns()
    from graphbuild.graph.compile import compile_recipe
    from graphbuild.recipe.read import read_recipe

    recipe = read_recipe(request.recipe, project, request.variables)
    compiled = compile_recipe(recipe, project, request.targets)
    for version, modules in compiled.graph.code.items():
        if store.memos.get(_CODE_MEMO, version) is None:
            store.memos.set(_CODE_MEMO, version, json.dumps(dict(modules)).encode())
    files = [*recipe.files, *compiled.modules, *_own_modules()]
    stamp = make_stamp(project, files, compiled.reads, began_ns)
    if stamp is not None:
        document = {"stamp": stamp, "graph": to_plain(compiled.graph)}
        store.memos.set(_GRAPH_MEMO, name, json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return compiled.graph


def _own_modules() -> list[Path]:
    """What compiles: a graph that another version of it compiled is no longer trusted."""
    here = Path(__file__).parent
    return sorted(file for stage in ("contract", "recipe", "graph") for file in (here / stage).glob("*.py"))


def _nothing_to_run(made: Plan) -> BuildResult | None:
    if made.count(Verdict.HIT) != len(made.decisions):
        return None
    nodes = {
        node_id: NodeResult(Outcome.HIT, decision.key, decision.outputs or {}, 0.0)
        for node_id, decision in made.decisions.items()
    }
    return BuildResult(made, nodes, 0.0)


def _run(opened: _Opened, planner: Planner, made: Plan, listener: Listener | None) -> BuildResult:
    from graphbuild.execution.run import run_plan

    request = opened.request
    result = run_plan(
        made,
        planner,
        opened.store,
        store_folder(request),
        opened.project,
        listener,
        jobs=request.jobs,
        keep_going=request.keep_going,
    )
    result = _with_records(opened, result)
    _remember(opened, result)
    return result


def _with_records(opened: _Opened, result: BuildResult) -> BuildResult:
    """The result, with the changed records of data among the reasons of what ran."""
    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    tracer = Tracer(opened.graph, outputs, opened.last_keys, opened.store.actions, opened.store.blobs)
    nodes = {
        node_id: replace(node, reasons=(*node.reasons, *tracer.behind(opened.graph.nodes[node_id])))
        if any(reason.kind is ReasonKind.INPUT for reason in node.reasons)
        else node
        for node_id, node in result.nodes.items()
    }
    return replace(result, nodes=nodes)


def _remember(opened: _Opened, result: BuildResult) -> None:
    """Keeps what the next build compares with: action keys, and why each node ran."""
    done = {
        str(node_id): node.key
        for node_id, node in result.nodes.items()
        if node.outcome in (Outcome.HIT, Outcome.RUN) and node.key is not None
    }
    gone = [node_id for node_id in opened.last_keys if node_id not in opened.graph.nodes and "@" in node_id]
    opened.store.history.remember(opened.scope, done, forget=gone)
    now = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    for node_id, node in result.nodes.items():
        if node.outcome is Outcome.RUN:
            document = {"at": now, "reasons": [list(asdict(reason).values()) for reason in node.reasons]}
            opened.store.memos.set(_RAN_MEMO, f"{opened.scope}/{node_id}", json.dumps(document).encode())
    outcomes = {node_id: node.outcome for node_id, node in result.nodes.items() if node.outcome is not Outcome.HIT}
    opened.store.memos.set(_LAST_MEMO, opened.scope, json.dumps({"at": now, "outcomes": outcomes}).encode())


def _named(graph: Graph, name: str) -> list[NodeId]:
    found = [node.id for node in graph.nodes.values() if name in (node.id, node.name)]
    if not found:
        known = sorted({name for node in graph.nodes.values() for name in (node.id, node.name)})
        close = difflib.get_close_matches(name, known, n=1)
        raise UsageError(
            Problem(
                f"there is no node `{name}` in this build",
                hint=f"did you mean `{close[0]}`?" if close else "see `graphbuild graph`",
            )
        )
    return found


def _with_importers(opened: _Opened, made: Plan) -> Plan:
    """The plan after the importers have run."""
    importers = {node_id: node for node_id, node in opened.graph.nodes.items() if node.operation is Operation.IMPORT}
    if all(made.decisions[node_id].verdict is Verdict.HIT for node_id in importers):
        return made
    part = replace(opened.graph, nodes=importers)
    planner = opened.planner_of(part)
    from graphbuild.execution.run import run_plan

    run_plan(planner.plan(), planner, opened.store, store_folder(opened.request), opened.project, keep_going=True)
    return opened.planner().plan()


def _explained(opened: _Opened, tracer: Tracer, node_id: NodeId, decision: Decision) -> Explanation:
    records = tracer.behind(opened.graph.nodes[node_id]) if decision.verdict is not Verdict.HIT else ()
    kept = opened.store.memos.get(_RAN_MEMO, f"{opened.scope}/{node_id}")
    if kept is None:
        return Explanation(node_id, decision, records)
    document = json.loads(kept)
    reasons = tuple(Reason(ReasonKind(kind), *rest) for kind, *rest in document["reasons"])
    return Explanation(node_id, decision, records, reasons, document["at"])


def _package(opened: _Opened, result: BuildResult) -> tuple[Path, bool]:
    """The package of a build, and whether it had to be written."""
    outputs = {node_id: node.outputs for node_id, node in result.nodes.items()}
    key = package_key(opened.graph, outputs)
    folder = opened.project / (opened.request.out or PACKAGE_FOLDER)
    wanted = folder / _file_name(opened.request.fixed_name) if opened.request.fixed_name else None
    name = digest.of_value([str(folder), key])
    earlier = _earlier_package(opened.store, name, wanted)
    if earlier is not None:
        return earlier, False
    from graphbuild.package.package import write_package
    from graphbuild.package.provenance import git_revision, provenance
    from graphbuild.version import version

    keys = {node_id: node.key for node_id, node in result.nodes.items() if node.key is not None}
    manifests = {node_id: opened.store.actions.manifest(key) or {} for node_id, key in keys.items()}
    origin = provenance(opened.graph, keys, manifests, version(), git_revision(opened.project))
    path = wanted or folder / f"{opened.request.prefix}{time.strftime('%Y%m%d-%H%M%S')}-{digest.short(key)}.tar.gz"
    write_package(path, opened.graph, outputs, origin, opened.store.blobs)
    status = path.stat()
    record = {"path": str(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
    opened.store.memos.set(_PACKAGE_MEMO, name, json.dumps(record).encode())
    return path, True


def _earlier_package(store: Store, name: str, wanted: Path | None) -> Path | None:
    kept = store.memos.get(_PACKAGE_MEMO, name)
    if kept is None:
        return None
    record = json.loads(kept)
    path = Path(record["path"])
    if wanted is not None and path != wanted:
        return None
    try:
        status = path.stat()
    except OSError:
        return None
    same = status.st_size == record["size"] and status.st_mtime_ns == record["mtime_ns"]
    return path if same else None


def _file_name(name: str) -> str:
    return name if name.endswith(".tar.gz") else f"{name}.tar.gz"
