"""Findings of a validation for people and for other programs: a screen, a JSON document, SARIF. Pure.

SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from graphbuild.contract.digest import of_value
from graphbuild.errors import Level, Problem, shown
from graphbuild.report.as_json import problems_document
from graphbuild.report.problems import Excerpts, render_problem

_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
Rules = Sequence[tuple[str, Level, str]]
"""(code, level, title) of every code that there is."""


def render_findings(
    findings: Sequence[Problem], texts: Mapping[str, str], unchecked: Sequence[str] = (), *, colour: bool = False
) -> str:
    """The screen: each finding with its place, excerpt and hint, then the numbers."""
    excerpts = Excerpts(texts)
    blocks = [render_problem(problem, excerpts, colour=colour) for problem in findings]
    if unchecked:
        blocks.append(f"not checked, because of the errors above: {', '.join(unchecked)}")
    blocks.append(summary(findings))
    return "\n\n".join(blocks) + "\n"


def summary(findings: Sequence[Problem]) -> str:
    """One line: how many of each level."""
    counts = {level: sum(one.level is level for one in findings) for level in Level}
    told = [f"{count} {level}{'s' if count > 1 else ''}" for level, count in counts.items() if count]
    return ", ".join(told) if told else "nothing found"


def findings_document(findings: Sequence[Problem]) -> list[dict[str, Any]]:
    """Findings as plain data."""
    plain = problems_document(findings)
    return [
        {"code": problem.code, "level": problem.level.value, **row}
        for problem, row in zip(findings, plain, strict=True)
    ]


def sarif(findings: Sequence[Problem], rules: Rules, version: str) -> dict[str, Any]:
    """A SARIF log of one run."""
    index = {code: position for position, (code, _, _) in enumerate(rules)}
    driver = {
        "name": "graphbuild",
        "version": version,
        "rules": [
            {
                "id": code,
                "shortDescription": {"text": title},
                "defaultConfiguration": {"level": level.value},
                "help": {"text": f"{title}. docs/validation.md#{code.lower()} says what to do."},
            }
            for code, level, title in rules
        ],
    }
    results = [_result(problem, index) for problem in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}


def _result(problem: Problem, index: Mapping[str, int]) -> dict[str, Any]:
    digest = of_value([problem.code, problem.what])
    problem = shown(problem)
    text = problem.what if problem.hint is None else f"{problem.what}\nHint: {problem.hint}"
    result: dict[str, Any] = {"level": problem.level.value, "message": {"text": text}}
    if problem.code is not None:
        result["ruleId"] = problem.code
        if problem.code in index:
            result["ruleIndex"] = index[problem.code]
    place = problem.location
    # What stays the same when lines move, so that review tools know a finding again.
    result["partialFingerprints"] = {"graphbuild/v1": digest}
    if place is None:
        return result
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(place.path), "uriBaseId": "%SRCROOT%"}}
    if place.line:
        physical["region"] = {"startLine": place.line, **({"startColumn": place.column} if place.column else {})}
    result["locations"] = [{"physicalLocation": physical}]
    return result
