"""A build's progress as plain lines, for logs and pipes; and what the drawing on a terminal builds on.

A listener of execution's events. Decides nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Final, Literal, Self

from graphbuild.execution.events import (
    BlobHealed,
    BuildStarted,
    Event,
    NodeDiverged,
    NodeFailed,
    NodeFinished,
    NodeProgress,
    NodeResumed,
    NodeSkipped,
    NodeStarted,
    NodeWaiting,
    RemoteEnded,
    RemoteWaited,
    StoreCollected,
)
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.sizes import in_seconds
from graphbuild.report.widths import filled, printable
from graphbuild.store.interface import Holder

NAME_WIDTH: Final = 34
_QUARTERS = 4

Tone = Literal["title", "plain", "good", "odd", "bad", "aside"]
"""What a line is like; a terminal has a colour for each."""
_COLOURS: Final[Mapping[Tone, str]] = {
    "title": "1",
    "plain": "",
    "good": "32",
    "odd": "33",
    "bad": "1;31",
    "aside": "2",
}
REST: Final = "Ctrl-C leaves the rest for `store push`"
WORD: Final = "36"
"""The colour of a word at the head of a line whose tone has none."""


class Lines:
    """A line for each node that is done, and a few for one that takes many steps."""

    def __init__(self, stream: IO[str], *, quiet: bool = False, verbose: bool = False, colour: bool = False) -> None:
        self._stream = stream
        self._colour = colour
        self._quiet = quiet
        self._verbose = verbose
        self._has_sent = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is left open."""

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case BuildStarted(plan, jobs):
                self._begin(plan, jobs)
            case NodeStarted(node, decision):
                self._start(node, decision)
            case NodeProgress(node, done, total, facts):
                shown = " ".join(f"{name} {value:.3f}" for name, value in facts.items())
                self._advance(node, done, total, shown)
            case NodeResumed(node, done, total):
                self._go_on(node, done, total)
            case NodeFinished(node, ran, seconds, decision):
                self._end(node)
                self._finish(node, ran, seconds, decision)
            case NodeWaiting(node, holder):
                self._wait(node, _owner(holder))
            case NodeFailed(node, problems):
                self._end(node)
                self._line("FAIL", node, problems[0].what.splitlines()[0] if problems else "failed", "bad")
            case NodeSkipped(node, because):
                self._end(node)
                self._line("skip", node, f"needs {because}", "odd")
            case NodeDiverged(node):
                self._line("note", node, "not deterministic: it made other bytes than before", "odd")
            case BlobHealed(node):
                self._line("note", node, "an output had been lost or damaged, and was made again", "odd")
            case _:
                self._tell_of_stores(event)

    def _tell_of_stores(self, event: Event) -> None:
        match event:
            case StoreCollected(told):
                self._line("note", NodeId("store"), told, "odd")
            case RemoteWaited(done, total):
                self._send(done, total)
            case RemoteEnded(remote):
                self._tell_of_remote(remote)

    def _begin(self, plan: Plan, jobs: int) -> None:  # noqa: ARG002 - of what is drawn
        hits = plan.count(Verdict.HIT)
        due = len(plan.decisions) - hits
        told = [f"{due} of {len(plan.decisions)} nodes to look at", f"{hits} reused"]
        if plan.expected_s:
            told.append(f"about {in_seconds(plan.expected_s)} by earlier builds")
        self._title(told)

    def _title(self, told: Sequence[str]) -> None:
        self._print(", ".join(told), "title")

    def _start(self, node: NodeId, decision: Decision) -> None:
        """A node begins to run."""

    def _advance(self, node: NodeId, done: int, total: int, shown: str) -> None:
        if self._verbose or _is_quarter(done, total):
            self._line("...", node, f"{done}/{total} {shown}".rstrip(), "aside")

    def _go_on(self, node: NodeId, done: int, total: int) -> None:
        self._line("note", node, f"goes on from epoch {done} of {total}", "odd")

    def _wait(self, node: NodeId, owner: str) -> None:
        self._line("wait", node, f"{owner} runs the same action", "odd")

    def _finish(self, node: NodeId, ran: bool, seconds: float, decision: Decision) -> None:
        if not ran:
            self._line("hit", node, "its inputs turned out unchanged", "good")
            return
        more = f" (and {len(decision.reasons) - 1} more)" if len(decision.reasons) > 1 else ""
        why = f"{decision.reasons[0].detail}{more}" if decision.reasons else ""
        self._line("run", node, f"{in_seconds(seconds):>8}  {why}".rstrip(), "plain")

    def _send(self, done: int, total: int) -> None:
        if not self._has_sent:
            self._has_sent = True
            self._print(f"uploading {done} of {total}, {REST}", "aside")

    def _tell_of_remote(self, told: Mapping[str, Any]) -> None:
        from graphbuild.report.remote import remote_summary, remote_warnings

        self._has_sent = False
        if (line := remote_summary(told)) is not None:
            self._line("note", NodeId("remote"), line, "aside")
        for one in remote_warnings(told):
            self._line("note", NodeId("remote"), one, "odd")

    def _end(self, node: NodeId) -> None:
        """A node is done, however it ended."""

    def _line(self, word: str, node: NodeId, more: str, tone: Tone) -> None:
        name, more = filled(printable(node), NAME_WIDTH), printable(more)
        self._write(f"{self._painted(f'{word:<5}', tone, WORD)}{name}  {self._painted(more, tone)}")

    def _print(self, line: str, tone: Tone) -> None:
        self._write(self._painted(printable(line), tone))

    def _painted(self, text: str, tone: Tone, plain: str = "") -> str:
        colour = (_COLOURS[tone] or plain) if self._colour and text else ""
        return f"\033[{colour}m{text}\033[0m" if colour else text

    def _write(self, line: str) -> None:
        if not self._quiet:
            self._stream.write(f"{line}\n")
            self._stream.flush()


def _owner(holder: Holder) -> str:
    """Who runs an action: two nodes of one build may be the same one."""
    if holder.pid == os.getpid():
        return "another node"
    return f"process {holder.pid} on {holder.host}" if holder.pid else "another build"


def _is_quarter(done: int, total: int) -> bool:
    """Whether a quarter of the steps ended with this one."""
    return total > 0 and done * _QUARTERS // total > (done - 1) * _QUARTERS // total
