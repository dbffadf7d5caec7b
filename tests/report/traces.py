"""The rules of Chrome's trace event format, as far as traces of builds use it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any


def read(path: Path) -> list[dict[str, Any]]:
    """The events of a trace that keeps the rules."""
    document = json.loads(path.read_text("utf-8"))
    assert set(document) == {"displayTimeUnit", "traceEvents"}
    events: list[dict[str, Any]] = document["traceEvents"]
    for event in events:
        assert isinstance(event["name"], str)
        assert event["ph"] in ("X", "M", "C", "i", "b", "e")
        assert all(type(event[field]) is int and event[field] >= 0 for field in ("ts", "pid", "tid"))
        assert event["ph"] != "X" or (type(event["dur"]) is int and event["dur"] >= 0)
        assert event["ph"] != "M" or event["name"] in ("process_name", "thread_name")
        assert event["ph"] != "i" or event["s"] in ("g", "p", "t")
        assert event["ph"] != "C" or all(type(value) is int for value in event["args"].values())
    every_track_is_named(events)
    spans_nest(events)
    waits_are_pairs(events)
    return events


def every_track_is_named(events: list[dict[str, Any]]) -> None:
    named = {(event["pid"], event["tid"]) for event in events if event["name"] == "thread_name"}
    assert {(event["pid"], event["tid"]) for event in events if event["ph"] == "X"} <= named


def spans_nest(events: list[dict[str, Any]]) -> None:
    """Two spans of a track are apart, or one is within the other."""
    tracks = defaultdict(list)
    for event in events:
        if event["ph"] == "X":
            tracks[event["pid"], event["tid"]].append((event["ts"], -event["dur"], event["name"]))
    for spans in tracks.values():
        around: list[int] = []
        for begin, minus, name in sorted(spans):
            while around and around[-1] <= begin:
                around.pop()
            assert not around or begin - minus <= around[-1], f"{name} does not nest"
            if minus:
                around.append(begin - minus)


def waits_are_pairs(events: list[dict[str, Any]]) -> None:
    for begin, end in (("b", "e"), ("e", "b")):
        pairs = [(event["cat"], event["id"], event["name"]) for event in events if event["ph"] == begin]
        assert sorted(pairs) == sorted((e["cat"], e["id"], e["name"]) for e in events if e["ph"] == end)


def spans(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The spans by their names."""
    return {event["name"]: event for event in events if event["ph"] == "X"}
