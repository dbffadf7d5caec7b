"""Why a build ran anything, in one line: the record, option or module that changed, before what followed from it."""

from __future__ import annotations

from graphbuild.execution.result import BuildResult
from graphbuild.plan.decision import ReasonKind
from graphbuild.report.reasons import sentence

_ROOTS = (ReasonKind.CONFIG, ReasonKind.CODE, ReasonKind.COMPONENT, ReasonKind.TOOLCHAIN, ReasonKind.LOST)


def cause(result: BuildResult) -> str | None:
    """What changed, the first of it whole and the rest counted; None where nothing ran, or all of it is new."""
    given = [reason for node in result.nodes.values() for reason in node.reasons]
    files = [one for one in given if one.kind is ReasonKind.SOURCE]
    records = [one for one in files if one.change is not None]
    roots = [one for one in given if one.kind in _ROOTS]
    found = [*dict.fromkeys(map(sentence, [*records, *roots] or files))]
    if not found:
        return None
    return found[0] + (f" (and {len(found) - 1} more)" if len(found) > 1 else "")
