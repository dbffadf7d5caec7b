"""What the listener of a check hears: of each node whether it came out the same, instead of why it ran."""

from __future__ import annotations

from dataclasses import replace

from graphbuild.execution.events import Event, Listener, NodeDiverged, NodeFinished
from graphbuild.graph.graph import NodeId
from graphbuild.plan.decision import Reason, ReasonKind


def retold(listener: Listener | None) -> Listener | None:
    """The listener, who is told so."""
    if listener is None:
        return None
    different: set[NodeId] = set()

    def tell(event: Event) -> None:
        if isinstance(event, NodeDiverged):
            different.add(event.node)
            return
        if isinstance(event, NodeFinished) and event.ran:
            said = "not the same" if event.node in different else "the same"
            event = replace(event, decision=replace(event.decision, reasons=(Reason(ReasonKind.FORCED, said),)))
        listener(event)

    return tell
