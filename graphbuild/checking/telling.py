"""What a check found, as problems for people, and as a document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from graphbuild.checking.check import CheckReport, Differing
from graphbuild.contract.digest import short
from graphbuild.contract.operation import Operation
from graphbuild.errors import Level, Location, Problem
from graphbuild.execution.result import Outcome
from graphbuild.execution.task import Undeclared, Use
from graphbuild.graph.graph import NodeId
from graphbuild.report.as_json import problems_document
from graphbuild.report.sizes import in_seconds

_SHOWN = 8
_CODE = (".py", ".pyc", ".so", ".pyd")
_USES = {
    Use.READ: "reads `{}`",
    Use.LIST: "looks through the folder `{}`",
    Use.GIVE: "gives `{}` to a program that it starts",
}
_NOT_SAME = (
    "what is drawn by chance begins at `self.context.seed`; sets are sorted before they are gone through; "
    "no time, no path, no order of a folder gets into a result (docs/reproducing.md)"
)


def problems_of(report: CheckReport) -> tuple[Problem, ...]:
    """What failed, what differs by itself and what is not declared: nothing for a check that passed."""
    failed = [problem for node in report.result.nodes.values() for problem in node.problems]
    differing = [_differing(one, report) for one in report.differing]
    by_node: dict[NodeId | None, list[Undeclared]] = {}
    for node_id, one in report.undeclared:
        if one.is_of_project:
            by_node.setdefault(node_id, []).append(one)
    undeclared = [told for node_id, found in by_node.items() for told in _all_undeclared(node_id, found, report)]
    return (*failed, *differing, *undeclared)


def notes_of(report: CheckReport) -> tuple[Problem, ...]:
    """What is worth a look, and no fault: files elsewhere, connections over the network."""
    return tuple(_noted(node, one) for node, one in report.undeclared if not one.is_of_project)


def summary_of(report: CheckReport) -> str:
    """One line at the end."""
    nodes = report.result.nodes
    again = sum(node.outcome is Outcome.RUN for node in nodes.values())
    if report.result.interrupted:
        return f"interrupted: {again} of {len(nodes)} nodes were built again; nothing was changed"
    told = [f"{again} nodes built again", f"{again - len(report.differing)} the same"]
    if report.differing:
        told.append(f"{len(report.differing)} not")
    if report.following:
        told.append(f"{len(report.following)} only follow{'s' if len(report.following) == 1 else ''}")
    if failed := sum(node.outcome is Outcome.FAILED for node in nodes.values()):
        told.append(f"{failed} failed")
    if found := sum(one.is_of_project for _, one in report.undeclared):
        told.append(f"{found} input{'s' if found > 1 else ''} not declared")
    words = "reproducible" if report.code == 0 else "failed"
    return f"{words}: {', '.join(told)}, {in_seconds(report.wall_s)}"


def check_document(report: CheckReport) -> dict[str, Any]:
    """All of it, for `--json`."""
    nodes = report.result.nodes.values()
    return {
        "code": int(report.code),
        "wall_s": round(report.wall_s, 4),
        "nodes": len(report.result.nodes),
        "built_again": sum(node.outcome is Outcome.RUN for node in nodes),
        "built_first": list(report.built_first),
        "first": report.differing[0].node.id if report.differing else None,
        "differs": [
            {
                "node": one.node.id,
                "component": one.node.uses,
                "outputs": {
                    port.port: {
                        "type": port.type_name,
                        "before": port.before,
                        "after": port.after,
                        "places": list(port.places),
                    }
                    for port in one.ports
                },
            }
            for one in report.differing
        ],
        "follows": [{"node": one.node, "because": list(one.because)} for one in report.following],
        "undeclared": [
            {"node": node, "use": one.use.value, "what": one.what, "place": one.place, "level": _level(one).value}
            for node, one in report.undeclared
        ],
        "problems": problems_document(problems_of(report)),
        "notes": problems_document(notes_of(report)),
    }


def _level(one: Undeclared) -> Level:
    return Level.ERROR if one.is_of_project else Level.NOTE


def _differing(one: Differing, report: CheckReport) -> Problem:
    facts = [("component", one.node.uses)]
    for port in one.ports:
        name = f"{port.port} ({port.type_name})"
        facts.append((name, "\n".join([f"{short(port.before)} -> {short(port.after)}", *port.places])))
    others = {found.node.id for found in report.differing}
    follows = [name for name in _after(one.node.id, report) if name not in others]
    if follows:
        facts.append(("follows from it", _some(follows)))
    is_first = len(report.differing) > 1 and one is report.differing[0]
    first = f", the first of {len(report.differing)}" if is_first else ""
    what = f"`{one.node.id}` makes something else of the same inputs{first}"
    return Problem(what, one.node.location, tuple(facts), _NOT_SAME if one is report.differing[0] else None)


def _after(node_id: NodeId, report: CheckReport) -> Iterator[NodeId]:
    """Those that follow from a node, through others that follow too."""
    reached = {node_id}
    for one in report.following:
        if reached & set(one.because):
            reached.add(one.node)
            yield one.node


def _some(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _all_undeclared(node_id: NodeId | None, found: Sequence[Undeclared], report: CheckReport) -> Iterator[Problem]:
    """The first of a node's, and how many more there are: somebody may read a folder of a million."""
    for one in found[:_SHOWN]:
        yield _undeclared(node_id, one, report)
    if len(found) > _SHOWN:
        who = "modules of the project use" if node_id is None else f"`{node_id}` uses"
        yield Problem(f"{who} {len(found) - _SHOWN:,} more files that are not declared", hint="`--json` names them all")


def _undeclared(node_id: NodeId | None, one: Undeclared, report: CheckReport) -> Problem:
    used = _USES[one.use].format(one.what)
    who = "a module of the project" if node_id is None else f"`{node_id}`"
    when = " when it is imported" if node_id is None else ""
    facts = () if node_id is None else (("component", report.graph.nodes[node_id].uses),)
    edit = "what comes and goes there" if one.use is Use.LIST else "an edit to it"
    what = f"{who} {used}{when}, which it did not declare: {edit} would run nothing"
    return Problem(what, _location(one), facts, _hint(node_id, one, report))


def _hint(node_id: NodeId | None, one: Undeclared, report: CheckReport) -> str:
    if node_id is None:
        return "read it in `apply` or `train`, from a port (docs/reproducing.md)"
    if one.what.endswith(_CODE):
        return "import it by an `import` statement, which its code version follows"
    node = report.graph.nodes[node_id]
    if one.has_source or node.operation is Operation.IMPORT:
        return f"name it in the recipe: `{node.name}: {{reads: [..., {one.what}]}}`, and read it from the port"
    return (
        f"let an importer read it (`words: {{uses: TextFile, reads: [{one.what}]}}`), and give what it makes to a port "
        f"of `{node.name}`; or give the component a port for files (`source: SourceFile`), and the node that `reads`"
    )


def _noted(node_id: NodeId | None, one: Undeclared) -> Problem:
    who = "a module of the project" if node_id is None else f"`{node_id}`"
    if one.use is Use.CONNECT:
        what = f"{who} talks to {one.what}: what it is told there is no part of its key"
        hint = "a component that asks a service says `waits = True`"
        return Problem(what, _location(one), hint=hint, level=Level.NOTE)
    what = f"{who} {_USES[one.use].format(one.what)}, outside of the project, which it did not declare"
    return Problem(what, _location(one), hint="`reads` takes absolute paths too", level=Level.NOTE)


def _location(one: Undeclared) -> Location | None:
    if one.place is None:
        return None
    path, _, line = one.place.rpartition(":")
    return Location(path, int(line))
