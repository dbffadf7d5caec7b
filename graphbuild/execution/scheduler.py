"""The scheduler: runs what a plan says, in the order that ends soonest, and decides anew what becomes known.

The outline of a build, in the order of the methods below:

    run -> _begin (ready node, longest remaining path first)
              -> HIT: _finish | another build runs it: wait | RUN: submit to the worker
        -> _complete (a task came back)
              -> _heal (an input blob was lost: its producer runs again) | _fail | _record -> _finish

Facts of the run live in tables beside the immutable graph. Knows no component, no file and no terminal.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import OUTPUT, START, STATE, Operation
from graphbuild.errors import DataError, Location, Problem
from graphbuild.execution import row_tables
from graphbuild.execution.events import (
    BlobHealed,
    Listener,
    NodeDiverged,
    NodeFailed,
    NodeFinished,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
)
from graphbuild.execution.own_code import own_code
from graphbuild.execution.placing import placed
from graphbuild.execution.result import BuildResult, NodeResult, Outcome, RowsComputed
from graphbuild.execution.task import Completion, Task
from graphbuild.execution.workers.worker import Worker
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.plan.critical import FIRST_S, remaining_paths
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.plan.make import Planner
from graphbuild.plan.manifest import memory_key
from graphbuild.plan.plan import Plan
from graphbuild.plan.sources import Sources
from graphbuild.store.interface import ActionResult, Holder, Store

POLL_S = 0.05
"""How often a lock that another build holds is looked at."""
ATTEMPTS = 3
"""How often one node may run in a build: inputs that keep vanishing, sources that keep changing."""


@dataclass(frozen=True)
class _Running:
    decision: Decision
    manifest: Mapping[str, Any]
    lock: AbstractContextManager[Any]


class Scheduler:
    """Runs one plan."""

    def __init__(
        self,
        plan: Plan,
        planner: Planner,
        store: Store,
        worker: Worker,
        project: Path,
        listener: Listener,
        *,
        keep_going: bool = False,
        command: Sequence[str] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self._plan = plan
        self._planner = planner
        self._store = store
        self._worker = worker
        self._project = project
        self._emit = listener
        self._keep_going = keep_going
        self._command = command
        self._stop = stop
        """Asked between nodes: whether the build is to end as if it were interrupted."""
        self._graph = plan.graph
        self._code = own_code(plan.graph.code)
        self._rank = {node_id: rank for rank, node_id in enumerate(plan.graph.nodes)}
        self._remaining = remaining_paths(plan.graph, plan.decisions)
        self._dependents: dict[NodeId, list[NodeId]] = {node_id: [] for node_id in plan.graph.nodes}
        self._missing: dict[NodeId, int] = {}
        self._outputs: dict[NodeId, Mapping[str, Digest]] = {}
        self._results: dict[NodeId, NodeResult] = {}
        self._ready: list[tuple[float, int, NodeId]] = []
        self._new: list[NodeId] = []
        """Ready since the last step."""
        self._running: dict[NodeId, _Running] = {}
        self._waiting: list[NodeId] = []
        self._announced: set[NodeId] = set()
        self._attempts: dict[NodeId, int] = {}
        self._lost: set[NodeId] = set()
        self._diverged: list[NodeId] = []
        self._states = dict(plan.sources)
        self._sources = Sources(project, store.sources, store.memos)
        self._stopping = False
        """Nothing more begins, but for importers: what is wrong with the files is told all at once."""

    def run(self) -> BuildResult:
        """Runs all that must run. Failures are in the result; nothing but a StoreError is raised."""
        began = time.perf_counter()
        self._prepare()
        interrupted = False
        try:
            while self._ready or self._running or self._waiting:
                self._step()
                if self._stop is not None and self._stop():
                    interrupted = True
                    break
        except KeyboardInterrupt:
            interrupted = True
        finally:
            self._worker.close(cancel=interrupted)
            for running in self._running.values():
                running.lock.__exit__(None, None, None)
            self._store.flush()
        self._skip_the_rest(interrupted=interrupted)
        ordered = {node_id: self._results[node_id] for node_id in self._graph.nodes}
        wall_s = time.perf_counter() - began
        return BuildResult(self._plan, ordered, wall_s, interrupted, tuple(self._diverged))

    def _prepare(self) -> None:
        for node_id, node in self._graph.nodes.items():
            decision = self._plan.decisions[node_id]
            if decision.verdict is Verdict.HIT and decision.outputs is not None:
                self._outputs[node_id] = decision.outputs
                self._results[node_id] = NodeResult(Outcome.HIT, decision.key, decision.outputs, 0.0)
            for producer in {edge.node for edge in node.inputs}:
                self._dependents[producer].append(node_id)
        self._count_missing()
        for node_id, missing in self._missing.items():
            if not missing:
                self._push(node_id)

    def _count_missing(self) -> None:
        """How many producers of each node without outputs have none either."""
        self._missing = {
            node_id: len({edge.node for edge in node.inputs if edge.node not in self._outputs})
            for node_id, node in self._graph.nodes.items()
            if node_id not in self._outputs
        }

    def _push(self, node_id: NodeId) -> None:
        heapq.heappush(self._ready, (-self._remaining[node_id], self._rank[node_id], node_id))
        self._new.append(node_id)

    def _step(self) -> None:
        if self._stopping:
            self._ready = sorted(one for one in self._ready if self._is_importer(one[2]))
            self._waiting = [one for one in self._waiting if self._is_importer(one)]
        self._planner.foresee(self._take_new, self._outputs)
        waiting, self._waiting = self._waiting, []
        for node_id in waiting:
            self._begin(node_id)
        while self._ready and self._worker.has_room() and not self._checks_come_first():
            self._begin(heapq.heappop(self._ready)[2])
        if self._running:
            for completion in self._worker.collect(POLL_S if self._waiting or self._stop is not None else None):
                self._complete(completion)
        elif self._waiting and not self._ready:
            time.sleep(POLL_S)

    def _take_new(self) -> list[GraphNode]:
        """The nodes that are ready since this was last asked, but for those that an input was lost of meanwhile."""
        nodes = [self._graph.nodes[node_id] for node_id in dict.fromkeys(self._new)]
        self._new.clear()
        return [one for one in nodes if all(edge.node in self._outputs for edge in one.inputs)]

    def _is_importer(self, node_id: NodeId) -> bool:
        return self._graph.nodes[node_id].operation is Operation.IMPORT

    def _checks_come_first(self) -> bool:
        """Whether what is next waits for checks to end, or for what they need: a fault stops it before it begins."""
        is_next_first = -self._ready[0][0] >= FIRST_S
        return not is_next_first and any(self._remaining[one] >= FIRST_S for one in (*self._running, *self._waiting))

    # Beginning a node

    def _begin(self, node_id: NodeId) -> None:
        if node_id in self._results or node_id in self._running or self._missing[node_id]:
            return  # Begun by another way; or an input was lost meanwhile, and the node comes back with it.
        node = self._graph.nodes[node_id]
        decision = self._decide(node)
        if decision.verdict is Verdict.HIT:
            self._finish(node_id, decision)
            return
        assert decision.key is not None
        lock = self._store.locks.try_acquire(decision.key)
        if isinstance(lock, Holder):
            if node_id not in self._announced:
                self._announced.add(node_id)
                self._emit(NodeWaiting(node_id, lock))
            self._waiting.append(node_id)
            return
        # Another build may have finished it between the look and the lock.
        decision = self._decide(node)
        if decision.verdict is Verdict.HIT:
            lock.__exit__(None, None, None)
            self._finish(node_id, decision)
            return
        self._running[node_id] = _Running(decision, self._planner.manifest(node, self._outputs), lock)
        self._attempts[node_id] = self._attempts.get(node_id, 0) + 1
        self._emit(NodeStarted(node_id, decision))
        self._worker.submit(self._task(node, decision))

    def _decide(self, node: GraphNode) -> Decision:
        (decision,) = self._planner.decide([node], self._outputs)
        if decision.verdict is Verdict.HIT and node.id in self._lost and node.id not in self._attempts:
            # Its blob was found lost a moment ago; the record alone is no hit.
            reason = Reason(ReasonKind.LOST, "an output could not be read back")
            return replace(decision, verdict=Verdict.RUN, outputs=None, reasons=(reason,))
        return decision

    def _task(self, node: GraphNode, decision: Decision) -> Task:
        assert decision.key is not None
        inputs = tuple(
            (edge.port, self._outputs[edge.node][edge.output], self._graph.nodes[edge.node].outputs[edge.output])
            for edge in node.inputs
        )
        if node.start is not None:
            inputs = (*inputs, (START, node.start, node.outputs.get(STATE, "")))
        source = node.source
        state = self._states.get(node.id)
        return Task(
            node=node.id,
            key=decision.key,
            reference=node.reference,
            operation=node.operation,
            options=node.options,
            inputs=inputs,
            project=str(self._project),
            source_port=source.port if source else None,
            files=source.files if source else (),
            is_tree=source is not None and source.root is not None,
            variables=state.variables if state is not None else {},
            others=state.others if state is not None else {},
            waits=node.waits,
            remembers=node.remembers,
            tables=self._tables(node, decision),
            expected_s=decision.expected_s,
            code=self._code[node.facts["code"]],
            facts=node.facts,
            urgency=self._remaining[node.id],
            resumes=not decision.is_forced,
        )

    def _tables(self, node: GraphNode, decision: Decision) -> tuple[Digest, ...]:
        """Row tables of earlier results; none where everything is to be computed anew."""
        if node.remembers is None or decision.is_forced:
            return ()
        return row_tables.tables(self._store.memos, memory_key(node, self._outputs))

    # A task came back

    def _complete(self, completion: Completion) -> None:
        running = self._running.pop(completion.node)
        node = self._graph.nodes[completion.node]
        try:
            if completion.lost and self._attempts[node.id] < ATTEMPTS:
                self._heal(node, completion)
            elif completion.outputs is None:
                self._fail(node, completion, running.decision)
            else:
                self._take(node, completion, running)
        finally:
            running.lock.__exit__(None, None, None)

    def _heal(self, node: GraphNode, completion: Completion) -> None:
        """Input blobs were lost: those who made them run again, and then this node."""
        lost = set(completion.lost)
        # Another reader's loss may have taken some of them back already.
        known = [edge for edge in node.inputs if edge.node in self._outputs]
        producers = dict.fromkeys(edge.node for edge in known if self._outputs[edge.node][edge.output] in lost)
        for producer in producers:
            self._outputs.pop(producer)
            self._results.pop(producer, None)
            self._lost.add(producer)
            self._attempts.pop(producer, None)
        self._count_missing()
        for node_id in (*producers, node.id):
            if not self._missing[node_id]:
                self._push(node_id)

    def _take(self, node: GraphNode, completion: Completion, running: _Running) -> None:
        """Records what was made; or not, when a file changed meanwhile: then it belongs to no known input."""
        try:
            now = self._sources.states([node]).get(node.id)
        except DataError as error:
            self._fail(node, replace(completion, problems=error.problems, is_bad_input=True), running.decision)
            return
        if now is None or now == self._states[node.id]:
            self._record(node, completion, running)
        elif self._attempts[node.id] < ATTEMPTS:
            self._states[node.id] = now
            self._planner.source_changed(node.id, now)
            self._push(node.id)
        else:
            files = node.source.files if node.source is not None else ()
            place = Location(files[0]) if len(files) == 1 else None
            problem = Problem("the source keeps changing while it is read", place, hint="build when it is at rest")
            self._fail(node, replace(completion, problems=(problem,)), running.decision)

    def _record(self, node: GraphNode, completion: Completion, running: _Running) -> None:
        decision = running.decision
        assert completion.outputs is not None
        assert decision.key is not None
        result = ActionResult(completion.outputs, completion.earlier_s + completion.seconds)
        made = result.outputs
        if not self._store.actions.record(decision.key, result, running.manifest):
            first = self._store.actions.lookup([decision.key], asks=False)[decision.key]
            self._diverged.append(node.id)
            self._emit(NodeDiverged(node.id))
            kept = set(first.outputs.values())
            if self._store.blobs.present(kept) == kept:
                made = first.outputs
            else:
                # The first result cannot be read back, nor be made again: the new one takes its place.
                self._store.actions.forget(decision.key)
                self._store.actions.record(decision.key, result, running.manifest)
        self._store.checkpoints.forget(decision.key)
        if any(reason.kind is ReasonKind.LOST for reason in decision.reasons):
            self._emit(BlobHealed(node.id))
        rows = None
        if completion.rows is not None and node.remembers is not None:
            output = completion.outputs[OUTPUT]
            row_tables.keep(self._store.memos, memory_key(node, self._outputs), completion.rows.table, output)
            rows = RowsComputed(completion.rows.computed, completion.rows.total, node.remembers)
        self._finish(node.id, replace(decision, outputs=made), completion, rows)

    def _finish(
        self,
        node_id: NodeId,
        decision: Decision,
        completion: Completion | None = None,
        rows: RowsComputed | None = None,
    ) -> None:
        """A node has its outputs: by a completion where it ran."""
        assert decision.outputs is not None
        self._outputs[node_id] = decision.outputs
        outcome = Outcome.HIT if completion is None else Outcome.RUN
        seconds = 0.0 if completion is None else completion.seconds
        performed = None if completion is None else completion.performed
        self._results[node_id] = NodeResult(
            outcome, decision.key, decision.outputs, seconds, decision.reasons, rows=rows, performed=performed
        )
        self._emit(NodeFinished(node_id, completion is not None, seconds, decision, performed))
        self._missing.pop(node_id)
        for dependent in self._dependents[node_id]:
            if dependent in self._missing:
                self._missing[dependent] -= 1
                if self._missing[dependent] == 0:
                    self._push(dependent)

    def _fail(self, node: GraphNode, completion: Completion, decision: Decision) -> None:
        problems = completion.problems or (Problem("an input blob keeps getting lost"),)
        told = (placed(problems[0], node, self._command, is_bad_input=completion.is_bad_input), *problems[1:])
        failed = NodeResult(Outcome.FAILED, decision.key, {}, completion.seconds, decision.reasons, told)
        performed = completion.performed
        self._results[node.id] = replace(failed, is_bad_input=completion.is_bad_input, performed=performed)
        self._emit(NodeFailed(node.id, told, completion.performed))
        if not self._keep_going:
            self._stopping = True

    # The end

    def _skip_the_rest(self, *, interrupted: bool) -> None:
        """Nodes that never came to run: below a failure, or left out because the build ended before their turn."""
        culprit: dict[NodeId, NodeId] = {}
        for node_id, node in self._graph.nodes.items():
            result = self._results.get(node_id)
            if result is not None:
                if result.outcome is Outcome.FAILED:
                    culprit[node_id] = node_id
                continue
            bad = next((culprit[edge.node] for edge in node.inputs if edge.node in culprit), None)
            if bad is not None:
                culprit[node_id] = bad
                reason = Reason(ReasonKind.FAILED, f"needs {bad}, which failed", subject=bad)
                self._emit(NodeSkipped(node_id, bad))
            else:
                why = "was interrupted" if interrupted else "stopped at the first failure (--keep-going goes on)"
                reason = Reason(ReasonKind.STOPPED, f"the build {why}")
            self._results[node_id] = NodeResult(Outcome.SKIPPED, None, {}, 0.0, (reason,))
