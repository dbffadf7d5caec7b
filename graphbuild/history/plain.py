"""Records of builds as JSON and back.

A record is a head, and parts by digest: the graph, what is told of single nodes, and the keys and outputs of all nodes
in groups. Groups end at nodes that their names choose, so that a build which changes a few of 10,000 nodes, or adds
one, shares most groups with the build before.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.errors import Level, Location, Problem
from graphbuild.graph.graph import NodeId
from graphbuild.history.record import BuildHead, Ending
from graphbuild.plan.decision import Change, Reason, ReasonKind

FORMAT = 1
_GROUP = 128
"""Nodes of a group on average."""

State = tuple[NodeId, Digest | None, Mapping[str, Digest]]
"""A node, its key, and its outputs."""


def packed(value: object) -> bytes:
    """A value as JSON text. What is no JSON, as a program may give for a variable, is told by its name."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return text.encode("utf-8", "surrogatepass")


def unpacked(data: bytes) -> Any:
    """The value of `packed`. Raises ValueError."""
    return json.loads(data)


def head_to_plain(head: BuildHead, told: Digest, ran: Digest, states: Sequence[Digest]) -> dict[str, Any]:
    """A head, with the names of its parts."""
    return {
        "format": FORMAT,
        "id": head.id,
        "started": head.started,
        "wall_s": round(head.wall_s, 4),
        "recipe": head.recipe,
        "purpose": head.purpose,
        "targets": list(head.targets),
        "variables": dict(head.variables),
        "code": int(head.code),
        "package": head.package,
        "is_new_package": head.is_new_package,
        "problems": [problem_to_plain(one) for one in head.problems],
        "counts": {ending.value: count for ending, count in head.counts.items()},
        "graph": head.graph_digest,
        "told": told,
        "ran": ran,
        "states": list(states),
        **({"remote": dict(head.remote)} if head.remote is not None else {}),
    }


def head_fields(plain: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a head. Raises KeyError, ValueError, TypeError for what is none."""
    if plain["format"] != FORMAT:
        raise ValueError(f"a record of format {plain['format']}")
    names = ("id", "started", "wall_s", "recipe", "purpose", "variables", "code", "package", "is_new_package")
    return {
        **{name: plain[name] for name in names},
        "targets": tuple(plain["targets"]),
        "problems": tuple(problem_from_plain(one) for one in plain["problems"]),
        "counts": {Ending(word): int(count) for word, count in plain["counts"].items()},
        "graph_digest": Digest(plain["graph"]),
        "remote": plain.get("remote"),
    }


def grouped(states: Sequence[State]) -> Iterator[list[State]]:
    """The states in groups."""
    group: list[State] = []
    for state in states:
        group.append(state)
        if zlib.crc32(state[0].encode("utf-8", "surrogatepass")) % _GROUP == 0:
            yield group
            group = []
    if group:
        yield group


def reason_to_plain(reason: Reason) -> list[Any]:
    """A reason as a row."""
    change = reason.change.value if reason.change is not None else None
    return [reason.kind.value, reason.detail, reason.path, reason.line, reason.subject, change]


def reason_from_plain(row: Sequence[Any]) -> Reason:
    """The reason of a row. Raises ValueError, TypeError."""
    kind, detail, path, line, subject, *more = row
    change = Change(more[0]) if more and more[0] is not None else None
    return Reason(ReasonKind(kind), detail, path, line, subject, change)


def problem_to_plain(problem: Problem) -> list[Any]:
    """A problem as a row."""
    place = problem.location
    where = [place.path, place.line, place.column] if place is not None else None
    return [
        problem.what,
        where,
        [list(fact) for fact in problem.facts],
        problem.hint,
        problem.code,
        problem.level.value,
    ]


def problem_from_plain(row: Sequence[Any]) -> Problem:
    """The problem of a row. Raises ValueError, TypeError."""
    what, where, facts, hint, code, level = row
    place = Location(*where) if where is not None else None
    return Problem(what, place, tuple((name, value) for name, value in facts), hint, code, Level(level))
