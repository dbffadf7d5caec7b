"""The front end for Rasa's config.yml (`recipe: default.v1`): its pipeline and policies as nodes of the same graph.

Knows no component by name: it takes the packaged recipe `rasa-base` (importers, trackers), appends each item of the two
lists, and fills an item's input ports by type: the latest earlier producer for a port that takes one, all earlier ones
for a port that takes many. An item that takes all of a type and makes one of that type stands for them from then on.
Lists are read by rasa_lists, which translates what an older Rasa wrote, and rasa_items. Facts: RASA.md 2.3, 2.5.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import MODEL, InputPort, Operation, is_trainable, signature
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import ComponentError, Problem, RecipeError
from graphbuild.recipe.layer import Layer, layers_of, read_layer
from graphbuild.recipe.native import native_recipe
from graphbuild.recipe.packaged import PREFIX, find_recipe
from graphbuild.recipe.rasa_importers import read_importing, with_folders, with_importers
from graphbuild.recipe.rasa_items import FEATURIZER, Item, read_items, read_sources
from graphbuild.recipe.rasa_lists import (
    DEFAULTS,
    LISTS,
    REFERENCE,
    ListedItem,
    default_list,
    is_given,
    is_left_out,
    read_list,
    with_environment,
)
from graphbuild.recipe.recipe import Need, NodeSpec, Recipe

BASE = f"{PREFIX}rasa-base"
_PREPARE = ("tokenizer", FEATURIZER, MODEL)
"""Kinds whose nodes are kept only for others."""
_LAST = {LISTS["pipeline"]: "RegexMessageHandler", LISTS["policies"]: "PolicyEnsemble"}
"""What every list that predicts something ends with, named or not, by its target group."""


@dataclass(frozen=True)
class _Made:
    """An output port that later items may use."""

    need: Need
    type: type
    names: tuple[str, ...] = ()
    """What `featurizers` of a later item may call it, where a featurizer makes it; else nothing."""


def is_rasa_config(tree: Yaml) -> bool:
    """Whether a document is a Rasa config and not a native recipe."""
    is_native = any(key in tree for key in ("graphbuild", "nodes", "extends"))
    return not is_native and any(key in tree for key in (*LISTS, "recipe", "language", "assistant_id"))


def rasa_recipe(
    label: str, layer: Layer, project: Path, variables: Mapping[str, Any], groups: Sequence[str] = ()
) -> tuple[Recipe | None, list[Problem]]:
    """The recipe that a config equals; None when there are problems.

    `groups`: what is to be built. Where that is one half, a list of the other half's components is not looked at.
    """
    name = layer.tree.get("recipe")
    if name is not None and name.value not in (None, "default.v1"):
        hint = "`graph.v1` comes in a later release" if name.value == "graph.v1" else "write `recipe: default.v1`"
        return None, [Problem(f"recipe `{name.value}` is not read", name.location, hint=hint)]
    problems = [*layer.problems, *_check_keys(layer.tree)]
    is_half = groups and set(groups) <= set(LISTS.values())
    keys = [key for key, group in LISTS.items() if not is_half or group in groups]
    notices: list[Problem] = []
    items = [item for key in keys for item in read_items(layer.tree, key, project, problems, notices)]
    sources = [item for key in keys for item in read_sources(layer.tree, key, project, problems)]
    importing = read_importing(layer.tree, layer.file.path.resolve(), project, problems)
    base_layers, wrong = layers_of(read_layer(find_recipe(BASE, project)))
    said = config_variables(layer.tree, problems)
    variables = {**said, **variables}
    variables = with_folders(variables, base_layers[-1].tree.get("vars"), importing.folders)
    base, more = native_recipe(BASE, base_layers, variables)
    problems += [*wrong, *more]
    if base is None or problems:
        return None, problems
    made = _made_by(base, project)
    specs = [_spec(item, _snake(item.uses), made, problems) for item in sources]
    nodes = with_importers(base.nodes, replace(importing, nodes=(*importing.nodes, *specs)), project, problems)
    if problems:
        return None, problems
    groups = [group for group in LISTS.values() if any(item.group == group for item in items)]
    targets = {group: base.targets.get(group, ()) for group in groups}
    targets["model"] = tuple(need for group in groups for need in targets[group])
    for spec, item in _specs(items, made, project, problems):
        nodes[spec.name] = spec
        if item.component.kind not in _PREPARE:
            for group in ("model", item.group):
                targets[group] = (*targets[group], Need(spec.name))
    if problems:
        return None, problems
    language = said["config"]["language"]
    recipe = replace(
        base,
        label=label,
        nodes=nodes,
        targets={group: needs for group, needs in targets.items() if needs},
        language=str(language) if language is not None else None,
        # A config may mean something else once those that translate it have changed.
        files=(layer.file.path, *importing.configs, *registry.translating_files(), *base.files),
        texts={**base.texts, layer.file.label: layer.text},
        environment=tuple(sorted(set(REFERENCE.findall(layer.text)))),
        notices=tuple(notices),
    )
    return recipe, []


def config_variables(tree: Yaml, problems: list[Problem]) -> dict[str, Any]:
    """What a config says, as variables of the base recipe: its checks read them. Defaults are filled in.

    A list that is not trained, or whose shape is not known, is None.
    """
    config: dict[str, Any] = {key: _scalar(tree.get(key), problems) for key in ("language", "assistant_id")}
    listed = {key: _listed(tree, key) for key in DEFAULTS}
    for key, items in listed.items():
        config[key] = None if items is None else [{"name": one.name, **one.options} for one in items]
    config["file"] = tree.location.path
    if written := _written([one for items in listed.values() for one in items or ()]):
        config["written"] = written
    names = [str(one["name"]) for one in config["pipeline"] or ()]
    tokenizer = next((name for name in names if name.endswith("Tokenizer")), None)
    language = config["language"] if isinstance(config["language"], str) else None
    return {"config": config, "tokenizer": tokenizer, "language": language}


def _listed(tree: Yaml, key: str) -> tuple[ListedItem, ...] | None:
    """A list of components, those of a wrong shape left out: they are problems elsewhere."""
    if not is_given(tree, key):
        return None if is_left_out(tree, key) else default_list(tree, key)
    read = read_list(tree, key)
    return read.items if tree[key].is_list or read.items else None


def _written(items: Sequence[ListedItem]) -> dict[str, str]:
    """What stands in the file for components whose names do not: checks look for it there."""

    def short(name: str) -> str:
        return name.rpartition(".")[2]

    named = {short(one.name) for one in items if one.written and short(one.name) == short(one.written)}
    others = [one for one in items if one.written and short(one.name) not in named]
    return {short(one.name): one.written for one in reversed(others)}


def _scalar(node: Yaml | None, problems: list[Problem]) -> Any:
    return None if node is None or node.is_mapping or node.is_list else with_environment(node, problems)


def _check_keys(tree: Yaml) -> Iterator[Problem]:
    """Misspelt lists, which would else be missing without a word."""
    for key in tree.keys:
        close = difflib.get_close_matches(key, LISTS, n=1, cutoff=0.8)
        if key not in LISTS and close:
            yield Problem(
                f"a Rasa config has no key `{key}`", tree.key_location(key), hint=f"did you mean `{close[0]}`?"
            )


def _made_by(base: Recipe, project: Path) -> list[_Made]:
    made: list[_Made] = []
    for spec in base.nodes.values():
        try:
            outputs = signature(registry.load(spec.uses, project), Operation.APPLY).outputs
        except ComponentError as error:
            raise RecipeError(error.problems) from error
        made.extend(_Made(Need(spec.name, port), kind) for port, kind in outputs.items())
    return made


def _specs(
    items: list[Item], made: list[_Made], project: Path, problems: list[Problem]
) -> Iterator[tuple[NodeSpec, Item]]:
    """The nodes of all items, and of what ends the pipeline."""
    last = {item.group: position for position, item in enumerate(items)}
    names = [f"{_snake(item.uses.rpartition(':')[2])}_{position}" for position, item in enumerate(items)]
    made.extend(_told_to_all(items, names))
    for position, item in enumerate(items):
        spec = _spec(item, names[position], made, problems)
        yield spec, item
        _put(spec, item, made, _names(item, spec.name, position))
        uses = _LAST[item.group]
        if last[item.group] == position and item.uses != uses:
            ending = Item(item.group, uses, {}, item.location, {}, registry.load(uses, project))
            spec = _spec(ending, _snake(uses), made, problems)
            if any(needs and (ports.optional or ports.many) for needs, ports in _filled(spec, ending)):
                yield spec, ending


def _told_to_all(items: list[Item], names: list[str]) -> Iterator[_Made]:
    """What policies make that others may use wherever they stand: their order says nothing but who goes first."""
    policies = [(item, name) for item, name in zip(items, names, strict=True) if item.group == LISTS["policies"]]
    inputs = [port for item, _ in policies for port in signature(item.component, Operation.APPLY).inputs.values()]
    wanted = tuple({port.type for port in inputs if port.optional})
    for item, name in policies:
        outputs = signature(item.component, Operation.APPLY).outputs
        yield from (_Made(Need(name, port), kind) for port, kind in outputs.items() if issubclass(kind, wanted))


def _filled(spec: NodeSpec, item: Item) -> Iterator[tuple[tuple[Need, ...], InputPort]]:
    ports = signature(item.component, Operation.APPLY).inputs
    return ((needs, ports[port]) for port, needs in spec.needs.items() if port in ports)


def _put(spec: NodeSpec, item: Item, made: list[_Made], names: tuple[str, ...]) -> None:
    """Adds what an item makes; what it stands for goes."""
    outputs = signature(item.component, Operation.APPLY).outputs
    for needs, port in _filled(spec, item):
        if port.many and any(issubclass(kind, port.type) for kind in outputs.values()):
            made[:] = [one for one in made if one.need not in needs]
    made.extend(_Made(Need(spec.name, port), kind, names) for port, kind in outputs.items())


def _names(item: Item, node: str, position: int) -> tuple[str, ...]:
    """Its alias; without one the node's name here, the one that Rasa gives it, and the component's."""
    if item.component.kind != FEATURIZER:
        return ()
    alias = item.options.get("alias")
    component = item.uses.rpartition(":")[2]
    return (str(alias),) if alias is not None else (node, f"run_{component}{position}", component)


def _chosen(item: Item, made: list[_Made], problems: list[Problem]) -> list[_Made]:
    """What an item may use: of featurizers those that its `featurizers` names, where it names any."""
    wanted = item.options.get("featurizers")
    if not isinstance(wanted, list) or not wanted:
        return made
    known = sorted({name for one in made for name in one.names})
    for name in wanted:
        if name not in known:
            what = f"there is no featurizer `{name}` before `{item.uses}`"
            problems.append(Problem(what, item.place(("featurizers",)), hint=did_you_mean(str(name), known)))
    return [one for one in made if not one.names or set(one.names) & set(wanted)]


def _spec(item: Item, name: str, made: list[_Made], problems: list[Problem]) -> NodeSpec:
    ports: dict[str, InputPort] = {}
    for operation in [Operation.APPLY, *([Operation.TRAIN] if is_trainable(item.component) else [])]:
        ports.update(signature(item.component, operation).inputs)
    needs = {}
    usable = _chosen(item, made, problems)
    for port in ports.values():
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


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
