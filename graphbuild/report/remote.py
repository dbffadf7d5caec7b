"""What a build had from a remote store and sent there, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from graphbuild.report.sizes import in_bytes


def remote_summary(told: Mapping[str, Any]) -> str | None:
    """One line; None where nothing was had and nothing was sent."""
    parts = []
    if told["found"] or told["fetched"]:
        had = f"{_counted(told['found'], 'result')} and {_counted(told['fetched'], 'blob')}"
        parts.append(f"{had} had ({in_bytes(told['bytes_received'])})")
    if told["sent"]:
        parts.append(f"{_counted(told['sent'], 'result')} sent ({in_bytes(told['bytes_sent'])})")
    if told["left"]:
        parts.append(f"{_counted(told['left'], 'result')} left for `graphbuild store push`")
    return f"{told['url']}: {', '.join(parts)}" if parts else None


def remote_warnings(told: Mapping[str, Any]) -> Iterator[str]:
    """What went wrong, a line each."""
    yield from told["troubles"]
    if told["refused"]:
        found = ", ".join(f"{count} {why}" for why, count in told["refused"].items())
        yield f"not believed of {told['url']}: {found}; what was needed was made here"
    if told["diverged"]:
        yield f"{_counted(told['diverged'], 'result')} differ from those at {told['url']}: not deterministic"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
