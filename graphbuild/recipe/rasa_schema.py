"""The two schemas of Rasa's `recipe: graph.v1` as they are written: nodes with their parents, checked for shape.

Loads no component and knows none by name. RASA.md 2.1, 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Location, Problem

TRAIN, PREDICT = "train_schema", "predict_schema"
GIVEN = ("__importer__", "__message__", "__tracker__")
"""What comes from outside."""
RESOURCE = "resource"
_KEYS = ("needs", "uses", "constructor_name", "fn", "config", "eager", "is_target", "is_input", RESOURCE)
_CONSTRUCTORS = ("create", "load")
_NUMBER = re.compile(r"\d+$")


@dataclass(frozen=True)
class SchemaNode:
    """One node of a schema."""

    name: str
    uses: Yaml
    """The path of a class."""
    operation: Yaml
    """What `fn` says: the method that is called."""
    needs: Mapping[str, str]
    """Parameter -> the node that gives it, or one of GIVEN."""
    config: Yaml
    resource: str | None
    """The node that trained what it loads, where `resource` says so."""
    location: Location
    places: Mapping[str, Location]
    """Of its keys."""

    @property
    def short(self) -> str:
        """The name of the class."""
        return str(self.uses.value).rpartition(".")[2]

    @property
    def fn(self) -> str:
        """The method's name."""
        return str(self.operation.value)

    @property
    def parents(self) -> list[str]:
        """The nodes that it needs."""
        return [name for name in self.needs.values() if name not in GIVEN]

    def place(self, key: str) -> Location:
        """Where a key stands, or the node."""
        return self.places.get(key, self.location)


def read_schema(tree: Yaml, key: str, problems: list[Problem]) -> dict[str, SchemaNode]:
    """The nodes of a schema, every one after those that it needs; none where there are problems.

    Of those that may come next, Rasa's number at the end of the name decides.
    """
    schema = tree.get(key)
    nodes = schema.get("nodes") if schema is not None and schema.is_mapping else None
    if nodes is None or not nodes.is_mapping:
        place = schema.location if schema is not None else tree.location
        problems.append(Problem(f"`{key}` must have `nodes`", place, hint="{nodes: {NAME: {uses: CLASS, fn: METHOD}}}"))
        return {}
    before = len(problems)
    made = {name: _node(name, node, nodes.key_location(name), problems) for name, node in nodes.items()}
    found = {name: node for name, node in made.items() if node is not None}
    for node in found.values():
        problems += _unknown(node, made, key)
    return _in_order(found, problems) if len(problems) == before else {}


def ancestors(name: str, nodes: Mapping[str, SchemaNode]) -> set[str]:
    """A node and all that it needs."""
    found, queue = {name}, [name]
    for one in queue:
        new = [parent for parent in nodes[one].parents if parent not in found]
        found.update(new)
        queue += new
    return found


def _node(name: str, node: Yaml, location: Location, problems: list[Problem]) -> SchemaNode | None:
    """A node; None where it cannot be one."""
    if not node.is_mapping:
        problems.append(Problem(f"node `{name}` is a mapping, not {node.kind}", location))
        return None
    before = len(problems)
    problems += [
        Problem(f"nodes of a schema have no key `{one}`", node.key_location(one), hint=did_you_mean(one, list(_KEYS)))
        for one in node.keys
        if one not in _KEYS
    ]
    texts = {}
    for key in ("uses", "fn"):
        given = node.get(key)
        if given is None or not isinstance(given.value, str):
            place = location if given is None else given.location
            problems.append(Problem(f"node `{name}` does not say its `{key}`", place))
        else:
            texts[key] = given
    constructor = node.get("constructor_name")
    if constructor is not None and constructor.value not in _CONSTRUCTORS:
        what = f"`{constructor.value}` constructs nothing here"
        problems.append(Problem(what, constructor.location, hint="`create` or `load`"))
    config = node.get("config")
    if config is None or config.value is None:
        config = Yaml({}, location)
    if not config.is_mapping:
        problems.append(Problem(f"`config` is a mapping, not {config.kind}", config.location))
    needs = dict(_needs(node.get("needs"), problems))
    resource = _resource(node.get(RESOURCE), problems)
    if len(problems) > before:
        return None
    places = {key: node.key_location(key) for key in node.keys}
    return SchemaNode(name, texts["uses"], texts["fn"], needs, config, resource, location, places)


def _needs(needs: Yaml | None, problems: list[Problem]) -> Iterator[tuple[str, str]]:
    if needs is None or needs.value is None:
        return
    if not needs.is_mapping:
        problems.append(Problem(f"`needs` is a mapping, not {needs.kind}", needs.location, hint="{PARAMETER: NODE}"))
        return
    for parameter, one in needs.items():
        if isinstance(one.value, str):
            yield parameter, one.value
        else:
            problems.append(Problem(f"`needs` names nodes, not {one.kind}", one.location))


def _resource(resource: Yaml | None, problems: list[Problem]) -> str | None:
    if resource is None or resource.value is None:
        return None
    name = resource.get("name") if resource.is_mapping else resource
    if name is None or not isinstance(name.value, str):
        hint = "{name: NODE}, of the node of train_schema that trained it"
        problems.append(Problem("this `resource` has no `name`", resource.location, hint=hint))
        return None
    return name.value


def _unknown(node: SchemaNode, made: Mapping[str, object], key: str) -> Iterator[Problem]:
    for parameter, parent in node.needs.items():
        if parent in GIVEN or parent in made:
            continue
        hint = did_you_mean(parent, [*made, *GIVEN])
        what = f"`{parameter}` needs `{parent}`, which is no node of `{key}`"
        yield Problem(what, node.place("needs"), (("node", node.name),), hint)


def _in_order(nodes: Mapping[str, SchemaNode], problems: list[Problem]) -> dict[str, SchemaNode]:
    order: dict[str, SchemaNode] = {}
    left = dict(nodes)
    position = {name: number for number, name in enumerate(nodes)}
    while left:
        ready = [name for name, node in left.items() if all(parent in order for parent in node.parents)]
        if not ready:
            circle = _circle(left)
            what = f"the nodes need each other in a cycle: {' -> '.join(circle)}"
            problems.append(Problem(what, nodes[circle[0]].place("needs")))
            return {}
        first = min(ready, key=lambda name: (_number(name), position[name]))
        order[first] = left.pop(first)
    return order


def _circle(nodes: Mapping[str, SchemaNode]) -> list[str]:
    """A cycle among nodes that all wait for another of them: a, b, a."""
    path = [min(nodes)]
    while path[-1] not in path[:-1]:
        path.append(next(parent for parent in nodes[path[-1]].parents if parent in nodes))
    return path[path.index(path[-1]) :]


def _number(name: str) -> int:
    """The number that Rasa puts behind a component's place; nodes without one come first."""
    found = _NUMBER.search(name)
    return int(found[0]) if found else -1
