"""Where the time of a build went: the slowest nodes, what they waited for, the longest chain, the stages.

A listener of execution's events that is asked for its text when the build is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphbuild.execution.events import BuildStarted, Event, NodeFailed, NodeFinished, NodeStarted, NodeWaiting
from graphbuild.execution.stages import BuildEnded, Stage, StageEnded, now
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.report.sizes import in_bytes, in_seconds
from graphbuild.report.widths import cut, padded

_SHOWN: Final = 10
_NAME: Final = 34
_NARROW: Final = 90
_TINY: Final = 50
_OUTER: Final = (Stage.OPEN, Stage.PLAN, Stage.RUN, Stage.PACKAGE)
"""Stages that are within no other."""


@dataclass(frozen=True)
class Took:
    """One node that ran."""

    node: NodeId
    performed: Performed
    after: NodeId | None
    """The input that was ready last: what it waited for; None where that was ready before the build."""

    @property
    def seconds(self) -> float:
        """How long it ran."""
        return self.performed.ended_at - self.performed.began_at


@dataclass(frozen=True)
class Chain:
    """Nodes that ran one after the other, each needing the one before."""

    nodes: tuple[Took, ...] = ()
    seconds: float = 0.0


class Profile:
    """Collects what a command builds: one build, or several."""

    def __init__(self) -> None:
        self._graph: Graph | None = None
        self._jobs = 1
        self._took: dict[NodeId, Took] = {}
        """Of the build at hand."""
        self._ready_at: dict[NodeId, float] = {}
        self._all: list[Took] = []
        self._chain = Chain()
        self._stages: defaultdict[Stage, float] = defaultdict(float)
        self._waiting: dict[NodeId, float] = {}
        self._waited_s = 0.0

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case StageEnded(stage, began_at, ended_at):
                self._stages[stage] += ended_at - began_at
            case BuildStarted(plan, jobs):
                self._graph, self._jobs = plan.graph, jobs
            case NodeWaiting(node):
                self._waiting[node] = now()
            case NodeStarted(node):
                self._end_wait(node)
            case NodeFinished(node, _, _, _, performed) | NodeFailed(node, _, performed):
                self._end_wait(node)
                self._end(node, performed)
            case BuildEnded():
                self._end_build()

    def text(self, width: int = 100) -> str:
        """All of it, as lines that are at most so wide; empty where nothing was begun."""
        self._end_build()
        return "".join(f"{line}\n" for line in self._lines(width)) if self._all or self._stages else ""

    def _end(self, node: NodeId, performed: Performed | None) -> None:
        if performed is not None and self._graph is not None:
            needs = {edge.node for edge in self._graph.nodes[node].inputs} & self._ready_at.keys()
            after = max(needs, key=lambda one: self._ready_at[one], default=None)
            self._took[node] = Took(node, performed, after)
        self._ready_at[node] = now() if performed is None else performed.ended_at

    def _end_wait(self, node: NodeId) -> None:
        if node in self._waiting:
            self._waited_s += now() - self._waiting.pop(node)

    def _end_build(self) -> None:
        """What was collected of one build is done with; names of the next may be the same."""
        if self._graph is not None:
            chain = longest_chain(self._graph, self._took)
            self._chain = max(self._chain, chain, key=lambda one: one.seconds)
        self._all += self._took.values()
        self._took, self._ready_at, self._graph = {}, {}, None

    def _lines(self, width: int) -> Iterator[str]:
        busy = sum(one.seconds for one in self._all)
        run = self._stages.get(Stage.RUN) or busy
        yield f"where the time went: {in_seconds(sum(self._stages.get(one, 0.0) for one in _OUTER) or busy)}"
        if self._all:
            yield from self._table(run, width)
        yield from wrapped("stages", self._told_stages(), width)
        if not self._all:
            return
        phases: defaultdict[str, float] = defaultdict(float)
        for one in self._all:
            for name, seconds in _phases(one.performed):
                phases[name] += seconds
        yield from wrapped("within nodes", [f"{name} {in_seconds(took)}" for name, took in phases.items()], width)
        if self._waited_s:
            yield f"waited for equal actions: {in_seconds(self._waited_s)}"
        longest = max(12, min(_NAME, width - 16))
        names = [f"{cut(one.node, longest)} {in_seconds(one.seconds)}" for one in self._chain.nodes]
        yield from wrapped(f"longest chain, {in_seconds(self._chain.seconds)}", names, width, " > ")
        yield from wrapped("speed-up", self._speed(busy, run), width)

    def _table(self, run: float, width: int) -> Iterator[str]:
        slowest = sorted(self._all, key=lambda one: -one.seconds)
        has_memory = width >= _TINY and any(one.performed.peak_bytes is not None for one in slowest)
        tells_waits = width >= _NARROW
        name_width = min(_NAME, max(12, width - (34 if has_memory else 23)))
        title = f"  {'took':>12}  {'share':>5}  "
        title += f"{'peak':>9}  " if has_memory else ""
        yield (title + (f"{'node':<{name_width}}  waited for" if tells_waits else "node")).rstrip()
        for one in slowest[:_SHOWN]:
            line = f"  {in_seconds(one.seconds):>12}  {_share(one.seconds, run):>5}  "
            if has_memory:
                peak = one.performed.peak_bytes
                line += f"{in_bytes(peak) if peak is not None else '':>9}  "
            line += padded(one.node, name_width)
            if tells_waits and one.after is not None:
                line += f"  {cut(one.after, max(1, width - len(line) - 2))}"
            yield line.rstrip()
        if rest := slowest[_SHOWN:]:
            seconds = sum(one.seconds for one in rest)
            yield f"  {in_seconds(seconds):>12}  {_share(seconds, run):>5}  {len(rest)} more"

    def _told_stages(self) -> list[str]:
        return [f"{stage.value} {in_seconds(self._stages[stage])}" for stage in Stage if stage in self._stages]

    def _speed(self, busy: float, run: float) -> list[str]:
        at_once = f"{self._jobs} jobs" if self._jobs > 1 else "one job"
        return [f"{_times(busy, run)} with {at_once}", f"at best {_times(busy, self._chain.seconds)} with more --jobs"]


def longest_chain(graph: Graph, took: Mapping[NodeId, Took]) -> Chain:
    """The nodes that no number of jobs would have made faster."""
    ends: dict[NodeId, float] = {}
    before: dict[NodeId, NodeId | None] = {}
    for node_id, node in graph.nodes.items():
        last = max((edge.node for edge in node.inputs), key=lambda one: ends[one], default=None)
        before[node_id] = last
        own = took[node_id].seconds if node_id in took else 0.0
        ends[node_id] = own + (ends[last] if last is not None else 0.0)
    at = max(ends, key=lambda one: ends[one], default=None)
    seconds = ends[at] if at is not None else 0.0
    nodes: list[Took] = []
    while at is not None:
        if at in took:
            nodes.append(took[at])
        at = before[at]
    return Chain(tuple(reversed(nodes)), seconds)


def wrapped(title: str, words: list[str], width: int, between: str = ", ") -> Iterator[str]:
    """`title: word, word`, broken between words where the line would be too long."""
    line = f"{title}: "
    for place, word in enumerate(words):
        last = place == len(words) - 1
        more = word if last else f"{word}{between}"
        if len(line) + len(more.rstrip()) > width and line.strip():
            yield line.rstrip()
            line = "  "
        line += more
    yield line.rstrip()


def _phases(performed: Performed) -> Iterator[tuple[str, float]]:
    began_at = performed.began_at
    for name, ended_at in performed.phases:
        yield name, ended_at - began_at
        began_at = ended_at


def _share(seconds: float, whole: float) -> str:
    return f"{100 * seconds / whole:.0f} %" if whole else ""


def _times(more: float, less: float) -> str:
    return f"{more / less:.1f}x" if less else "1.0x"
