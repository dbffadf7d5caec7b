"""Nodes of the items of Rasa's config.yml: input ports are filled by type with what was made before.

The latest earlier producer for a port that takes one, all earlier ones for a port that takes many. Knows no component
by name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.contract.component import InputPort, Operation, is_trainable, signature
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import Problem
from graphbuild.recipe.rasa_items import FEATURIZER, Item
from graphbuild.recipe.rasa_lists import LISTS
from graphbuild.recipe.recipe import Need, NodeSpec


@dataclass(frozen=True)
class Made:
    """An output port that later items may use."""

    need: Need
    type: type
    names: tuple[str, ...] = ()
    """What `featurizers` of a later item may call it, where a featurizer makes it; else nothing."""


def made_by(item: Item, node: str, names: tuple[str, ...] = ()) -> list[Made]:
    """The output ports of the node of an item."""
    outputs = signature(item.component, Operation.APPLY).outputs
    return [Made(Need(node, port), kind, names) for port, kind in outputs.items()]


def node_names(items: Sequence[Item]) -> list[str]:
    """What the nodes of some items are called, by component and place."""
    return [f"{snake(item.uses.rpartition(':')[2])}_{position}" for position, item in enumerate(items)]


def ports_of(item: Item) -> dict[str, InputPort]:
    """The input ports of both operations by name."""
    ports: dict[str, InputPort] = {}
    for operation in [Operation.APPLY, *([Operation.TRAIN] if is_trainable(item.component) else [])]:
        ports.update(signature(item.component, operation).inputs)
    return ports


def names_of(item: Item, node: str, position: int) -> tuple[str, ...]:
    """Its alias; without one the node's name here, the one that Rasa gives it, and the component's."""
    if item.component.kind != FEATURIZER:
        return ()
    alias = item.options.get("alias")
    component = item.uses.rpartition(":")[2]
    return (str(alias),) if alias is not None else (node, item.called or f"run_{component}{position}", component)


def chosen(item: Item, made: list[Made], problems: list[Problem]) -> list[Made]:
    """What an item may use: of featurizers those that its `featurizers` names, where it names any."""
    wanted = item.options.get("featurizers")
    if not isinstance(wanted, list) or not wanted:
        return made
    known = sorted({name for one in made for name in one.names})
    if not known and item.group == LISTS["policies"]:
        return made  # without a pipeline there are no features of texts to choose among
    for name in wanted:
        if name not in known:
            what = f"there is no featurizer `{name}` before `{item.uses}`"
            problems.append(Problem(what, item.place(("featurizers",)), hint=did_you_mean(str(name), known)))
    return [one for one in made if not one.names or set(one.names) & set(wanted)]


def spec_of(item: Item, name: str, made: list[Made], problems: list[Problem]) -> NodeSpec:
    """The node of an item with a name, from what was made before; problems with its `featurizers` are added."""
    needs = {}
    usable = chosen(item, made, problems)
    for port in ports_of(item).values():
        fitting = [one for one in usable if issubclass(one.type, port.type)]
        same_name = [one for one in fitting if one.need.port == port.name]
        if port.many:
            # None is an answer too: a pipeline without extractors has nothing for its synonyms.
            needs[port.name] = tuple(one.need for one in fitting)
        elif fitting:
            # Among ports of one node that make the same type, the name decides.
            best = same_name[-1] if same_name and same_name[-1].need.node == fitting[-1].need.node else fitting[-1]
            needs[port.name] = (best.need,)
    return NodeSpec(name, item.uses, item.options, needs, (), item.location, item.places)


def snake(name: str) -> str:
    """`SomeComponent` -> `some_component`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
