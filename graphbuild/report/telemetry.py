"""A build as OpenTelemetry spans: one for the build, one below it for each node that ran. A listener of events.

Knows the API of OpenTelemetry alone: where the spans go is for its SDK, which whoever runs the build has set up.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode
from opentelemetry.util.types import AttributeValue

from graphbuild.execution.events import BuildStarted, Event, NodeFailed, NodeFinished, NodeStarted
from graphbuild.execution.result import Outcome
from graphbuild.execution.stages import BuildEnded, now
from graphbuild.execution.task import Performed
from graphbuild.graph.graph import GraphNode, NodeId
from graphbuild.plan.decision import Decision
from graphbuild.version import version

_NANO = 1_000_000_000


class Spans:
    """Makes spans of what a command builds. `carrier`: where an outer span is named, as W3C's `traceparent`."""

    def __init__(self, carrier: Mapping[str, str] | None = None) -> None:
        self._tracer = trace.get_tracer("graphbuild", version())
        self._outer: Context | None = propagate.extract(carrier) if carrier else None
        self._build: Span | None = None
        self._nodes: Mapping[NodeId, GraphNode] = {}
        self._decisions: dict[NodeId, Decision] = {}
        self._began_at = now()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_: TracebackType | None
    ) -> None:
        if error is not None:
            self.broken_off(error)
        self.close()

    def broken_off(self, error: BaseException) -> None:
        """What ended a build before its time is an error of its span."""
        said = str(error).partition("\n")[0]
        self._span().set_status(Status(StatusCode.ERROR, said or type(error).__name__))
        self.close()

    def close(self) -> None:
        """Ends the span of the build at hand, if there is one."""
        if self._build is not None:
            self._build.end(_nanoseconds(now()))
        self._build, self._began_at, self._decisions = None, now(), {}

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        match event:
            case BuildStarted(plan, jobs):
                self._nodes = plan.graph.nodes
                self._span().set_attribute("graphbuild.recipe", plan.graph.label)
                self._span().set_attributes({"graphbuild.jobs": jobs, "graphbuild.nodes": len(plan.decisions)})
            case NodeStarted(node, decision):
                self._decisions[node] = decision
            case NodeFinished(node, _, _, decision, performed) if performed is not None:
                self._decisions.pop(node, None)
                self._ended(node, performed, decision)
            case NodeFailed(node, problems, performed):
                decision_then = self._decisions.pop(node, None)
                what = problems[0].what if problems else "failed"
                self._ended(node, performed, decision_then, what)
            case BuildEnded(result, code, model, is_new):
                span = self._span()
                for outcome in Outcome:
                    count = sum(one.outcome is outcome for one in result.nodes.values())
                    span.set_attribute(f"graphbuild.nodes.{outcome.value}", count)
                span.set_attributes({"graphbuild.code": int(code), "graphbuild.package_is_new": is_new})
                if model is not None:
                    span.set_attribute("graphbuild.package", str(model))
                if code:
                    span.set_status(Status(StatusCode.ERROR, "interrupted" if result.interrupted else "failed"))
                self.close()

    def _span(self) -> Span:
        """The span of the build, which began when the one before was over."""
        if self._build is None:
            self._build = self._tracer.start_span(
                "graphbuild build", self._outer, start_time=_nanoseconds(self._began_at)
            )
        return self._build

    def _ended(
        self, node: NodeId, performed: Performed | None, decision: Decision | None, problem: str | None = None
    ) -> None:
        began_at, ended_at = (performed.began_at, performed.ended_at) if performed is not None else (now(), now())
        context = trace.set_span_in_context(self._span(), self._outer)
        span = self._tracer.start_span(
            node, context, attributes=self._told(node, performed, decision), start_time=_nanoseconds(began_at)
        )
        if problem is not None:
            span.set_status(Status(StatusCode.ERROR, problem))
        span.end(_nanoseconds(ended_at))

    def _told(
        self, node: NodeId, performed: Performed | None, decision: Decision | None
    ) -> Mapping[str, AttributeValue]:
        known = self._nodes[node]
        told: dict[str, AttributeValue] = {
            "graphbuild.node": node,
            "graphbuild.component": known.uses,
            "graphbuild.kind": known.kind,
            "graphbuild.operation": known.operation.value,
        }
        if decision is not None:
            told["graphbuild.reasons"] = [reason.detail for reason in decision.reasons]
            if decision.key is not None:
                told["graphbuild.key"] = decision.key
        if performed is not None:
            told["graphbuild.bytes"] = sum(performed.sizes.values())
            told["process.pid"] = performed.process
        return told


def _nanoseconds(at: float) -> int:
    return int(at * _NANO)
