"""The documents that `--json` prints. On the path of a no-op: imports nothing but json."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.errors import Problem, shown
from graphbuild.execution.result import BuildResult, Outcome
from graphbuild.graph.graph import GraphNode
from graphbuild.plan.decision import Reason, Verdict
from graphbuild.plan.plan import Plan

PACKAGE_NODE = "package"


def dumps(document: Any) -> str:
    """A document as the text that is printed."""
    return json.dumps(document, ensure_ascii=False, indent=None)


def build_document(
    result: BuildResult,
    *,
    code: int,
    model: Path | None,
    is_new: bool,
    up_to_date: bool,
    wall_s: float,
    problems: Sequence[Problem] = (),
) -> dict[str, Any]:
    """What a build came to: DESIGN section 10."""
    nodes = [
        {
            **_node(
                result.plan.graph.nodes[node_id], one.outcome.value, one.reasons, one.seconds, one.key, one.outputs
            ),
            **({"rows": {"computed": one.rows.computed, "total": one.rows.total}} if one.rows is not None else {}),
        }
        for node_id, one in result.nodes.items()
    ]
    if model is not None:
        nodes.append(_package((Outcome.RUN if is_new else Outcome.HIT).value))
    document = {
        "code": int(code),
        "model": str(model) if model is not None else None,
        "up_to_date": up_to_date,
        "wall_s": round(wall_s, 4),
        "nodes": nodes,
    }
    return {**document, "problems": problems_document(problems)} if problems else document


def plan_document(plan: Plan, *, code: int, wall_s: float) -> dict[str, Any]:
    """What a build would do."""
    nodes = [
        _node(plan.graph.nodes[node_id], one.verdict.value, one.reasons, one.expected_s, one.key, one.outputs or {})
        for node_id, one in plan.decisions.items()
    ]
    return {
        "code": int(code),
        "model": None,
        "up_to_date": plan.count(Verdict.HIT) == len(plan.decisions),
        "wall_s": round(wall_s, 4),
        "expected_s": plan.expected_s,
        "critical_s": plan.critical_s,
        "critical_path": list(plan.critical_path),
        "nodes": nodes,
    }


def problems_document(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems with their places."""
    return [
        {
            "what": problem.what,
            "path": problem.location.path if problem.location else None,
            "line": (problem.location.line or None) if problem.location else None,
            "column": (problem.location.column or None) if problem.location else None,
            "facts": dict(problem.facts),
            "hint": problem.hint,
        }
        for problem in map(shown, problems)
    ]


def reasons_document(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    """Reasons as plain data."""
    return [
        {
            "kind": reason.kind.value,
            "detail": reason.detail,
            "path": reason.path,
            "line": reason.line,
            **({"change": reason.change.value} if reason.change is not None else {}),
        }
        for reason in reasons
    ]


def _node(
    node: GraphNode,
    decision: str,
    reasons: Iterable[Reason],
    seconds: float | None,
    key: Digest | None,
    outputs: Mapping[str, Digest],
) -> dict[str, Any]:
    return {
        "node": node.id,
        "kind": node.kind,
        "component": node.uses,
        "operation": node.operation.value,
        "decision": decision,
        "reasons": reasons_document(reasons),
        "seconds": seconds,
        "key": key,
        "outputs": dict(outputs),
    }


def _package(decision: str) -> dict[str, Any]:
    return {
        "node": PACKAGE_NODE,
        "kind": PACKAGE_NODE,
        "component": None,
        "operation": PACKAGE_NODE,
        "decision": decision,
        "reasons": [],
        "seconds": None,
        "key": None,
        "outputs": {},
    }
