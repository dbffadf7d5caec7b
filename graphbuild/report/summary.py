"""The line at the end of a build. On the path of a no-op: imports no terminal library."""

from __future__ import annotations

from pathlib import Path

from graphbuild.execution.result import BuildResult, Outcome
from graphbuild.report.sizes import in_seconds


def summary(result: BuildResult, model: Path | None, is_new: bool, wall_s: float) -> str:
    """One line at the end of a build."""
    counts = {outcome: sum(node.outcome is outcome for node in result.nodes.values()) for outcome in Outcome}
    words = {Outcome.RUN: "ran", Outcome.HIT: "reused", Outcome.FAILED: "failed", Outcome.SKIPPED: "skipped"}
    told = ", ".join(f"{counts[outcome]} {words[outcome]}" for outcome in words if counts[outcome]) or "no nodes"
    if result.interrupted:
        return f"interrupted: {told}, {in_seconds(wall_s)}; what had finished is kept"
    if counts[Outcome.FAILED]:
        return f"failed: {told}, {in_seconds(wall_s)}"
    if model is None:
        return f"done: {told}, {in_seconds(wall_s)}"
    if not counts[Outcome.RUN] and not is_new:
        return f"up to date: {told}, {in_seconds(wall_s)}; package {model}"
    return f"done: {told}, {in_seconds(wall_s)}; {'new package' if is_new else 'package as before'} {model}"
