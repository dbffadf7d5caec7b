"""Builds that are over: a list of them, and one with its nodes and times; as documents, and in lines."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graphbuild.errors import ExitCode
from graphbuild.history.read import ReadBuilds
from graphbuild.history.record import BuildHead, BuildRecord, Ending, NodeRecord
from graphbuild.history.times import Times, times_of
from graphbuild.report.as_json import problems_document, reasons_document
from graphbuild.report.reasons import sentence
from graphbuild.report.remote import remote_summary, remote_warnings
from graphbuild.report.sizes import in_seconds
from graphbuild.report.widths import printable

LONGEST = 10
"""Nodes that are named of those that took time."""
_CODES = {
    ExitCode.DONE: "done",
    ExitCode.FAILED: "failed",
    ExitCode.USAGE: "bad input",
    ExitCode.INTERRUPTED: "interrupted",
}
_LAST = 20
"""Lines of what a failed node said."""
_TOLD = (Ending.FAILED, Ending.SKIPPED, Ending.RUN)
"""Nodes that are shown one by one."""
_WIDTH = 110
_WORDS = {
    Ending.RUN: "ran",
    Ending.CUT_OFF: "cut off",
    Ending.HIT: "reused",
    Ending.FAILED: "failed",
    Ending.SKIPPED: "skipped",
}


def builds_document(builds: ReadBuilds) -> dict[str, Any]:
    """The list for `--json`."""
    return {"builds": [head_document(head) for head in builds.heads], "damaged": list(builds.damaged)}


def builds_lines(builds: ReadBuilds, project: Path, recipe: str, others: int = 0) -> Iterator[str]:
    """The list for people, the newest first. `recipe`: whose list it is; `others`: how many builds are not in it."""
    if not builds.heads:
        yield "no build of this recipe is remembered"
    else:
        titles = ("build", "when", "took", "ran", "reused", "failed", "result", "for", "package")
        yield from _table([titles, *(_row(head, project, recipe) for head in builds.heads)])
    if others:
        yield f"{others} more of evaluations, comparisons, drawings and other recipes: --all lists them"
    for name in builds.damaged:
        yield f"the record of build {name} is damaged, and passed over"


def _row(head: BuildHead, project: Path, recipe: str) -> tuple[str, ...]:
    reused = head.counts.get(Ending.HIT, 0) + head.counts.get(Ending.CUT_OFF, 0)
    failed = head.counts.get(Ending.FAILED, 0)
    package = package_text(head, project)
    return (
        head.id,
        head.started[:19].replace("T", " "),
        in_seconds(head.wall_s),
        str(head.counts.get(Ending.RUN, 0)),
        str(reused),
        str(failed),
        result_text(head),
        asked_text(head, recipe),
        package,
    )


def head_document(head: BuildHead) -> dict[str, Any]:
    """A build without its nodes."""
    return {
        "id": head.id,
        "started": head.started,
        "wall_s": head.wall_s,
        "recipe": head.recipe,
        "purpose": head.purpose,
        "targets": list(head.targets),
        "variables": dict(head.variables),
        "code": head.code,
        "package": head.package,
        "is_new_package": head.is_new_package,
        "counts": {ending.value: head.counts.get(ending, 0) for ending in Ending},
        "problems": problems_document(head.problems),
    }


def build_document(record: BuildRecord) -> dict[str, Any]:
    """One build with its nodes and times."""
    times = times_of(record)
    return {
        **head_document(record),
        "nodes_s": round(times.nodes_s, 6),
        "critical_s": round(times.critical_s, 6),
        "critical_path": list(times.critical_path),
        "seconds_by_operation": {name: round(seconds, 6) for name, seconds in times.by_operation.items()},
        "nodes": [_node_document(node) for node in record.nodes.values()],
    }


def _node_document(node: NodeRecord) -> dict[str, Any]:
    return {
        "node": node.id,
        "name": node.name,
        "kind": node.kind,
        "component": node.uses,
        "operation": node.operation.value,
        "ending": node.ending.value,
        "reasons": reasons_document(node.reasons),
        "seconds": node.seconds,
        "began_s": node.span.began_s if node.span is not None else None,
        "worker": node.span.worker if node.span is not None else None,
        "said": node.said,
        "key": node.key,
        "outputs": {
            port: {"digest": one.digest, "type": one.type, "bytes": one.size} for port, one in node.outputs.items()
        },
        "inputs": [{"port": edge.port, "node": edge.node, "output": edge.output} for edge in node.inputs],
        "config": dict(node.config),
        "files": list(node.files),
        "rows": node.rows,
        "problems": problems_document(node.problems),
    }


def build_lines(record: BuildRecord, project: Path) -> Iterator[str]:
    """One build for people: what it was for, what became of its nodes, where the time went."""
    yield f"build {record.id}: {result_text(record)}, {in_seconds(record.wall_s)}"
    yield f"  when     {record.started}"
    yield f"  recipe   {record.recipe}"
    if asked := asked_text(record):
        yield f"  for      {asked}"
    if record.package is not None:
        yield f"  package  {package_text(record, project)}"
    yield f"  nodes    {counts_text(record)}"
    if record.remote is not None:
        told = (remote_summary(record.remote), *remote_warnings(record.remote))
        yield from (f"  remote   {line}" for line in told if line is not None)
    for problem in record.problems:
        place = f"{problem.location}: " if problem.location is not None else ""
        yield f"  problem  {place}{problem.what.splitlines()[0]}"
    shown = [node for ending in _TOLD for node in record.nodes.values() if node.ending is ending]
    if shown:
        yield ""
        titles = ("node", "what", "took", "why")
        yield from _table([titles, *((one.id, one.ending.value, _took(one), _why(one)) for one in shown)])
    if cut_off := [node.id for node in record.nodes.values() if node.ending is Ending.CUT_OFF]:
        yield ""
        yield "cut off early, for their inputs came out as they had been"
        yield from textwrap.wrap(", ".join(cut_off), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield from _said_lines(record)
    yield from _time_lines(times_of(record))


def _said_lines(record: BuildRecord) -> Iterator[str]:
    """The end of what failed nodes said, and which others said something."""
    for node in record.nodes.values():
        if node.said is not None and node.ending is Ending.FAILED:
            yield ""
            yield f"the last that {node.id} said"
            yield from (f"  {printable(line)}".rstrip() for line in node.said.splitlines()[-_LAST:])
    others = [node.id for node in record.nodes.values() if node.said is not None and node.ending is not Ending.FAILED]
    if others:
        yield ""
        yield f"said something, shown by --said NODE: {', '.join(others)}"


def _time_lines(times: Times) -> Iterator[str]:
    if not times.by_node:
        return
    yield ""
    parts = ", ".join(f"{name} {in_seconds(seconds)}" for name, seconds in times.by_operation.items())
    yield f"{in_seconds(times.wall_s)} in all; nodes {in_seconds(times.nodes_s)}: {parts}"
    yield f"critical path, {in_seconds(times.critical_s)}: {' -> '.join(times.critical_path)}"
    if len(times.by_node) > 1:
        yield "longest"
        rows = [
            (f"  {node_id}", in_seconds(seconds), f"{seconds / times.nodes_s:.0%}")
            for node_id, seconds in list(times.by_node.items())[:LONGEST]
        ]
        yield from _table(rows)


def counts_text(head: BuildHead) -> str:
    """`5 ran, 1 cut off, 28 reused`."""
    return ", ".join(f"{head.counts[one]} {_WORDS[one]}" for one in _WORDS if head.counts.get(one)) or "none"


def result_text(head: BuildHead) -> str:
    """What the exit code means."""
    return next((word for code, word in _CODES.items() if code == head.code), f"code {head.code}")


def asked_text(head: BuildHead, recipe: str | None = None) -> str:
    """What a build was for: its purpose, targets and variables; nothing for the recipe's own.

    `recipe`: the one that goes without saying.
    """
    purpose = [head.purpose] if head.purpose else []
    other = [f"-f {head.recipe}"] if recipe not in (None, head.recipe) else []
    values = [f"{name}={_value(value)}" for name, value in head.variables.items() if value is not None]
    return " ".join([*purpose, *other, *head.targets, *values])


def package_text(head: BuildHead, project: Path) -> str:
    """The package as one would write it in the project; in brackets where it was there before."""
    if head.package is None:
        return ""
    path, folder = Path(head.package), project.resolve()
    name = str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
    return name if head.is_new_package else f"({name})"


def _value(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _took(node: NodeRecord) -> str:
    return in_seconds(node.seconds) if node.seconds else ""


def _why(node: NodeRecord) -> str:
    if node.problems:
        return node.problems[0].what.splitlines()[0]
    if not node.reasons:
        return ""
    more = f" (and {len(node.reasons) - 1} more)" if len(node.reasons) > 1 else ""
    return f"{sentence(node.reasons[0])}{more}"


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Rows of equal length in columns; what is a number or a duration stands at the right."""
    right = [all(_is_figure(row[place]) for row in rows[1:]) for place in range(len(rows[0]))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = zip(row, widths, right, strict=True)
        yield "  ".join(
            f"{cell:>{width}}" if is_right else f"{cell:<{width}}" for cell, width, is_right in cells
        ).rstrip()


def _is_figure(cell: str) -> bool:
    return not cell or cell.isdigit() or cell.endswith((" s", " ms", "%"))
