"""The native front end: layers merged by node name, variables filled in, NodeSpecs made. docs/recipes.md."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Location, Problem
from graphbuild.recipe.layer import NODE_KEYS, Layer
from graphbuild.recipe.matrix import NO_CHOICE, Choice, chosen_nodes, chosen_variables, read_axes
from graphbuild.recipe.recipe import Need, NodeSpec, Place, Recipe
from graphbuild.recipe.variables import resolve_variables, substitute

_Kind = TypeVar("_Kind", str, int)
USED = "used_components"
"""A variable for checks: what all nodes of the recipe use."""


def native_recipe(
    label: str, layers: Sequence[Layer], variables: Mapping[str, Any], choice: Choice = NO_CHOICE
) -> tuple[Recipe | None, list[Problem]]:
    """The recipe of some layers, base first, or the variant of a choice; None when there are problems.

    Parts of a wrong shape, which `check_layer` reports, are passed over here.
    """
    problems: list[Problem] = []
    merged = _merged_nodes(layers, problems)
    declared = _variables(layers)
    axes = read_axes(layers, merged.keys(), {**declared, **variables}.keys(), problems)
    merged, declared = chosen_nodes(merged, choice), chosen_variables(declared, choice)
    values = resolve_variables(declared, {**_used(declared, merged), **variables}, problems)
    nodes = {name: substitute(node, values, problems) for name, node in merged.items()}
    specs = {name: _spec(name, node, nodes.keys(), problems) for name, node in nodes.items()}
    targets, target_places = _targets(layers, values, nodes.keys(), problems)
    recipe = Recipe(
        label=label,
        nodes={name: spec for name, spec in specs.items() if spec is not None},
        targets=targets,
        language=_last(layers, "language", str, values, problems),
        seed=_last(layers, "seed", int, values, problems) or 0,
        files=tuple(layer.file.path for layer in layers),
        texts={layer.file.label: layer.text for layer in layers},
        target_places=target_places,
        only_for=_only_for(layers, problems),
        axes=axes,
    )
    return (None if problems else recipe), problems


def _variables(layers: Sequence[Layer]) -> dict[str, Yaml]:
    found: dict[str, Yaml] = {}
    for layer in layers:
        if (item := layer.tree.get("vars")) is not None:
            found.update(item.items())
    return found


def _used(variables: Mapping[str, Yaml], nodes: Mapping[str, Yaml]) -> dict[str, list[str]]:
    """The variable that says which components the nodes use, in a recipe that has it and leaves it open."""
    declared = variables.get(USED)
    if declared is None or declared.value is not None:
        return {}
    named = (node.get("uses") for node in nodes.values())
    return {USED: sorted({one.value for one in named if one is not None and isinstance(one.value, str)})}


def _last(
    layers: Sequence[Layer], key: str, kind: type[_Kind], values: Mapping[str, Any], problems: list[Problem]
) -> _Kind | None:
    """What the last layer says that says something; `null` takes back what its base says."""
    last: _Kind | None = None
    for layer in layers:
        if (raw := layer.tree.get(key)) is None:
            continue
        item = substitute(raw, values, problems)
        last = item.value if type(item.value) is kind else None
        if last is None and item.value is not None:
            wanted = "a text" if kind is str else "a whole number"
            problems.append(Problem(f"`{key}` must be {wanted}, not {item.kind}", item.location))
    return last


def _merged_nodes(layers: Sequence[Layer], problems: list[Problem]) -> dict[str, Yaml]:
    merged: dict[str, Yaml] = {}
    for layer in layers:
        nodes = layer.tree.get("nodes")
        for name, node in nodes.items() if nodes is not None else ():
            place = nodes.key_location(name) if nodes is not None else node.location
            if node.is_mapping:
                merged[name] = _merge(merged.get(name), replace(node, location=place))
            elif node.value is None and merged.pop(name, None) is None:
                problems.append(
                    Problem(f"there is no node `{name}` to remove", place, hint=did_you_mean(name, list(merged)))
                )
            elif node.value is None:
                names = {*merged, name}
                merged = {other: _without(one, name, names) for other, one in merged.items()}
    return merged


def _without(node: Yaml, removed: str, names: Collection[str]) -> Yaml:
    """A node of the base without a removed one in the lists of its `needs`; a port that takes one still needs it."""
    needs = node.get("needs")
    if needs is None or not needs.is_mapping:
        return node
    ports = {port: _left(item, removed, names) if item.is_list else item for port, item in needs.items()}
    return replace(node, value={**node.value, "needs": replace(needs, value=ports)})


def _left(needed: Yaml, removed: str, names: Collection[str]) -> Yaml:
    kept = [one for one in needed if not isinstance(one.value, str) or parse_need(one.value, names).node != removed]
    return replace(needed, value=kept)


def _merge(base: Yaml | None, node: Yaml) -> Yaml:
    """A node over the one that it refines: `with` by option, `needs` by port, the rest replaced."""
    if base is None:
        base = Yaml({}, node.location)
    uses = node.get("uses")
    old = base.get("uses")
    if uses is not None and old is not None and uses.value != old.value:
        base = Yaml({"uses": old}, base.location)
    value = dict(base.value)
    keys = dict(base.keys)
    for key, item in node.items():
        keys[key] = node.key_location(key)
        earlier = value.get(key)
        if key in ("with", "needs") and item.is_mapping:
            value[key] = _merge_entries(earlier, item)
        elif item.value is None:
            value.pop(key, None)
        else:
            value[key] = item
    return Yaml(value, node.location, keys)


def _merge_entries(base: Yaml | None, new: Yaml) -> Yaml:
    value = dict(base.value) if base is not None and base.is_mapping else {}
    keys = dict(base.keys) if base is not None else {}
    for key, item in new.items():
        if item.value is None and key in value:
            del value[key]
            continue
        value[key] = item
        keys[key] = new.key_location(key)
    return Yaml(value, new.location, keys)


def _spec(name: str, node: Yaml, names: Collection[str], problems: list[Problem]) -> NodeSpec | None:
    uses = node.get("uses")
    if uses is None or not isinstance(uses.value, str):
        if set(node.value) <= set(NODE_KEYS):  # Else a key is misspelt, and has been reported.
            what = f"node `{name}` does not say which component it uses"
            if uses is not None and uses.value is not None:
                what = f"`uses` of node `{name}` must be a text, not {uses.kind}"
            place = uses.location if uses is not None else node.location
            problems.append(Problem(what, place, hint="add `uses: NAME`; see `graphbuild components`"))
        return None
    places: dict[Place, Location] = {(key,): item.location for key, item in node.items()}
    options = node.get("with")
    if options is not None:
        place_options(("with",), options, places)
    held = node.get("only_for")
    if held is not None and not isinstance(held.value, str):
        problems.append(Problem(f"`only_for` of node `{name}` must be a text, not {held.kind}", held.location))
    return NodeSpec(
        name=name,
        uses=uses.value,
        options=options.plain() if options is not None and options.is_mapping else {},
        needs=_needs(node.get("needs"), names, places, problems),
        reads=_words(node.get("reads"), "`reads` takes paths", problems),
        location=node.location,
        places=places,
        only_for=held.value if held is not None else None,
    )


def place_options(path: Place, tree: Yaml, places: dict[Place, Location]) -> None:
    """Adds where each option stands, those inside others too; positions in a list are words, as in option paths."""
    for key, item in tree.items():
        places[*path, key] = tree.key_location(key)
        place_options((*path, key), item, places)
    for position, item in enumerate(tree):
        places[*path, str(position)] = item.location
        place_options((*path, str(position)), item, places)


def _needs(
    tree: Yaml | None, names: Collection[str], places: dict[Place, Location], problems: list[Problem]
) -> dict[str, tuple[Need, ...]]:
    found = {}
    for port, item in tree.items() if tree is not None else ():
        places["needs", port] = tree.key_location(port) if tree is not None else item.location
        needs = []
        for position, one in enumerate(item if item.is_list else [item]):
            places["needs", port, position] = one.location
            if not isinstance(one.value, str):
                problems.append(Problem(f"`needs` names nodes, not {one.kind}", one.location, hint="NODE or NODE.PORT"))
                continue
            needs.append(parse_need(one.value, names))
        found[port] = tuple(needs)
    return found


def parse_need(text: str, names: Collection[str]) -> Need:
    """`node` or `node.port`, where names of nodes may have dots, too: the longest that there is, is meant."""
    parts = text.split(".")
    for length in range(len(parts), 0, -1):
        node, port = ".".join(parts[:length]), ".".join(parts[length:])
        if node in names:
            return Need(node, port or None)
    node, _, port = text.partition(".")
    return Need(node, port or None)


def _words(tree: Yaml | None, rule: str, problems: list[Problem]) -> tuple[str, ...]:
    if tree is None:
        return ()
    words = []
    for one in tree if tree.is_list else [tree]:
        if isinstance(one.value, str):
            words.append(one.value)
        else:
            problems.append(Problem(f"{rule}, not {one.kind}", one.location))
    return tuple(words)


def _only_for(layers: Sequence[Layer], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    """Target group -> what it is only for, the last layer's word; `null` takes back what its base says."""
    found: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        tree = layer.tree.get("only_for")
        for group, item in tree.items() if tree is not None and tree.is_mapping else ():
            found[group] = _words(
                item if item.value is not None else None, "`only_for` names what files hold", problems
            )
    return {group: words for group, words in found.items() if words}


def _targets(
    layers: Sequence[Layer], values: Mapping[str, Any], names: Collection[str], problems: list[Problem]
) -> tuple[dict[str, tuple[Need, ...]], dict[tuple[str, int], Location]]:
    targets: dict[str, tuple[Need, ...]] = {}
    places: dict[tuple[str, int], Location] = {}
    for layer in layers:
        tree = layer.tree.get("targets")
        for group, raw in tree.items() if tree is not None else ():
            item = substitute(raw, values, problems)
            targets.pop(group, None)
            if item.value is None:
                continue
            if item.value == []:
                problems.append(
                    Problem(f"target group `{group}` names no node", item.location, hint="`null` removes it")
                )
            words = _words(item, "`targets` names nodes", problems)
            targets[group] = tuple(parse_need(word, names) for word in words)
            for position, one in enumerate(item if item.is_list else [item]):
                places[group, position] = one.location
    return targets, places
