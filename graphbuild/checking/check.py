"""The way of a check: build again beside the store, from what the store has, and compare.

    the graph -> what the store has (what it lacks is built beside it first) -> every node once more, each from the
    inputs that the store has for it -> what differs by itself -> what follows from that

Everything is written to stores in a temporary folder: the project's store, packages and history stay as they are.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from graphbuild.checking.artifacts import difference
from graphbuild.checking.copying import copy_results
from graphbuild.checking.first_build import FirstBuild
from graphbuild.checking.retelling import retold
from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import MODEL
from graphbuild.errors import BuildFailed, ExitCode, Problem
from graphbuild.execution.events import Listener
from graphbuild.execution.result import BuildResult
from graphbuild.execution.run import run_plan
from graphbuild.execution.stages import now
from graphbuild.execution.task import Measures, Undeclared, Watch
from graphbuild.execution.undeclared import looked_at_while_loading
from graphbuild.graph.graph import Graph, GraphNode, NodeId
from graphbuild.plan.decision import Verdict
from graphbuild.plan.make import Past, Planner
from graphbuild.plan.plan import Plan
from graphbuild.plan.sources import Sources, SourceState
from graphbuild.session import BuildRequest, Session, open_session, store_folder
from graphbuild.store.interface import ActionResult, Store
from graphbuild.store.local import open_store

Outputs = Mapping[NodeId, Mapping[str, Digest]]


@dataclass(frozen=True)
class PortDifference:
    """What a node made at a port, the first time and again."""

    port: str
    type_name: str
    before: Digest
    after: Digest
    places: tuple[str, ...]
    """Where the two differ, for people."""


@dataclass(frozen=True)
class Differing:
    """A node that makes something else of the same inputs."""

    node: GraphNode
    ports: tuple[PortDifference, ...]


@dataclass(frozen=True)
class Following:
    """A node that makes something else because its inputs are something else."""

    node: NodeId
    because: tuple[NodeId, ...]
    """The nodes that give it something else."""


@dataclass(frozen=True)
class CheckReport:
    """What a check came to."""

    graph: Graph
    result: BuildResult
    """Of building again."""
    built_first: tuple[NodeId, ...]
    """What the store did not have."""
    differing: tuple[Differing, ...]
    """In build order."""
    following: tuple[Following, ...]
    undeclared: tuple[tuple[NodeId | None, Undeclared], ...]
    """None for what modules of the project do while they are imported."""
    wall_s: float

    @property
    def code(self) -> ExitCode:
        """0 where everything is the same and declared."""
        if self.result.interrupted:
            return ExitCode.INTERRUPTED
        is_bad = any(one.is_of_project for _, one in self.undeclared)
        is_same = self.result.succeeded and not self.differing
        return ExitCode.DONE if is_same and not is_bad else ExitCode.FAILED


def check(
    request: BuildRequest,
    first_build: FirstBuild,
    listener: Listener | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> CheckReport:
    """Builds again what a request asks for, and compares.

    `tell`: told in words which build begins next.

    Raises UsageError, RecipeError, DataError, StoreError; BuildFailed where there is nothing to compare with.
    """
    began_at = now()
    watch = Watch(str(request.project.resolve()), (str(store_folder(request).resolve()),))
    with tempfile.TemporaryDirectory(prefix="graphbuild-check-") as folder:
        beside = replace(request, store=Path(folder, "again"), remote="", package=False, force=True)
        with looked_at_while_loading(watch) as loading:
            opened = open_session(beside, listener=listener)
        with opened:
            report = _Check(request, opened, Path(folder), watch, listener, tell).run(first_build)
    loaded = [(None, one) for one in loading]
    return replace(report, undeclared=(*loaded, *report.undeclared), wall_s=now() - began_at)


class _Check:
    """One check, over the stores in a folder."""

    def __init__(
        self,
        request: BuildRequest,
        opened: Session,
        folder: Path,
        watch: Watch,
        listener: Listener | None,
        tell: Callable[[str], None],
    ) -> None:
        self._request = request
        self._opened = opened
        self._graph = opened.graph
        self._folder = folder
        self._watch = replace(watch, models=_models(opened.graph))
        self._listener = listener
        self._tell = tell
        store = opened.store
        sources = Sources(opened.project, store.sources, store.memos)
        self._states: Mapping[NodeId, SourceState] = sources.states(opened.graph.nodes.values())

    def run(self, first_build: FirstBuild) -> CheckReport:
        """All of it."""
        with self._known(first_build) as (known, plan, missing):
            copy_results(plan, known, self._opened.store)
            result = self._again(plan)
            differing = tuple(self._differing(result, plan, known))
            following = () if result.interrupted else self._following(plan, known, differing)
        undeclared = tuple(
            (node_id, one)
            for node_id in self._graph.nodes
            if (performed := result.nodes[node_id].performed) is not None
            for one in performed.undeclared
        )
        return CheckReport(self._graph, result, missing, differing, following, undeclared, 0.0)

    @contextmanager
    def _known(self, first_build: FirstBuild) -> Iterator[tuple[Store, Plan, tuple[NodeId, ...]]]:
        """A store that has all results to compare with, the plan that says so, and what had to be built for that."""
        with closing(open_store(store_folder(self._request))) as store:
            plan = self._plan(store)
            missing = tuple(one for one, made in plan.decisions.items() if made.verdict is not Verdict.HIT)
            if not missing:
                yield store, plan, ()
                return
            folder = self._folder / "first"
            with closing(open_store(folder)) as first:
                copy_results(plan, store, first)
        is_one = len(missing) == 1
        self._tell(f"{len(missing)} node{' is' if is_one else 's are'} not in the store: built first, beside it")
        first_build(replace(self._opened, request=replace(self._opened.request, store=folder)), missing)
        with closing(open_store(folder)) as first:
            plan = self._plan(first)
            if any(made.verdict is not Verdict.HIT for made in plan.decisions.values()):
                what = "files changed while this was checked"
                raise BuildFailed(Problem(what, hint="check again when they are at rest"))
            self._tell("and again")
            yield first, plan, missing

    def _plan(self, store: Store) -> Plan:
        """What a store has of the graph. Nothing is written to it."""
        past = Past({}, self._opened.code_of)
        return Planner(self._graph, self._states, store.actions, store.blobs, past).plan()

    def _again(self, plan: Plan) -> BuildResult:
        """Every node once more, each from the first one's inputs: the store beside has all results already."""
        store = self._opened.store
        past = Past(
            {one: made.key for one, made in plan.decisions.items() if made.key is not None}, self._opened.code_of
        )
        planner = Planner(self._graph, self._states, store.actions, store.blobs, past, forced=self._graph.nodes)
        return self._run(planner, self._opened.folder, store, Measures(watch=self._watch), retold(self._listener))

    def _run(
        self, planner: Planner, folder: Path, store: Store, measures: Measures, listener: Listener | None
    ) -> BuildResult:
        return run_plan(
            planner.plan(),
            planner,
            store,
            folder,
            self._opened.project,
            listener,
            jobs=self._request.jobs,
            keep_going=True,
            measures=measures,
        )

    def _differing(self, result: BuildResult, plan: Plan, known: Store) -> Iterator[Differing]:
        store = self._opened.store
        for node_id in (one for one in self._graph.nodes if one in result.diverged):
            before, after = _outputs(plan)[node_id], self._evidence(plan, node_id).outputs
            node = self._graph.nodes[node_id]
            ports = [
                PortDifference(
                    port,
                    node.outputs[port],
                    before[port],
                    after[port],
                    difference(known.blobs.get(before[port]), store.blobs.get(after[port])),
                )
                for port in before
                if before[port] != after[port]
            ]
            yield Differing(node, tuple(ports))

    def _evidence(self, plan: Plan, node_id: NodeId) -> ActionResult:
        """What a node that differs made the second time."""
        key = plan.decisions[node_id].key
        assert key is not None
        return self._opened.store.actions.divergences(key)[0]

    def _following(self, plan: Plan, known: Store, differing: tuple[Differing, ...]) -> tuple[Following, ...]:
        """What comes to something else by what differs: built from that, in a third store."""
        if not differing:
            return ()
        self._tell("what follows from what is not the same")
        outputs = _outputs(plan)
        folder = self._folder / "after"
        with closing(open_store(folder)) as after:
            instead = {one.node.id: self._evidence(plan, one.node.id) for one in differing}
            copy_results(plan, known, after, instead, self._opened.store.blobs)
            past = Past({}, self._opened.code_of)
            planner = Planner(self._graph, self._states, after.actions, after.blobs, past)
            result = self._run(planner, folder, after, Measures(), self._listener)
        changed = {one for one, node in result.nodes.items() if node.outputs and node.outputs != outputs[one]}
        return tuple(
            Following(node_id, because)
            for node_id, node in self._graph.nodes.items()
            if node_id in changed - instead.keys()
            and (because := tuple(dict.fromkeys(edge.node for edge in node.inputs if edge.node in changed)))
        )


def _outputs(plan: Plan) -> Outputs:
    return {one: made.outputs or {} for one, made in plan.decisions.items()}


def _models(graph: Graph) -> dict[NodeId, frozenset[str]]:
    """Files of pretrained models by the nodes that get a reference to them: its identity is of their contents."""
    found: dict[NodeId, frozenset[str]] = {}
    for node in graph.nodes.values():
        givers = [graph.nodes[edge.node] for edge in node.inputs if graph.nodes[edge.node].kind == MODEL]
        files = frozenset(file for one in givers if one.source is not None for file in one.source.files)
        if files:
            found[node.id] = files
    return found
