"""How long a build will still take, by what its nodes took before: over the longest chain of them, and over all jobs.

What is shown counts down; a new estimate moves it bit by bit, so that it does not jump. Knows no terminal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan

_EVERY_S: Final = 0.5
"""How often it is estimated anew at most."""
_STEP: Final = 0.3
"""How much of the way to a new estimate what is shown moves each time."""
_CALM_S, _CALM_SHARE = 1.0, 0.1
"""Less than this, in seconds and of what is left, is not worth a move."""
_OVERRUN: Final = 0.1
"""Of the time that a node has run, when that is more than was expected."""
_MINUTE: Final = 60


@dataclass
class _Running:
    began: float
    expected_s: float | None
    share: float = 0.0
    """How much of it is done, where it tells."""
    before: float = 0.0
    """How much of it was done before it began here, of one that goes on."""


class TimeLeft:
    """Told what begins and ends, it says when the build does. Safe for threads."""

    def __init__(self, plan: Plan, jobs: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._jobs = jobs
        self._lock = threading.Lock()
        self._expected = {
            node: one.expected_s for node, one in plan.decisions.items() if one.verdict is not Verdict.HIT
        }
        self._chains = _chains(plan, self._expected)
        self._by_chain = sorted(self._expected, key=lambda one: self._chains[one])
        self._to_come = set(self._expected)
        self._to_come_s = sum(one or 0.0 for one in self._expected.values())
        self._unknown = sum(one is None for one in self._expected.values())
        self._running: dict[NodeId, _Running] = {}
        self._end_at: float | None = None
        self._estimated_at: float | None = None

    def start(self, node: NodeId, decision: Decision) -> None:
        """A node begins."""
        with self._lock:
            self._leave(node)
            if decision.expected_s is None:
                self._unknown += 1
            self._running[node] = _Running(self._clock(), decision.expected_s)

    def advance(self, node: NodeId, done: int, total: int) -> None:
        """A node tells how far it is."""
        with self._lock:
            if node in self._running and total > 0:
                one = self._running[node]
                if one.expected_s is None and not one.share:
                    self._unknown -= 1
                one.share = min(1.0, done / total)

    def go_on(self, node: NodeId, done: int, total: int) -> None:
        """A node goes on from where it was when it was killed."""
        with self._lock:
            if node in self._running and total > 0:
                one = self._running[node]
                one.began, one.before = self._clock(), min(1.0, done / total)
                if one.expected_s is not None:
                    one.expected_s *= 1.0 - one.before

    def end(self, node: NodeId) -> None:
        """A node is done, however it ended."""
        with self._lock:
            self._leave(node)
            one = self._running.pop(node, None)
            if one is not None and one.expected_s is None and not one.share:
                self._unknown -= 1

    def text(self) -> str:
        """`about 12 s left`; or at least that much, and of how many nodes nothing is known."""
        with self._lock:
            left = self._left()
            if not self._unknown:
                return f"about {_in_words(left)} left"
            if not left:
                return "time left unknown"
            return f"at least {_in_words(left)} left, {self._unknown} unknown"

    def _leave(self, node: NodeId) -> None:
        """A node is no longer to come."""
        if node in self._to_come:
            self._to_come.discard(node)
            expected = self._expected[node]
            self._to_come_s = max(0.0, self._to_come_s - (expected or 0.0)) if self._to_come else 0.0
            self._unknown -= expected is None

    def _left(self) -> float:
        """What is shown: the last estimate less the time since, moved towards a new one now and then."""
        now = self._clock()
        if self._end_at is None or self._estimated_at is None:
            self._end_at, self._estimated_at = now + self._estimate(now), now
        elif now - self._estimated_at >= _EVERY_S:
            self._estimated_at = now
            move = now + self._estimate(now) - self._end_at
            if abs(move) > max(_CALM_S, _CALM_SHARE * max(0.0, self._end_at - now)):
                self._end_at += _STEP * move
        return max(0.0, self._end_at - now)

    def _estimate(self, now: float) -> float:
        """The longest chain, or all the work over all jobs: whichever takes longer."""
        left = {node: _left_of(one, now - one.began) for node, one in self._running.items()}
        while self._by_chain and self._by_chain[-1] not in self._to_come:
            self._by_chain.pop()
        chain = self._chains[self._by_chain[-1]] if self._by_chain else 0.0
        for node, own in left.items():
            below = self._chains.get(node, 0.0) - (self._expected.get(node) or 0.0)
            chain = max(chain, own + below)
        return max(chain, (sum(left.values()) + self._to_come_s) / self._jobs)


def _left_of(one: _Running, elapsed: float) -> float:
    if one.share > one.before:
        return elapsed * (1.0 - one.share) / (one.share - one.before)
    if one.expected_s is None:
        return 0.0
    return max(one.expected_s - elapsed, _OVERRUN * elapsed if elapsed > one.expected_s else 0.0)


def _chains(plan: Plan, expected: dict[NodeId, float | None]) -> dict[NodeId, float]:
    """Seconds from the start of each node that may run to the end of the build."""
    below: dict[NodeId, float] = {}
    chains = {}
    for node in reversed(list(plan.graph.nodes)):
        own = below.get(node, 0.0) + (expected.get(node) or 0.0)
        if node in expected:
            chains[node] = own
        for edge in plan.graph.nodes[node].inputs:
            below[edge.node] = max(below.get(edge.node, 0.0), own)
    return chains


def _in_words(seconds: float) -> str:
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 2 * _MINUTE else f"{round(whole / _MINUTE)} min"
