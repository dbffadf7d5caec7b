"""In what two builds differ, as a document and in lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from graphbuild.contract.digest import short
from graphbuild.history.compare import Difference, NodeChange, OutputChange
from graphbuild.history.record import BuildHead, NodeRecord, Output
from graphbuild.plan.decision import Reason
from graphbuild.report.as_json import reasons_document
from graphbuild.report.reasons import record_lines, sentence
from graphbuild.report.sizes import in_bytes, in_seconds


def difference_document(found: Difference) -> dict[str, Any]:
    """The difference for `--json`."""
    return {
        "old": found.old.id,
        "new": found.new.id,
        "same": found.is_empty,
        "about": {name: list(pair) for name, pair in found.about.items()},
        "added": [{"node": node.id, "component": node.uses} for node in found.added],
        "removed": [{"node": node.id, "component": node.uses} for node in found.removed],
        "changed": [_change_document(change) for change in found.changed],
        "equal": found.equal,
        "records": reasons_document(found.records),
        "wall_s": [found.old.wall_s, found.new.wall_s],
    }


def _change_document(change: NodeChange) -> dict[str, Any]:
    return {
        "node": change.id,
        "reasons": reasons_document(change.reasons),
        "outputs": {
            port: {"before": _output_document(pair.before), "after": _output_document(pair.after)}
            for port, pair in change.outputs.items()
        },
        "seconds": [change.seconds_before, change.seconds_after],
        "has_result": [change.has_result_before, change.has_result_after],
    }


def _output_document(output: Output | None) -> dict[str, Any] | None:
    return {"digest": output.digest, "type": output.type, "bytes": output.size} if output is not None else None


def difference_lines(found: Difference) -> Iterator[str]:
    """The difference for people."""
    yield f"from {_named(found.old)}"
    yield f"to   {_named(found.new)}"
    yield ""
    if found.is_empty:
        yield f"no difference: {_equal(found)}"
        return
    for name, (before, after) in found.about.items():
        yield f"{name}: {_shown(before)} -> {_shown(after)}"
    yield from _titled("data", record_lines(found.records))
    yield from _titled("nodes removed", _node_lines("-", found.removed))
    yield from _titled("nodes added", _node_lines("+", found.added))
    first = [change for change in found.changed if _is_own(change.reasons)]
    then = [change for change in found.changed if not _is_own(change.reasons)]
    yield from _titled("nodes changed", (line for change in first for line in _change_lines(change)))
    yield from _titled("nodes changed by what they need", (line for change in then for line in _change_lines(change)))
    yield _equal(found)


def _equal(found: Difference) -> str:
    return "1 node is what it was" if found.equal == 1 else f"{found.equal} nodes are what they were"


def _is_own(reasons: Iterable[Reason]) -> bool:
    """Whether something changed at the node itself, and not only at what it needs."""
    return any(not reason.is_change_of_input for reason in reasons)


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield title
        yield from (f"  {line}" for line in listed)


def _node_lines(sign: str, nodes: Sequence[NodeRecord]) -> Iterator[str]:
    width = max((len(node.id) for node in nodes), default=0)
    yield from (f"{sign} {node.id:<{width}}  {node.uses}" for node in nodes)


def _change_lines(change: NodeChange) -> Iterator[str]:
    yield f"{change.id}{_seconds(change)}"
    if not change.has_result_before or not change.has_result_after:
        yield f"  it has a result {'now, and had none' if change.has_result_after else 'no longer'}"
        return
    yield from (f"  {sentence(reason)}" for reason in change.reasons)
    if not change.outputs:
        yield "  it made what it had made before"
    yield from (f"  {port}: {_pair(pair)}" for port, pair in change.outputs.items())


def _seconds(change: NodeChange) -> str:
    before, after = in_seconds(change.seconds_before), in_seconds(change.seconds_after)
    if not before or not after:
        return f"  {before or after}".rstrip()
    return f"  {before} -> {after}"


def _pair(pair: OutputChange) -> str:
    before, after = pair.before, pair.after
    if before is None or after is None:
        return "is new" if before is None else "is gone"
    sizes = ""
    if before.size is not None and after.size is not None:
        sizes = f", {in_bytes(before.size)} -> {in_bytes(after.size)}"
    return f"{after.type} {short(before.digest)} -> {short(after.digest)}{sizes}"


def _named(head: BuildHead) -> str:
    return f"{head.id}  {head.started[:19].replace('T', ' ')}  {in_seconds(head.wall_s)}"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
