"""The matrix of a recipe: options and variables that have several values, and the variants that these make.

A variant is the recipe with one value of each. Read as a part of the native front end; components are not known here.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Location, Problem

if TYPE_CHECKING:
    from graphbuild.recipe.layer import Layer

MOST = 256
"""So many variants are compared at most."""
VARIABLES = "vars"
"""Stands for a node in the names of variables: `vars.epochs`."""
EXAMPLE = "{NODE.OPTION: [1, 2]}"


@dataclass(frozen=True)
class Axis:
    """One key of the matrix: what it varies, and the values."""

    name: str
    """As it is written: `words.max_ngram`."""
    node: str | None
    """None of a variable."""
    path: tuple[str, ...]
    """The option and what is inside it, or the name of the variable."""
    values: tuple[Yaml, ...]
    location: Location

    @property
    def plain(self) -> tuple[Any, ...]:
        """The values without places."""
        return tuple(value.plain() for value in self.values)


Choice = Sequence[tuple[Axis, Yaml]]
"""A value of each axis."""
NO_CHOICE: Choice = ()


def read_axes(
    layers: Sequence[Layer], nodes: Collection[str], variables: Collection[str], problems: list[Problem]
) -> tuple[Axis, ...]:
    """What the matrix of some layers varies, base first; `null` takes back what its base says.

    Parts of a wrong shape, which `check_matrix` reports, are passed over here. An axis of a base over a node that was
    removed since is gone with it.
    """
    found: dict[str, tuple[int, Yaml, Location]] = {}
    places: list[Location] = []
    for number, layer in enumerate(layers):
        tree = layer.tree.get("matrix")
        for name, item in tree.items() if tree is not None else ():
            found.pop(name, None)
            if item.is_list and item.value:
                found[name] = (number, item, tree.key_location(name) if tree is not None else item.location)
                places.append(layer.tree.key_location("matrix"))
    axes = []
    for name, (number, item, place) in found.items():
        removed = _removed(layers[number + 1 :])
        named = _named(name, {*nodes, *removed}, variables)
        if isinstance(named, Problem):
            problems.append(Problem(named.what, place, hint=named.hint))
        elif named[0] is None or named[0] in nodes:
            axes.append(Axis(name, *named, tuple(item), place))
    problems.extend(_told_within(axes))
    if (count := math.prod(len(axis.values) for axis in axes)) > MOST:
        sizes = " x ".join(str(len(axis.values)) for axis in axes)
        product = f" ({sizes})" if len(axes) > 1 else ""
        what = f"`matrix` makes {count:,} variants{product}, and {MOST} are the most that are compared"
        problems.append(Problem(what, places[-1], hint="leave out values, or compare in several recipes"))
    return tuple(axes)


def _told_within(axes: Sequence[Axis]) -> Iterator[Problem]:
    """Axes of which one varies a part of what another does: the later would say what both are."""
    for outer, inner in itertools.permutations(axes, 2):
        if inner.node == outer.node and inner.path != outer.path and inner.path[: len(outer.path)] == outer.path:
            what = f"`matrix` varies `{inner.name}`, and `{outer.name}`, which it is a part of, too"
            yield Problem(what, inner.location, hint="leave out one of them")


def check_matrix(tree: Yaml | None) -> Iterator[Problem]:
    """Problems of shape: what is no list, lists without values, values that are there twice."""
    for name, values in tree.items() if tree is not None else ():
        if values.value is None:
            continue
        if not values.is_list:
            what = f"`matrix` has a list of values for `{name}`, not {values.kind}"
            yield Problem(what, values.location, hint=f"such as {EXAMPLE}")
        elif not values.value:
            yield Problem(f"`matrix` has no value for `{name}`", values.location, hint="`null` takes it out")
        else:
            yield from _told_twice(name, values)


def _told_twice(name: str, values: Yaml) -> Iterator[Problem]:
    known = set()
    for one in values:
        text = shown(one.plain())
        if text in known:
            yield Problem(f"`matrix` has the value {text} twice for `{name}`", one.location, hint="remove one")
        known.add(text)


def shown(value: Any) -> str:
    """A value as text: 1, 1.0, "1" and true differ."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _named(
    name: str, nodes: Collection[str], variables: Collection[str]
) -> tuple[str | None, tuple[str, ...]] | Problem:
    """What a key names: a variable, or the option of a node; of nodes with dots the longest name that there is."""
    parts = tuple(name.split("."))
    if parts[0] == VARIABLES and len(parts) > 1:
        variable = name.partition(".")[2]
        if variable in variables:
            return None, (variable,)
        hint = did_you_mean(variable, sorted(variables)) or "define it under `vars`"
        return Problem(f"`matrix` varies `{name}`, and there is no variable `{variable}`", hint=hint)
    for length in range(len(parts) - 1, 0, -1):
        if (node := ".".join(parts[:length])) in nodes and all(parts[length:]):
            return node, parts[length:]
    if (node := name.rstrip(".")) in nodes:
        hint = f"`{node}.OPTION` is an option of node `{node}`; `{VARIABLES}.NAME` is a variable"
        return Problem(f"`matrix` names what of `{node}` varies", hint=hint)
    if not any(parts[1:]) and parts[0] == VARIABLES:
        return Problem("`matrix` names which of `vars` varies", hint=f"`{VARIABLES}.NAME` is a variable")
    nearest = did_you_mean(parts[0], sorted([*nodes, VARIABLES]))
    return Problem(f"`matrix` varies `{name}`, and there is no node `{parts[0]}`", hint=nearest)


def _removed(layers: Sequence[Layer]) -> set[str]:
    """The nodes that some layers take out."""
    nodes = (layer.tree.get("nodes") for layer in layers)
    return {name for tree in nodes if tree is not None for name, spec in tree.items() if spec.value is None}


def chosen_nodes(nodes: Mapping[str, Yaml], choice: Choice) -> dict[str, Yaml]:
    """The nodes with the options of a choice. A `null` is the component's default, also of what no node gives."""
    found = dict(nodes)
    for axis, value in choice:
        if axis.node is not None:
            found[axis.node] = _with(found[axis.node], ("with", *axis.path), value)
    return found


def chosen_variables(variables: Mapping[str, Yaml], choice: Choice) -> dict[str, Yaml]:
    """The variables with those of a choice."""
    return {**variables, **{axis.path[0]: value for axis, value in choice if axis.node is None}}


def _with(tree: Yaml | None, path: Sequence[str], value: Yaml) -> Yaml:
    """A tree with the value at a path; what it holds beside it stays."""
    first, *rest = path
    is_mapping = tree is not None and tree.is_mapping
    held: dict[str, Yaml] = dict(tree.value) if tree is not None and is_mapping else {}
    places = dict(tree.keys) if tree is not None and is_mapping else {}
    if rest:
        held[first] = _with(held.get(first), rest, value)
        places.setdefault(first, value.location)
    elif value.value is None:
        held.pop(first, None)
    else:
        held[first] = value
        places[first] = value.location
    return Yaml(held, tree.location if tree is not None else value.location, places)
