"""The trace of a build that is over, from its record: as `--trace` writes it, without the engine's stages."""

from __future__ import annotations

import json
from typing import Any

from graphbuild.history.record import BuildRecord, NodeRecord, Span
from graphbuild.report.as_json import reasons_document

_BUILD = 0
"""The process that the build itself is shown as."""


def past_trace(record: BuildRecord) -> str:
    """The build in Chrome's trace event format: a track for it, and one for each worker."""
    events: list[dict[str, Any]] = [
        _name("process_name", _BUILD, 0, f"build {record.id}"),
        _span(_BUILD, 0, record.recipe, 0.0, record.wall_s, {"code": record.code, "started": record.started}),
    ]
    tracks: dict[str, tuple[int, int]] = {}
    spans = [(node.span, node) for node in record.nodes.values() if node.span is not None]
    for span, node in sorted(spans, key=lambda one: one[0].began_s):
        if span.worker not in tracks:
            process, _, thread = span.worker.partition(" ")
            tracks[span.worker] = (int(process), len(tracks) + 1)
            events.append(_name("process_name", int(process), 0, "worker"))
            events.append(_name("thread_name", *tracks[span.worker], thread or "nodes"))
        events.extend(_of_node(node, span, tracks[span.worker]))
    return json.dumps({"displayTimeUnit": "ms", "traceEvents": events}, ensure_ascii=True) + "\n"


def _of_node(node: NodeRecord, span: Span, track: tuple[int, int]) -> list[dict[str, Any]]:
    told = {
        "component": node.uses,
        "kind": node.kind,
        "operation": node.operation.value,
        "outcome": node.ending.value,
        "reasons": reasons_document(node.reasons),
        "key": node.key,
        "bytes": {port: one.size for port, one in node.outputs.items()},
        **({"problem": node.problems[0].what} if node.problems else {}),
        **({"said": node.said} if node.said is not None else {}),
    }
    found = [_span(*track, node.id, span.began_s, span.ended_s, told)]
    began_s = span.began_s
    for name, ended_s in span.phases:
        found.append(_span(*track, name, began_s, ended_s, {}))
        began_s = ended_s
    return found


def _span(process: int, thread: int, name: str, began_s: float, ended_s: float, told: dict[str, Any]) -> dict[str, Any]:
    times = {"ts": int(began_s * 1e6), "dur": max(0, int(ended_s * 1e6) - int(began_s * 1e6))}
    return {"name": name, "ph": "X", **times, "pid": process, "tid": thread, "args": told}


def _name(what: str, process: int, thread: int, name: str) -> dict[str, Any]:
    return {"name": what, "ph": "M", "ts": 0, "pid": process, "tid": thread, "args": {"name": name}}
