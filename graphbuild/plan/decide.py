"""decide(): what is to become of a node. The planner, the dry run, explain and the scheduler all ask here.

Pure: looks at nothing but its arguments, so that nobody can disagree with anybody.
"""

from __future__ import annotations

from collections.abc import Container

from graphbuild.contract.digest import Digest
from graphbuild.plan.decision import Decision, Reason, ReasonKind, Verdict
from graphbuild.store.interface import ActionResult


def decide(
    key: Digest | None, known: ActionResult | None, present: Container[Digest], *, forced: bool = False
) -> Decision:
    """HIT, RUN or PENDING.

    `key` is None while an input is unknown; `known` is what the action cache has for the key; `present` are the blobs
    that can be read. A RUN without reasons is one that the action cache does not know: `reasons.why` tells those.
    """
    if key is None:
        return Decision(Verdict.PENDING)
    if forced:
        return Decision(Verdict.RUN, key, reasons=(Reason(ReasonKind.FORCED, "forced"),))
    if known is None:
        return Decision(Verdict.RUN, key)
    lost = [port for port, digest in known.outputs.items() if digest not in present]
    if lost:
        ports = ", ".join(f"`{port}`" for port in lost)
        reason = Reason(ReasonKind.LOST, f"output {ports} is missing from the store or damaged", subject=lost[0])
        return Decision(Verdict.RUN, key, reasons=(reason,), expected_s=known.seconds)
    return Decision(Verdict.HIT, key, known.outputs, expected_s=known.seconds)
