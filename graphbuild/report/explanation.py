"""One node explained: why it would run, or why it would not, why it ran the last time; in words and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from graphbuild.contract.operation import OUTPUT
from graphbuild.history.explanation import Dependence, Explanation, InBuild, Steadiness
from graphbuild.history.record import BuildHead, Ending
from graphbuild.plan.causes import Chain
from graphbuild.plan.decision import Verdict
from graphbuild.report.as_json import reasons_document
from graphbuild.report.reasons import grouped, record_lines, sentence
from graphbuild.report.sizes import in_seconds

_ENDINGS = {
    Ending.RUN: "ran, because of",
    Ending.FAILED: "failed; it ran because of",
    Ending.SKIPPED: "was skipped, because of",
}
_MOST = 6
"""Files and packages that are named of what a node depends on."""


def explanation_text(one: Explanation) -> str:
    """The explanation for people."""
    lines = list(_up_to_date(one) if one.decision.verdict is Verdict.HIT else _due(one))
    if one.in_build is not None:
        lines.extend(_in_build(one.node, one.in_build))
    return "\n".join(lines) + "\n"


def explanation_document(one: Explanation) -> dict[str, Any]:
    """The explanation for `--json`."""
    return {
        "node": one.node,
        "decision": one.decision.verdict.value,
        "reasons": reasons_document(dict.fromkeys([*one.decision.reasons, *one.own, *one.records])),
        "chains": _chains_document(one.chains),
        "last_run": one.last_run,
        "last_reasons": reasons_document(one.last_reasons),
        "last_chains": _chains_document(one.last_chains),
        "last_rows": one.last_rows,
        "goes_on": dict(zip(("done", "total"), one.goes_on, strict=True)) if one.goes_on is not None else None,
        "depends": _depends_document(one.depends) if one.depends is not None else None,
        "unchanged_since": one.steady.since.id if one.steady is not None else None,
        "in_build": _in_build_document(one.in_build) if one.in_build is not None else None,
    }


def _due(one: Explanation) -> Iterator[str]:
    """Why it would run; or what that waits for."""
    reasons = list(dict.fromkeys([*one.own, *one.decision.reasons, *one.records]))
    if one.decision.verdict is Verdict.RUN or one.own:
        yield f"{one.node} would run, because of"
    else:
        yield f"{one.node} is decided when what it needs has run{':' if reasons else ''}"
    yield from grouped(reasons, _ways(one.chains))
    if one.decision.expected_s is not None:
        yield f"It took {in_seconds(one.decision.expected_s)} the last time."
    if one.goes_on is not None:
        done, total = one.goes_on
        yield f"Its training was broken off, and goes on from epoch {done} of {total}."
    if one.last_rows is not None:
        yield f"It computed {one.last_rows} the last time; those that it remembers cost nothing."


def _up_to_date(one: Explanation) -> Iterator[str]:
    """Why it would not run; why it ran the last time."""
    if one.own:
        yield f"{one.node} would not run: what it makes now is known already. Since the last build this changed:"
        yield from grouped(dict.fromkeys([*one.own, *one.records]), _ways(one.chains))
    else:
        yield f"{one.node} is up to date: its inputs, configuration, code and toolchain are those of a known result."
    if one.depends is not None:
        yield "It depends on"
        yield from (f"  {line}" for line in _depends_lines(one.depends))
    if one.steady is not None:
        yield f"None of that has changed since {_named(one.steady)}."
    if one.last_run is not None:
        yield f"It last ran at {one.last_run}, because of"
        yield from grouped(one.last_reasons, _ways(one.last_chains))
        yield from [f"It computed {one.last_rows}."] if one.last_rows is not None else []


def _depends_lines(depends: Dependence) -> Iterator[str]:
    rows = [
        ("inputs", [f"{edge.port} from {edge.node}" for edge in depends.inputs]),
        ("options", [str(depends.options)] if depends.options else []),
        ("code", [_counted(depends.modules, "module")] if depends.modules else []),
        ("toolchain", [f"{name} {version}" for name, version in depends.toolchain.items()]),
        ("files", list(depends.files)),
    ]
    yield from (f"{name:<10} {_listed(words)}" for name, words in rows if words)


def _in_build(node: str, found: InBuild) -> Iterator[str]:
    """What became of it in an earlier build."""
    yield ""
    where = f"In build {found.build.id} ({_when(found.build)})"
    if found.ending not in (Ending.HIT, Ending.CUT_OFF):
        yield f"{where} {node} {_ENDINGS[found.ending]}"
        yield from grouped(found.reasons, _ways(found.chains))
        return
    if found.before is None:
        yield f"{where} {node} did not run: its result was known already."
        return
    if not found.changed:
        yield f"{where} {node} did not run: nothing that it depends on had changed since build {found.before.id}."
        return
    yield f"{where} {node} did not run, although this changed upstream of it since build {found.before.id}:"
    for one, reasons in found.changed:
        yield f"  {one}"
        yield from (f"    {sentence(reason)}" for reason in reasons)
    yield from (f"  {line}" for line in record_lines(found.records))
    if not found.cut_off:
        yield "Its result for these inputs was known from an earlier build."
        return
    for cut in found.cut_off:
        word = "its output" if cut.output == OUTPUT else f"its output `{cut.output}`"
        yield f"{cut.node} changed, {word} did not: cut off early at {cut.node}.{cut.output}"


def _ways(chains: Sequence[Chain]) -> dict[tuple[str, str], list[str]]:
    """Lines below the reason of an input, by producer and port: where the change began, and the way from there."""
    found: dict[tuple[str, str], list[str]] = {}
    for chain in chains:
        lines = found.setdefault((chain.path[0], chain.port), [])
        way = " <- ".join(chain.path[1:])
        more = f" (and {len(chain.reasons) - 1} more)" if len(chain.reasons) > 1 else ""
        lines.append(f"{f'<- {way}: ' if way else ''}{sentence(chain.reasons[0])}{more}")
    return found


def _named(steady: Steadiness) -> str:
    ago = f", {_counted(steady.builds, 'build')} ago" if steady.builds else ", the last one"
    return f"build {steady.since.id} ({_when(steady.since)}{ago})"


def _when(build: BuildHead) -> str:
    return build.started[:19].replace("T", " ")


def _listed(words: Sequence[str]) -> str:
    more = f" and {len(words) - _MOST} more" if len(words) > _MOST else ""
    return ", ".join(words[:_MOST]) + more


def _counted(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _chains_document(chains: Iterable[Chain]) -> list[dict[str, Any]]:
    return [
        {"port": chain.port, "path": list(chain.path), "reasons": reasons_document(chain.reasons)} for chain in chains
    ]


def _depends_document(depends: Dependence) -> dict[str, Any]:
    return {
        "inputs": [{"port": edge.port, "node": edge.node, "output": edge.output} for edge in depends.inputs],
        "options": depends.options,
        "modules": depends.modules,
        "toolchain": dict(depends.toolchain),
        "files": list(depends.files),
    }


def _in_build_document(found: InBuild) -> dict[str, Any]:
    return {
        "build": found.build.id,
        "before": found.before.id if found.before is not None else None,
        "ending": found.ending.value,
        "reasons": reasons_document(found.reasons),
        "chains": _chains_document(found.chains),
        "changed": [{"node": node, "reasons": reasons_document(reasons)} for node, reasons in found.changed],
        "records": reasons_document(found.records),
        "cut_off": [{"node": one.node, "output": one.output} for one in found.cut_off],
    }
