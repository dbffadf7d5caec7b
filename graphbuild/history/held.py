"""What all remembered builds of a store name: for those who decide what is kept. Reads what builds share once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.history.plain import unpacked
from graphbuild.store.interface import Store

_APART_S = 1e-6
"""Builds of one second are told apart by their order."""
Row = tuple[str, Digest | None, Mapping[str, Digest]]
"""A node, its key, and its outputs by port."""


@dataclass(frozen=True)
class Group:
    """Nodes with their keys and outputs: what one of the parts of a record holds, or a package."""

    rows: tuple[Row, ...]

    @cached_property
    def keys(self) -> frozenset[Digest]:
        """All keys."""
        return frozenset(key for _, key, _ in self.rows if key is not None)

    @cached_property
    def blobs(self) -> frozenset[Digest]:
        """All outputs."""
        return frozenset(digest for _, _, outputs in self.rows for digest in outputs.values())


@dataclass(frozen=True)
class HeldBuild:
    """A remembered build, and what it names."""

    scope: str
    name: str
    used: float
    """Unix time in seconds."""
    package: str | None
    graph: Digest
    """The part that holds its graph."""
    groups: Sequence[Group]


def held_builds(store: Store) -> dict[str, list[HeldBuild]]:
    """All builds of all scopes, by scope, the oldest first. What cannot be read names nothing."""
    plain = {scope: dict(_records(store, scope)) for scope in store.builds.scopes()}
    wanted = {Digest(part) for records in plain.values() for one in records.values() for part in one["states"]}
    parts = {part: _group(data) for part, data in store.builds.parts(sorted(wanted)).items()}
    return {
        scope: [
            HeldBuild(
                scope=scope,
                name=name,
                used=_time(one["started"]) + number * _APART_S,
                package=one["package"],
                graph=Digest(one["graph"]),
                groups=[parts[part] for part in one["states"] if part in parts],
            )
            for number, (name, one) in enumerate(records.items())
        ]
        for scope, records in plain.items()
    }


def _records(store: Store, scope: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, data in store.builds.records(scope).items():
        try:
            plain = unpacked(data)
            _ = _time(plain["started"]), plain["package"], plain["graph"], [Digest(part) for part in plain["states"]]
        except (KeyError, ValueError, TypeError):
            continue
        yield name, plain


def _group(data: bytes) -> Group:
    try:
        return Group(tuple((str(node), key, dict(outputs)) for node, key, outputs in unpacked(data)))
    except (KeyError, ValueError, TypeError):
        return Group(())


def _time(started: str) -> float:
    return datetime.fromisoformat(started).timestamp()
