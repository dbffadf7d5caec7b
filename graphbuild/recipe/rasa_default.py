"""The front end for Rasa's config.yml (`default.v1`, `graph.v1`): its components as nodes of the same graph.

Knows no component by name: it takes the packaged recipe `rasa-base` (importers, trackers), appends each item of the two
lists, and fills an item's input ports by type: the latest earlier producer for a port that takes one, all earlier ones
for a port that takes many. An item that takes all of a type and makes one of that type stands for them from then on.
Lists are read by rasa_lists, which translates what an older Rasa wrote, and rasa_items. Facts: RASA.md 2.3, 2.5.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import MODEL, InputPort, Operation, signature
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import ComponentError, Problem, RecipeError
from graphbuild.recipe.layer import Layer, layers_of, read_layer
from graphbuild.recipe.native import native_recipe
from graphbuild.recipe.packaged import PREFIX, find_recipe
from graphbuild.recipe.rasa_graph import KEYS as GRAPH_KEYS
from graphbuild.recipe.rasa_graph import NAME as GRAPH
from graphbuild.recipe.rasa_graph import graph_variables, read_graph, with_tuning
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
from graphbuild.recipe.rasa_structure import Tuning
from graphbuild.recipe.rasa_texts import Spelt, spelt
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
    if name is not None and name.value not in (None, "default.v1", GRAPH):
        hint = did_you_mean(str(name.value), ["default.v1", GRAPH])
        return None, [Problem(f"recipe `{name.value}` is not read", name.location, hint=hint)]
    problems = [*layer.problems, *_check_keys(layer.tree)]
    base_layers, wrong = layers_of(read_layer(find_recipe(BASE, project)))
    notices: list[Problem] = []
    read = _read(layer.tree, project, _looked_at(groups, base_layers[-1].tree.get("targets")), problems, notices)
    items, sources = read.items, read.sources
    importing = read_importing(layer.tree, layer.file.path.resolve(), project, problems)
    said = config_variables(layer.tree, problems)
    if read.lists is not None:
        said = with_lists(said, read.lists)
    variables = {**said, **read.tuning.variables, **variables}
    variables = with_folders(variables, base_layers[-1].tree.get("vars"), importing.folders)
    base, more = native_recipe(BASE, base_layers, variables)
    problems += [*wrong, *more]
    if base is None or problems:
        return None, problems
    made = _made_by(base, project)
    specs = [spec_of(item, snake(item.uses), made, problems) for item in sources]
    importing = replace(importing, nodes=(*importing.nodes, *specs))
    nodes = with_importers(with_tuning(base.nodes, read.tuning), importing, project, problems)
    if problems:
        return None, problems
    groups = [group for group in LISTS.values() if any(item.group == group for item in items)]
    targets = {group: base.targets.get(group, ()) for group in groups}
    targets |= {group: needs for group, needs in base.targets.items() if group not in LISTS.values()}
    targets["model"] = tuple(need for group in groups for need in targets[group])
    for spec, item in _specs(read, made, project, problems):
        nodes[spec.name] = spec
        if item is not None and item.component.kind not in _PREPARE:
            beside = [one.need for one in made if issubclass(one.type, item.component.beside)]
            for group in ("model", item.group):
                targets[group] = tuple(dict.fromkeys([*targets[group], *beside, Need(spec.name)]))
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
        variables={name: value for name, value in variables.items() if name != "config" and value is not None},
    )
    return recipe, []


def _looked_at(groups: Sequence[str], targets: Yaml | None) -> list[str]:
    """The lists of a config that matter for some groups: one, where all that is asked for is of one half."""
    known = {*LISTS.values(), *(targets.keys if targets is not None else ())}
    is_half = not set(groups).isdisjoint(LISTS.values()) and set(groups) <= known
    return [key for key, group in LISTS.items() if not is_half or group in groups]


@dataclass(frozen=True)
class _Read:
    """What a config says."""

    items: list[Item]
    sources: list[Item] = field(default_factory=list)
    beside: list[Item] | None = field(default_factory=list)
    """The pipeline where policies alone are built: stories may have texts. None where no such texts are looked at."""
    sees: Mapping[str, frozenset[str]] | None = None
    """By what items are called there: those whose outputs reach each. None where all earlier ones do."""
    tuning: Tuning = field(default_factory=Tuning)
    lists: Mapping[str, Any] | None = None
    """What checks are told of the lists of a config that has none."""


def _read(tree: Yaml, project: Path, keys: Sequence[str], problems: list[Problem], notices: list[Problem]) -> _Read:
    """What a config says in the lists that are looked at (`keys`)."""
    if is_graph(tree):
        graph = read_graph(tree, project, problems, notices)
        items = [item for item in graph.items if any(LISTS[key] == item.group for key in keys)]
        beside = [item for item in graph.items if item.group == LISTS["pipeline"]] if keys == ["policies"] else []
        texts = beside if graph.with_texts else None
        return _Read(items, [], texts, graph.sees, graph.tuning, graph_variables(graph))
    items = [item for key in keys for item in read_items(tree, key, project, problems, notices)]
    sources = [item for key in keys for item in read_sources(tree, key, project, problems)]
    # What is wrong in a pipeline that is not built is passed over.
    beside = list(read_items(tree, "pipeline", project, [], [])) if keys == ["policies"] else []
    return _Read(items, sources, beside)


def is_graph(tree: Yaml) -> bool:
    """Whether a config has schemas for lists."""
    name = tree.get("recipe")
    return name is not None and name.value == GRAPH


def config_variables(tree: Yaml, problems: list[Problem]) -> dict[str, Any]:
    """What a config says, as variables of the base recipe: its checks read them. Defaults are filled in.

    A list that is not trained, or whose shape is not known, is None.
    """
    config: dict[str, Any] = {key: _scalar(tree.get(key), problems) for key in ("language", "assistant_id")}
    listed = {} if is_graph(tree) else {key: _listed(tree, key) for key in DEFAULTS}
    config["file"] = tree.location.path
    if written := _written([one for items in listed.values() for one in items or ()]):
        config["written"] = written
    language = config["language"] if isinstance(config["language"], str) else None
    lists = {
        key: None if items is None else [{"name": one.name, **one.options} for one in items]
        for key, items in listed.items()
    }
    return with_lists({"config": config, "language": language}, {**dict.fromkeys(DEFAULTS), **lists})


def with_lists(variables: Mapping[str, Any], lists: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a config with what its lists have."""
    names = [str(one["name"]) for one in lists["pipeline"] or ()]
    tokenizer = next((name for name in names if name.endswith("Tokenizer")), None)
    return {**variables, "config": {**variables["config"], **lists}, "tokenizer": tokenizer}


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
    known = GRAPH_KEYS if is_graph(tree) else LISTS
    for key in tree.keys:
        close = difflib.get_close_matches(key, known, n=1, cutoff=0.8)
        if key not in known and close:
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
    read: _Read, base: Sequence[Made], project: Path, problems: list[Problem]
) -> Iterator[tuple[NodeSpec, Item | None]]:
    """The nodes of all items, and of what ends the pipeline; without an item those of texts in stories."""
    items = read.items
    last = {item.group: position for position, item in enumerate(items)}
    names = node_names(items)
    texts = Spelt() if read.beside is None else spelt(items, names, base, project, read.beside)
    yield from ((spec, None) for spec in texts.specs)
    given = [*base, *_told_to_all(items, names)]
    specs: list[NodeSpec] = []

    def made_for(position: int, sees: frozenset[str] | None) -> list[Made]:
        """What the items before a position make, or those of them that it sees."""
        made = list(given)
        for earlier in range(position):
            if sees is None or items[earlier].called in sees:
                _put(specs[earlier], items[earlier], made, names_of(items[earlier], names[earlier], earlier))
        return made

    for position, item in enumerate(items):
        made = made_for(position, read.sees[item.called] if read.sees is not None else None)
        spec = spec_of(item, names[position], [*made, *texts.made.get(names[position], ())], problems)
        specs.append(spec)
        yield spec, item
        uses = _LAST[item.group]
        if last[item.group] == position and item.uses != uses:
            ending = Item(item.group, uses, {}, item.location, {}, registry.load(uses, project))
            spec = spec_of(ending, snake(uses), made_for(position + 1, None), problems)
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
