"""Spans of OpenTelemetry, kept in memory by its SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from graphbuild.builder import build
from graphbuild.errors import RecipeError
from graphbuild.report.telemetry import Spans
from tests.conftest import Workspace

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
RECIPE = """
nodes:
  one:  {uses: "tests.toys:Constant", with: {value: one, tag: one}}
  fail: {uses: "tests.toys:Fail", needs: {text: one}, with: {tag: fail, when: "%s"}}
targets: {model: [fail]}
"""


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield kept
    provider.shutdown()


def spans(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def made(workspace: Workspace, carrier: dict[str, str] | None = None, **options: Any) -> None:
    with Spans(carrier) as listener:
        build(replace(workspace.request, **options), listener)


def test_a_build_is_a_span_and_each_node_that_ran_one_below_it(
    workspace: Workspace, exporter: InMemorySpanExporter
) -> None:
    workspace.recipe(RECIPE % "")
    made(workspace)
    found = spans(exporter)
    assert found.keys() == {"graphbuild build", "one:apply", "fail:apply"}
    whole, one = found["graphbuild build"], found["one:apply"]
    assert one.parent is not None
    assert whole.context is not None
    assert one.parent.span_id == whole.context.span_id
    assert whole.attributes is not None
    assert one.attributes is not None
    assert one.attributes["graphbuild.component"] == "tests.toys:Constant"
    assert one.attributes["graphbuild.reasons"] == ("it was never built here",)
    assert whole.attributes["graphbuild.nodes.run"] == 2
    assert whole.status.status_code is StatusCode.UNSET
    assert whole.start_time is not None
    assert one.start_time is not None
    assert one.end_time is not None
    assert whole.end_time is not None
    assert whole.start_time <= one.start_time <= one.end_time <= whole.end_time


def test_a_build_with_nothing_to_do_is_a_span_alone(workspace: Workspace, exporter: InMemorySpanExporter) -> None:
    workspace.recipe(RECIPE % "")
    workspace.build()
    made(workspace, {"traceparent": PARENT})
    (whole,) = exporter.get_finished_spans()
    assert whole.parent is not None
    assert f"{whole.parent.span_id:x}" == PARENT.split("-")[2], "it is a part of the span that the caller named"


def test_a_failure_is_the_status_of_its_node_and_of_the_build(
    workspace: Workspace, exporter: InMemorySpanExporter
) -> None:
    workspace.recipe(RECIPE % workspace.write("when", "told to"))
    made(workspace)
    found = spans(exporter)
    assert found["fail:apply"].status.description == "RuntimeError: told to"
    assert found["graphbuild build"].status.status_code is StatusCode.ERROR
    assert found["one:apply"].status.status_code is StatusCode.UNSET


def test_so_is_an_error_before_anything_runs(workspace: Workspace, exporter: InMemorySpanExporter) -> None:
    workspace.recipe("nodes: {a: {uses: Nothing}}\n")
    with pytest.raises(RecipeError):
        made(workspace)
    assert spans(exporter)["graphbuild build"].status.status_code is StatusCode.ERROR
