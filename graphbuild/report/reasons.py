"""Decisions and reasons in words: the plan as a table, reasons in groups. Pure text, for any width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from graphbuild.plan.decision import Change, Decision, Reason, ReasonKind, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.plan.reasons import changed_input
from graphbuild.report.sizes import in_seconds

_NOTHING = "nothing to do: every node is a hit"
_HEADS = {
    ReasonKind.NEW: "new",
    ReasonKind.FORCED: "forced",
    ReasonKind.LOST: "store",
    ReasonKind.COMPONENT: "component",
    ReasonKind.CONFIG: "configuration",
    ReasonKind.SEED: "seed",
    ReasonKind.CODE: "code",
    ReasonKind.TOOLCHAIN: "toolchain",
    ReasonKind.FORMAT: "format",
    ReasonKind.INPUT: "inputs",
    ReasonKind.SOURCE: "data",
    ReasonKind.UPSTREAM: "waits for",
    ReasonKind.FAILED: "failed",
    ReasonKind.STOPPED: "not run",
}
"""Headings of the groups, in the order in which they are told: what the user did before what followed from it."""


def plan_text(plan: Plan) -> str:
    """What would run and why; hits are counted only."""
    rows = [
        (one.verdict.value, node_id, in_seconds(one.expected_s) or "-", _first(one))
        for node_id, one in plan.decisions.items()
        if one.verdict is not Verdict.HIT
    ]
    if not rows:
        return f"{_NOTHING} ({len(plan.decisions)} nodes)\n"
    width = max(len("node"), *(len(row[1]) for row in rows))
    table = [("verdict", "node", "took", "why"), *rows]
    lines = [f"{word:<8} {node_id:<{width}} {took:>10}  {why}".rstrip() for word, node_id, took, why in table]
    counts = ", ".join(
        f"{plan.count(verdict)} {verdict.value}" for verdict in (Verdict.RUN, Verdict.PENDING, Verdict.HIT)
    )
    lines.extend(["", f"{counts}; expected {in_seconds(plan.expected_s) if plan.expected_s else 'unknown'}"])
    if plan.count(Verdict.PENDING):
        lines.append("pending: decided when what they need has run; those whose inputs come out equal are hits")
    if plan.critical_s:
        lines.append(f"critical path, {in_seconds(plan.critical_s)}: {' -> '.join(plan.critical_path)}")
    return "\n".join(lines) + "\n"


def place(reason: Reason) -> str:
    """`path:line`, or nothing."""
    if reason.path is None:
        return ""
    return f"{reason.path}:{reason.line}" if reason.line else reason.path


def grouped(reasons: Iterable[Reason], ways: Mapping[tuple[str, str], Sequence[str]] | None = None) -> list[str]:
    """A heading for each kind that there is; data with its place first, as grep and editors have it.

    `ways`: by node and input port, lines that tell where the change of an input began.
    """
    by_kind: dict[ReasonKind, list[Reason]] = {kind: [] for kind in _HEADS}
    for reason in reasons:
        by_kind[reason.kind].append(reason)
    lines = []
    for kind, group in by_kind.items():
        lines.extend([f"  {_HEADS[kind]}"] if group else [])
        for reason in group:
            if not _is_record(reason):
                lines.append(f"    {sentence(reason)}")
                lines.extend(f"      {line}" for line in _below(reason, ways or {}))
        lines.extend(f"    {line}" for line in record_lines(group))
    return lines


def _below(reason: Reason, ways: Mapping[tuple[str, str], Sequence[str]]) -> Iterator[str]:
    """The lines of the ways that a reason is the end of."""
    for (node, port), lines in ways.items():
        if reason.kind is ReasonKind.UPSTREAM and reason.subject == node:
            yield from lines
            return
        if reason.kind is ReasonKind.INPUT and reason.detail == changed_input(port, node):
            yield from lines


def record_lines(reasons: Iterable[Reason]) -> Iterator[str]:
    """Records of data that came or went, as a small diff: by place, what went before what came."""
    found = sorted(
        filter(_is_record, reasons), key=lambda one: (one.path or "", one.line or 0, one.change != "removed")
    )
    for reason in found:
        sign = "+" if reason.change is Change.ADDED else "-"
        yield f"{place(reason)}: {sign} {reason.detail.removesuffix(f' {reason.change}')}"


def _is_record(reason: Reason) -> bool:
    return reason.kind is ReasonKind.SOURCE and reason.change is not None


def sentence(reason: Reason) -> str:
    """One reason with its place."""
    where = place(reason)
    if not where or where in reason.detail:
        return reason.detail
    return f"{where}: {reason.detail}" if reason.kind is ReasonKind.SOURCE else f"{reason.detail}  ({where})"


def _first(decision: Decision) -> str:
    if not decision.reasons:
        return ""
    more = f" (and {len(decision.reasons) - 1} more)" if len(decision.reasons) > 1 else ""
    return f"{decision.reasons[0].detail}{more}"
