"""Presence: which nodes of a recipe are there, where some are only for what the files of a project may hold.

Such as the nodes that make features of texts in stories: most projects have no such texts, and then no such nodes.
Reads the files; whether they still hold the same is asked with what a store remembers (plan/holdings.py).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from graphbuild.contract import registry
from graphbuild.contract.component import has_holdings
from graphbuild.contract.source import contents
from graphbuild.errors import ComponentError
from graphbuild.graph.sources import list_files
from graphbuild.recipe.recipe import NodeSpec, Recipe


@dataclass(frozen=True)
class Held:
    """What the files of a project hold."""

    readers: tuple[str, ...]
    """The components, as nodes name them, whose files were looked at."""
    files: Mapping[str, frozenset[str]]
    """By label; those that hold nothing are left out."""


@dataclass(frozen=True)
class Presence:
    """A recipe with the nodes that are there, and what was looked at to know that."""

    recipe: Recipe
    held: Held | None = None
    """None where it does not matter what files hold."""


def present(recipe: Recipe, project: Path) -> Presence:
    """The recipe without nodes that are only for what no file holds, and without needs of these."""
    if all(spec.only_for is None for spec in recipe.nodes.values()):
        return Presence(recipe)
    readers = [spec for spec in recipe.nodes.values() if spec.reads and _tells(spec, project)]
    files = {label: names for spec in readers for label, names in _held(spec, project)}
    there = frozenset[str]().union(*files.values())
    gone = {name for name, spec in recipe.nodes.items() if spec.only_for is not None and spec.only_for not in there}
    nodes = {name: _without(spec, gone) for name, spec in recipe.nodes.items() if name not in gone}
    return Presence(replace(recipe, nodes=nodes), Held(tuple(sorted({spec.uses for spec in readers})), files))


def _tells(spec: NodeSpec, project: Path) -> bool:
    """Whether a node says what the files that it reads hold. What is wrong with it is told elsewhere."""
    try:
        return has_holdings(registry.load(spec.uses, project))
    except ComponentError:
        return False


def _held(spec: NodeSpec, project: Path) -> Iterator[tuple[str, frozenset[str]]]:
    """What the files that a node reads hold. That one cannot be read is told where it is."""
    component = registry.load(spec.uses, project)
    for label in list_files(project, spec.reads, component.suffixes).files:
        path = project / label
        with contextlib.suppress(OSError):
            if names := component.holds(contents(path), path.suffix.lower()):
                yield label, names


def _without(spec: NodeSpec, gone: set[str]) -> NodeSpec:
    """A node without needs of some others. A port that needed nothing else is as if it had not been written."""
    needs = {port: tuple(one for one in needed if one.node not in gone) for port, needed in spec.needs.items()}
    return replace(spec, needs={port: left for port, left in needs.items() if left or not spec.needs[port]})
