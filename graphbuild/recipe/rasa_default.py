"""The front end for Rasa's config.yml (`recipe: default.v1`): its pipeline and policies as nodes of the same graph.

Knows no component by name: it takes the packaged recipe `rasa-base` (importers, trackers), appends each item of the two
lists, and fills an item's input ports by type: the latest earlier producer for a port that takes one, all earlier ones
for a port that takes many. An item that takes all of a type and makes one of that type stands for them from then on.
Lists are read by rasa_lists, which translates what an older Rasa wrote, and rasa_items. Facts: RASA.md 2.3, 2.5.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import MODEL, InputPort, Operation, signature
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
from graphbuild.recipe.rasa_texts import spelt
from graphbuild.recipe.rasa_wiring import Made, names_of, node_names, snake, spec_of
from graphbuild.recipe.recipe import Need, NodeSpec, Recipe

BASE = f"{PREFIX}rasa-base"
_PREPARE = ("tokenizer", FEATURIZER, MODEL)
"""Kinds whose nodes are kept only for others."""
_LAST = {LISTS["pipeline"]: "RegexMessageHandler", LISTS["policies"]: "PolicyEnsemble"}
"""What every list that predicts something ends with, named or not, by its target group."""


def is_rasa_config(tree: Yaml) -> bool:
    """Whether a document is a Rasa config and not a native recipe."""
    is_native = any(key in tree for key in ("graphbuild", "nodes", "extends"))
    return not is_native and any(key in tree for key in (*LISTS, "recipe", "language", "assistant_id"))


def rasa_recipe(
    label: str, layer: Layer, project: Path, variables: Mapping[str, Any], groups: Sequence[str] = ()
) -> tuple[Recipe | None, list[Problem]]:
    """The recipe that a config equals; None when there are problems.

    `groups`: what is to be built. Where that is one half, a list of the other half's components is not looked at, but
    for what makes features of texts in stories.
    """
    name = layer.tree.get("recipe")
    if name is not None and name.value not in (None, "default.v1"):
        hint = "`graph.v1` comes in a later release" if name.value == "graph.v1" else "write `recipe: default.v1`"
        return None, [Problem(f"recipe `{name.value}` is not read", name.location, hint=hint)]
    problems = [*layer.problems, *_check_keys(layer.tree)]
    base_layers, wrong = layers_of(read_layer(find_recipe(BASE, project)))
    own = base_layers[-1].tree.get("targets")
    known = {*LISTS.values(), *(own.keys if own is not None else ())}
    is_half = not set(groups).isdisjoint(LISTS.values()) and set(groups) <= known
    keys = [key for key, group in LISTS.items() if not is_half or group in groups]
    notices: list[Problem] = []
    items = [item for key in keys for item in read_items(layer.tree, key, project, problems, notices)]
    sources = [item for key in keys for item in read_sources(layer.tree, key, project, problems)]
    importing = read_importing(layer.tree, layer.file.path.resolve(), project, problems)
    said = config_variables(layer.tree, problems)
    variables = {**said, **variables}
    variables = with_folders(variables, base_layers[-1].tree.get("vars"), importing.folders)
    base, more = native_recipe(BASE, base_layers, variables)
    problems += [*wrong, *more]
    if base is None or problems:
        return None, problems
    made = _made_by(base, project)
    specs = [spec_of(item, snake(item.uses), made, problems) for item in sources]
    nodes = with_importers(base.nodes, replace(importing, nodes=(*importing.nodes, *specs)), project, problems)
    if problems:
        return None, problems
    groups = [group for group in LISTS.values() if any(item.group == group for item in items)]
    targets = {group: base.targets.get(group, ()) for group in groups}
    targets |= {group: needs for group, needs in base.targets.items() if group not in LISTS.values()}
    targets["model"] = tuple(need for group in groups for need in targets[group])
    for spec, item in _specs(items, _beside(layer.tree, keys, project), made, project, problems):
        nodes[spec.name] = spec
        if item is not None and item.component.kind not in _PREPARE:
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


def _beside(tree: Yaml, keys: Sequence[str], project: Path) -> list[Item]:
    """The pipeline where policies alone are built: stories may have texts. What is wrong in it is passed over."""
    return list(read_items(tree, "pipeline", project, [], [])) if list(keys) == ["policies"] else []


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


def _made_by(base: Recipe, project: Path) -> list[Made]:
    made: list[Made] = []
    for spec in base.nodes.values():
        try:
            outputs = signature(registry.load(spec.uses, project), Operation.APPLY).outputs
        except ComponentError as error:
            raise RecipeError(error.problems) from error
        made.extend(Made(Need(spec.name, port), kind) for port, kind in outputs.items())
    return made


def _specs(
    items: list[Item], beside: list[Item], made: list[Made], project: Path, problems: list[Problem]
) -> Iterator[tuple[NodeSpec, Item | None]]:
    """The nodes of all items, and of what ends the pipeline; without an item those of texts in stories."""
    last = {item.group: position for position, item in enumerate(items)}
    names = node_names(items)
    texts = spelt(items, names, made, project, beside)
    yield from ((spec, None) for spec in texts.specs)
    made.extend(_told_to_all(items, names))
    for position, item in enumerate(items):
        spec = spec_of(item, names[position], [*made, *texts.made.get(names[position], ())], problems)
        yield spec, item
        _put(spec, item, made, names_of(item, spec.name, position))
        uses = _LAST[item.group]
        if last[item.group] == position and item.uses != uses:
            ending = Item(item.group, uses, {}, item.location, {}, registry.load(uses, project))
            spec = spec_of(ending, snake(uses), made, problems)
            if any(needs and (ports.optional or ports.many) for needs, ports in _filled(spec, ending)):
                yield spec, ending


def _told_to_all(items: list[Item], names: list[str]) -> Iterator[Made]:
    """What policies make that others may use wherever they stand: their order says nothing but who goes first."""
    policies = [(item, name) for item, name in zip(items, names, strict=True) if item.group == LISTS["policies"]]
    inputs = [port for item, _ in policies for port in signature(item.component, Operation.APPLY).inputs.values()]
    wanted = tuple({port.type for port in inputs if port.optional})
    for item, name in policies:
        outputs = signature(item.component, Operation.APPLY).outputs
        yield from (Made(Need(name, port), kind) for port, kind in outputs.items() if issubclass(kind, wanted))


def _filled(spec: NodeSpec, item: Item) -> Iterator[tuple[tuple[Need, ...], InputPort]]:
    ports = signature(item.component, Operation.APPLY).inputs
    return ((needs, ports[port]) for port, needs in spec.needs.items() if port in ports)


def _put(spec: NodeSpec, item: Item, made: list[Made], names: tuple[str, ...]) -> None:
    """Adds what an item makes; what it stands for goes."""
    outputs = signature(item.component, Operation.APPLY).outputs
    for needs, port in _filled(spec, item):
        if port.many and any(issubclass(kind, port.type) for kind in outputs.values()):
            made[:] = [one for one in made if one.need not in needs]
    made.extend(Made(Need(spec.name, port), kind, names) for port, kind in outputs.items())
