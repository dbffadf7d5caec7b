"""Decisions and reasons in words: the plan as a table, one node explained. Pure text, for any width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graphbuild.plan.decision import Decision, Reason, Verdict
from graphbuild.plan.plan import Plan

_NOTHING = "nothing to do: every node is a hit"


def plan_text(plan: Plan) -> str:
    """What would run and why; hits are counted only."""
    rows = [(node_id, one) for node_id, one in plan.decisions.items() if one.verdict is not Verdict.HIT]
    if not rows:
        return f"{_NOTHING} ({len(plan.decisions)} nodes)\n"
    width = max(len(node_id) for node_id, _ in rows)
    lines = [
        f"{one.verdict.value:<8}{node_id:<{width}}  {_seconds(one.expected_s):>7}  {_first(one)}".rstrip()
        for node_id, one in rows
    ]
    counts = ", ".join(f"{plan.count(verdict)} {verdict.value}" for verdict in Verdict)
    lines.append("")
    lines.append(f"{counts}; expected {_seconds(plan.expected_s) or 'unknown'}")
    if plan.critical_s:
        lines.append(f"critical path, {_seconds(plan.critical_s)}: {' -> '.join(plan.critical_path)}")
    return "\n".join(lines) + "\n"


def explain_text(
    node: str,
    decision: Decision,
    records: Sequence[Reason],
    last_reasons: Sequence[Reason],
    last_run: str | None,
) -> str:
    """Why a node would run, or why it would not and why it ran the last time."""
    if decision.verdict is Verdict.HIT:
        lines = [f"{node} is up to date."]
        if last_run is not None:
            lines.append(f"It last ran at {last_run}, because:")
            lines.extend(_sentences(last_reasons))
        return "\n".join(lines) + "\n"
    verb = "would run" if decision.verdict is Verdict.RUN else "is decided when what it needs has run"
    lines = [f"{node} {verb}:"]
    lines.extend(_sentences([*decision.reasons, *records]))
    if decision.expected_s is not None:
        lines.append(f"It took {_seconds(decision.expected_s)} the last time.")
    return "\n".join(lines) + "\n"


def place(reason: Reason) -> str:
    """`path:line`, or nothing."""
    if reason.path is None:
        return ""
    return f"{reason.path}:{reason.line}" if reason.line else reason.path


def _sentences(reasons: Iterable[Reason]) -> list[str]:
    return [f"  {reason.kind.value}: {reason.detail}{_at(reason)}" for reason in reasons]


def _at(reason: Reason) -> str:
    where = place(reason)
    return f"  ({where})" if where and where not in reason.detail else ""


def _first(decision: Decision) -> str:
    if not decision.reasons:
        return ""
    more = f" (and {len(decision.reasons) - 1} more)" if len(decision.reasons) > 1 else ""
    return f"{decision.reasons[0].detail}{more}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
