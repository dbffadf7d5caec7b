"""OpenTelemetry from the command line: finds who takes spans, or sets its SDK up as its own variables say.

OTEL_TRACES_EXPORTER names exporters that are installed, OTEL_EXPORTER_OTLP_ENDPOINT alone stands for `otlp`; all other
OTEL_ variables the SDK reads by itself. TRACEPARENT names a span that the build is a part of.
"""

from __future__ import annotations

import importlib.util
import os
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from graphbuild.report.telemetry import Spans

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTERS = "opentelemetry_traces_exporter"


def spans() -> Spans | None:
    """A listener that makes spans; None where nobody takes them."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or not _is_there("opentelemetry"):
        return None
    from opentelemetry import trace

    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider) and not _set_up(_wanted()):
        return None
    from graphbuild.report.telemetry import Spans

    parent = os.environ.get("TRACEPARENT")
    return Spans({"traceparent": parent, "tracestate": os.environ.get("TRACESTATE", "")} if parent else None)


def _wanted() -> list[str]:
    """Exporters by their names."""
    named = os.environ.get("OTEL_TRACES_EXPORTER")
    if named is None:
        return ["otlp"] if any(os.environ.get(one) for one in _ENDPOINTS) else []
    return [name for name in map(str.strip, named.split(",")) if name not in ("", "none")]


def _set_up(wanted: list[str]) -> bool:
    """Gives the SDK its exporters. Whether spans go anywhere."""
    if not wanted or not _is_there("opentelemetry.sdk"):
        return False
    from opentelemetry import trace
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    found = {one.name: one for one in entry_points(group=_EXPORTERS)}
    if missing := [name for name in wanted if name not in found]:
        click.echo(f"warning: no OpenTelemetry exporter {', '.join(missing)} is installed", err=True)
        wanted = [name for name in wanted if name in found]
    if not wanted:
        return False
    own = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "graphbuild"}
    provider = TracerProvider(resource=Resource.create(own))  # its spans are sent off when the process exits
    for name in wanted:
        provider.add_span_processor(BatchSpanProcessor(found[name].load()()))
    trace.set_tracer_provider(provider)
    return True


def _is_there(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except ModuleNotFoundError:
        return False
