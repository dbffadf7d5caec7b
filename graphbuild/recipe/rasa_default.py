"""The front end for Rasa's config.yml (`recipe: default.v1`): its pipeline and policies as nodes of the same graph.

Knows no component by name: it takes the packaged recipe `rasa-base` (importers, trackers), appends each item of the two
lists, and fills an item's input ports by type: the latest earlier producer for a port that takes one, all earlier ones
for a port that takes many. An item that takes all of a type and makes one of that type stands for them from then on.
Facts: RASA.md 2.3, 2.5.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import MODEL, Component, InputPort, Operation, is_trainable, signature
from graphbuild.contract.options import did_you_mean, read_options
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import ComponentError, Location, Problem, RecipeError
from graphbuild.recipe.layer import Layer, layers_of, read_layer
from graphbuild.recipe.native import native_recipe, place_options
from graphbuild.recipe.packaged import PREFIX, find_recipe
from graphbuild.recipe.rasa_importers import read_importing, with_folders, with_importers
from graphbuild.recipe.recipe import Need, NodeSpec, Place, Recipe

_POLICY = "policy"
_REFERENCE = re.compile(r"\$\{([^}]+)\}")
BASE = f"{PREFIX}rasa-base"
_LISTS = {"pipeline": "nlu", "policies": "core"}
"""Key of the config -> target group of its items."""
_FEATURIZER = "featurizer"
_PREPARE = ("tokenizer", _FEATURIZER, MODEL)
"""Kinds whose nodes are kept only for others."""
_LAST = "RegexMessageHandler"
"""What every pipeline that predicts something ends with, named or not."""
DEFAULT_PIPELINE: tuple[Mapping[str, Any], ...] = (
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
    {"name": "ResponseSelector", "epochs": 100, "constrain_similarities": True},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
)
DEFAULT_POLICIES: tuple[Mapping[str, Any], ...] = (
    {"name": "MemoizationPolicy"},
    {"name": "RulePolicy"},
    {"name": "UnexpecTEDIntentPolicy", "max_history": 5, "epochs": 100},
    {"name": "TEDPolicy", "max_history": 5, "epochs": 100, "constrain_similarities": True},
)


@dataclass(frozen=True)
class _Item:
    """One component of the config."""

    group: str
    uses: str
    options: Mapping[str, Any]
    location: Location
    places: Mapping[Place, Location]
    component: type[Component]


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
    return not is_native and any(key in tree for key in (*_LISTS, "recipe", "language", "assistant_id"))


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
    is_half = groups and set(groups) <= set(_LISTS.values())
    keys = [key for key, group in _LISTS.items() if not is_half or group in groups]
    items = [item for key in keys for item in _items(layer.tree, key, project, problems)]
    importing = read_importing(layer.tree, layer.file.path.resolve(), project, problems)
    base_layers, wrong = layers_of(read_layer(find_recipe(BASE, project)))
    said = config_variables(layer.tree, problems)
    variables = {**said, **variables}
    variables = with_folders(variables, base_layers[-1].tree.get("vars"), importing.folders)
    base, more = native_recipe(BASE, base_layers, variables)
    problems += [*wrong, *more]
    nodes = with_importers(base.nodes, importing, project, problems) if base is not None else {}
    if base is None or problems:
        return None, problems
    made = _made_by(base, project)
    groups = [group for group in _LISTS.values() if any(item.group == group for item in items)]
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
        files=(layer.file.path, *importing.configs, *base.files),
        texts={**base.texts, layer.file.label: layer.text},
        environment=tuple(sorted(set(_REFERENCE.findall(layer.text)))),
    )
    return recipe, []


def config_variables(tree: Yaml, problems: list[Problem]) -> dict[str, Any]:
    """What a config says, as variables of the base recipe: its checks read them. Defaults are filled in.

    A list that is not trained, or whose shape is not known, is None; `lacks` names components of Rasa's defaults that
    do not exist yet, so that nobody is asked to add one.
    """
    config: dict[str, Any] = {key: _scalar(tree.get(key), problems) for key in ("language", "assistant_id")}
    for key, defaults in (("pipeline", DEFAULT_PIPELINE), ("policies", DEFAULT_POLICIES)):
        given = tree.get(key)
        if given is None or not given.value:
            config[key] = None if _is_left_out(tree, key) else [dict(one) for one in defaults]
        else:
            config[key] = _listed(given)
    config["lacks"] = [one["name"] for one in (*DEFAULT_PIPELINE, *DEFAULT_POLICIES) if not _is_there(str(one["name"]))]
    config["file"] = tree.location.path
    names = [str(one["name"]) for one in config["pipeline"] or ()]
    tokenizer = next((name for name in names if name.endswith("Tokenizer")), None)
    language = config["language"] if isinstance(config["language"], str) else None
    return {"config": config, "tokenizer": tokenizer, "language": language}


def _listed(given: Yaml) -> list[dict[str, Any]] | None:
    """A list of components, those of a wrong shape left out: they are problems elsewhere."""
    if not given.is_list:
        return None
    items = [{"name": one.value} if isinstance(one.value, str) else one.plain() for one in given]
    return [one for one in items if isinstance(one, dict) and isinstance(one.get("name"), str)]


def _is_there(name: str) -> bool:
    return name in registry.catalogue()


def _scalar(node: Yaml | None, problems: list[Problem]) -> Any:
    return None if node is None or node.is_mapping or node.is_list else _with_environment(node, problems)


def _is_left_out(tree: Yaml, key: str) -> bool:
    """Whether a config is of the other half alone: that half is trained."""
    other = next(name for name in _LISTS if name != key)
    return key not in tree and (found := tree.get(other)) is not None and bool(found.value)


def _items(tree: Yaml, key: str, project: Path, problems: list[Problem]) -> Iterator[_Item]:
    given = tree.get(key)
    if given is None or not given.value:
        yield from _defaults(tree, key, project, problems)
        return
    if not given.is_list:
        problems.append(Problem(f"`{key}` is a list of components, not {given.kind}", given.location))
        return
    for entry in given:
        name = entry if isinstance(entry.value, str) else entry.get("name")
        if name is None or not isinstance(name.value, str):
            problems.append(Problem(f"this item of `{key}` has no `name`", entry.location))
            continue
        uses = _uses(name.value)
        component = _load(uses, key, project, name.location, problems)
        options = {option: one for option, one in entry.items() if option != "name"}
        places: dict[Place, Location] = {("uses",): name.location}
        place_options(("with",), Yaml(options, entry.location, entry.keys), places)
        if component is not None and _check_kind(key, name.value, component, name.location, problems):
            plain = {option: _with_environment(one, problems) for option, one in options.items()}
            problems.extend(
                Problem(wrong.what, _place(wrong.path, places), (("component", uses),), wrong.hint)
                for wrong in read_options(component.Config, plain)[1]
            )
            yield _Item(_LISTS[key], uses, plain, name.location, places, component)


def _place(path: tuple[str, ...], places: Mapping[Place, Location]) -> Location | None:
    """Where an option stands, or the closest one around it that has a place."""
    inside = (places.get(("with", *path[:length])) for length in range(len(path), 0, -1))
    return next((place for place in inside if place is not None), places["uses",])


def _check_keys(tree: Yaml) -> Iterator[Problem]:
    """Misspelt lists, which would else be missing without a word."""
    for key in tree.keys:
        close = difflib.get_close_matches(key, _LISTS, n=1, cutoff=0.8)
        if key not in _LISTS and close:
            yield Problem(
                f"a Rasa config has no key `{key}`", tree.key_location(key), hint=f"did you mean `{close[0]}`?"
            )


def _check_kind(key: str, name: str, component: type[Component], place: Location, problems: list[Problem]) -> bool:
    is_policy = component.kind == _POLICY
    if is_policy == (key == "policies"):
        return True
    what = f"`{name}` is a {component.kind} and does not belong under `{key}`"
    problems.append(Problem(what, place, hint=f"move it to `{'policies' if is_policy else 'pipeline'}`"))
    return False


def _defaults(tree: Yaml, key: str, project: Path, problems: list[Problem]) -> Iterator[_Item]:
    """What Rasa fills in for a list that is missing or empty. Nothing is ever written into the user's file."""
    if _is_left_out(tree, key):
        return
    location = tree.key_location(key)
    defaults = DEFAULT_PIPELINE if key == "pipeline" else DEFAULT_POLICIES
    missing = [str(one["name"]) for one in defaults if not _is_there(str(one["name"]))]
    if missing:
        problems.append(
            Problem(
                f"`{key}` is empty, and Rasa's defaults for it need components that do not exist yet",
                location,
                (("missing", ", ".join(missing)),),
                f"name the components under `{key}`, or use `--config recipe:light`",
            )
        )
        return
    for one in defaults:
        uses = str(one["name"])
        options = {name: value for name, value in one.items() if name != "name"}
        yield _Item(_LISTS[key], uses, options, location, {}, registry.load(uses, project))


def _uses(name: str) -> str:
    """`package.module.Class` of a config is `package.module:Class` of a recipe."""
    if "." not in name or ":" in name:
        return name
    module, _, attribute = name.rpartition(".")
    return attribute if module.startswith("rasa.") else f"{module}:{attribute}"


def _load(uses: str, key: str, project: Path, location: Location, problems: list[Problem]) -> type[Component] | None:
    try:
        return registry.load(uses, project)
    except ComponentError as error:
        problems += [_unknown_component(problem, uses, key, location, problems) for problem in error.problems]
        return None


def _unknown_component(problem: Problem, uses: str, key: str, location: Location, before: list[Problem]) -> Problem:
    """A problem of loading, at its place; the closest name of those that exist, else all of them."""
    close = difflib.get_close_matches(uses, registry.catalogue(), n=1, cutoff=0.75)
    if ":" in uses or close:
        hint = f"did you mean `{close[0]}`?" if close else problem.hint
        return Problem(problem.what, location, problem.facts, hint)
    # One list of what there is will do for all that are missing.
    fact = f"there is for `{key}`"
    told = any(dict(one.facts).get(fact) for one in before)
    facts = problem.facts if told else (*problem.facts, (fact, _known(key)))
    return Problem(problem.what, location, facts, "see `graphbuild components`")


def _known(key: str) -> str:
    """The components that a list of the config may name, by their kind and by the room of the house they are in."""
    wanted = (_POLICY,) if key == "policies" else (MODEL, "tokenizer", _FEATURIZER, "classifier", "extractor")
    classes = {name: registry.load(name) for name in registry.catalogue()}
    return ", ".join(
        name
        for name, component in classes.items()
        if component.kind in wanted
        and component.__module__.startswith("graphbuild.assistant.nlu") == (key == "pipeline")
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
    items: list[_Item], made: list[_Made], project: Path, problems: list[Problem]
) -> Iterator[tuple[NodeSpec, _Item]]:
    """The nodes of all items, and of what ends the pipeline."""
    pipeline = [item for item in items if item.group == _LISTS["pipeline"]]
    for position, item in enumerate(items):
        spec = _spec(item, f"{_snake(item.uses.rpartition(':')[2])}_{position}", made, problems)
        yield spec, item
        _put(spec, item, made, _names(item, spec.name, position))
        if pipeline and item is pipeline[-1] and item.uses != _LAST:
            last = _Item(item.group, _LAST, {}, item.location, {}, registry.load(_LAST, project))
            spec = _spec(last, _snake(_LAST), made, problems)
            if any(needs and ports.optional for needs, ports in _filled(spec, last)):
                yield spec, last


def _filled(spec: NodeSpec, item: _Item) -> Iterator[tuple[tuple[Need, ...], InputPort]]:
    ports = signature(item.component, Operation.APPLY).inputs
    return ((needs, ports[port]) for port, needs in spec.needs.items() if port in ports)


def _put(spec: NodeSpec, item: _Item, made: list[_Made], names: tuple[str, ...]) -> None:
    """Adds what an item makes; what it stands for goes."""
    outputs = signature(item.component, Operation.APPLY).outputs
    for needs, port in _filled(spec, item):
        if port.many and any(issubclass(kind, port.type) for kind in outputs.values()):
            made[:] = [one for one in made if one.need not in needs]
    made.extend(_Made(Need(spec.name, port), kind, names) for port, kind in outputs.items())


def _names(item: _Item, node: str, position: int) -> tuple[str, ...]:
    """Its alias; without one the node's name here, the one that Rasa gives it, and the component's."""
    if item.component.kind != _FEATURIZER:
        return ()
    alias = item.options.get("alias")
    component = item.uses.rpartition(":")[2]
    return (str(alias),) if alias is not None else (node, f"run_{component}{position}", component)


def _chosen(item: _Item, made: list[_Made], problems: list[Problem]) -> list[_Made]:
    """What an item may use: of featurizers those that its `featurizers` names, where it names any."""
    wanted = item.options.get("featurizers")
    if not isinstance(wanted, list) or not wanted:
        return made
    known = sorted({name for one in made for name in one.names})
    for name in wanted:
        if name not in known:
            what = f"there is no featurizer `{name}` before `{item.uses}`"
            place = _place(("featurizers",), item.places)
            problems.append(Problem(what, place, hint=did_you_mean(str(name), known)))
    return [one for one in made if not one.names or set(one.names) & set(wanted)]


def _spec(item: _Item, name: str, made: list[_Made], problems: list[Problem]) -> NodeSpec:
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


def _with_environment(tree: Yaml, problems: list[Problem]) -> Any:
    """A plain value with `${NAME}` filled in from the environment, as Rasa does."""
    if isinstance(tree.value, dict):
        return {key: _with_environment(one, problems) for key, one in tree.items()}
    if isinstance(tree.value, list):
        return [_with_environment(one, problems) for one in tree]
    if not isinstance(tree.value, str):
        return tree.value

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            problems.append(Problem(f"the environment has no `{found[1]}`", tree.location))
        return os.environ.get(found[1], "")

    return _REFERENCE.sub(value, tree.value)
