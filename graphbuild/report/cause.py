"""Why a build ran anything, in one line: the record, option or module that changed, before what followed from it."""

from __future__ import annotations

from graphbuild.execution.result import BuildResult
from graphbuild.plan.decision import Reason, ReasonKind
from graphbuild.report.reasons import sentence

_ROOTS = (ReasonKind.CONFIG, ReasonKind.CODE, ReasonKind.COMPONENT, ReasonKind.TOOLCHAIN, ReasonKind.LOST)


def cause(result: BuildResult) -> str | None:
    """What changed, the first of it whole and the rest counted; None where nothing ran, or all of it is new."""
    given = [reason for node in result.nodes.values() for reason in node.reasons]
    records = [one for one in given if one.kind is ReasonKind.INPUT and one.change is not None and one.path is not None]
    roots = [one for one in given if one.kind in _ROOTS]
    found = [*dict.fromkeys(map(_said, [*records, *roots]))]
    found = found or [*dict.fromkeys(sentence(one) for one in given if one.kind is ReasonKind.SOURCE)]
    if not found:
        return None
    return found[0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")


def _said(reason: Reason) -> str:
    if reason.kind is not ReasonKind.INPUT or reason.path is None:
        return sentence(reason)
    place = f"{reason.path}:{reason.line}" if reason.line else reason.path
    return reason.detail if reason.path in reason.detail else f"{place}: {reason.detail}"
