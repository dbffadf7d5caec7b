"""Recipe: what the user asked for, as plain immutable data with the place of every word. Front ends make it.

Names are not resolved here and nothing is loaded: `graph.compile` does that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphbuild.contract.location import Location
from graphbuild.errors import Problem
from graphbuild.recipe.matrix import Axis

Place = tuple[str | int, ...]
"""A path inside a node's YAML, such as ("with", "epochs") or ("needs", "features", 1)."""


@dataclass(frozen=True)
class Need:
    """What an input port is filled from: a node, and one of its output ports where it was named (`node.port`)."""

    node: str
    port: str | None = None

    def __str__(self) -> str:
        return self.node if self.port is None else f"{self.node}.{self.port}"


@dataclass(frozen=True)
class NodeSpec:
    """One node of a recipe."""

    name: str
    uses: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """What `with` says, variables filled in."""
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)
    """Input port -> producers, in the order written."""
    reads: tuple[str, ...] = ()
    """Files, folders or globs, relative to the project."""
    location: Location | None = None
    places: Mapping[Place, Location] = field(default_factory=dict)
    only_for: str | None = None
    """What some file of the project has to hold for the node to be there at all (Component.holds)."""

    def place(self, *path: str | int) -> Location | None:
        """Where a part of the node is written; the closest enclosing part that has a place, or the node's."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return self.location


@dataclass(frozen=True)
class Recipe:
    """A whole recipe, after `extends` and `vars`."""

    label: str
    """How the user named it: `recipe:light`, `config.yml`."""
    nodes: Mapping[str, NodeSpec]
    targets: Mapping[str, tuple[Need, ...]]
    """Group (usually "model") -> nodes that the package keeps."""
    language: str | None = None
    seed: int = 0
    files: tuple[Path, ...] = ()
    """Every file that was read to make this recipe, in reading order."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Their contents by the path used in locations, for excerpts in error screens."""
    target_places: Mapping[tuple[str, int], Location] = field(default_factory=dict)
    """Where each target stands: (group, position) -> place."""
    environment: tuple[str, ...] = ()
    """Names of environment variables whose values are in it."""
    variables: Mapping[str, Any] = field(default_factory=dict)
    """Of a Rasa config: the variables of the base recipe that it sets."""
    only_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Target group -> what files of the project have to hold for it to be part of the whole (Component.holds); each
    word may give a choice, `examples | texts`."""
    notices: tuple[Problem, ...] = ()
    """What was read otherwise than it is written: warnings, for who asks."""
    axes: tuple[Axis, ...] = ()
    """What its matrix varies; the recipe itself is without that."""
