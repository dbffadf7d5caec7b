"""The front end for Rasa's config.yml (`recipe: default.v1`): its pipeline and policies as nodes of the same graph.

Knows no component by name: it takes the packaged recipe `rasa-base` (importers, trackers), appends each item of the two
lists, and fills an item's input ports by type: the latest earlier producer for a port that takes one, all earlier ones
for a port that takes many. Facts: RASA.md 2.3, 2.5.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import Component, InputPort, Operation, is_trainable, signature
from graphbuild.contract.options import read_options
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
_PREPARE = ("tokenizer", "featurizer")
"""Kinds whose nodes are kept only for others."""
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


def is_rasa_config(tree: Yaml) -> bool:
    """Whether a document is a Rasa config and not a native recipe."""
    is_native = any(key in tree for key in ("graphbuild", "nodes", "extends"))
    return not is_native and any(key in tree for key in (*_LISTS, "recipe", "language", "assistant_id"))


def rasa_recipe(
    label: str, layer: Layer, project: Path, variables: Mapping[str, Any]
) -> tuple[Recipe | None, list[Problem]]:
    """The recipe that a config equals; None when there are problems."""
    name = layer.tree.get("recipe")
    if name is not None and name.value not in (None, "default.v1"):
        hint = "`graph.v1` comes in a later release" if name.value == "graph.v1" else "write `recipe: default.v1`"
        return None, [Problem(f"recipe `{name.value}` is not read", name.location, hint=hint)]
    problems = [*layer.problems, *_check_keys(layer.tree)]
    items = [item for key in _LISTS for item in _items(layer.tree, key, project, problems)]
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
    for position, item in enumerate(items):
        spec = _spec(item, position, made)
        nodes[spec.name] = spec
        outputs = signature(item.component, Operation.APPLY).outputs
        made.extend(_Made(Need(spec.name, port), kind) for port, kind in outputs.items())
        if item.component.kind not in _PREPARE:
            for group in ("model", item.group):
                targets[group] = (*targets[group], Need(spec.name))
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
    wanted = (_POLICY,) if key == "policies" else ("tokenizer", "featurizer", "classifier", "extractor")
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


def _spec(item: _Item, position: int, made: list[_Made]) -> NodeSpec:
    ports: dict[str, InputPort] = {}
    for operation in [Operation.APPLY, *([Operation.TRAIN] if is_trainable(item.component) else [])]:
        ports.update(signature(item.component, operation).inputs)
    needs = {}
    for port in ports.values():
        fitting = [one for one in made if issubclass(one.type, port.type)]
        same_name = [one for one in fitting if one.need.port == port.name]
        if port.many:
            # None is an answer too: a pipeline without extractors has nothing for its synonyms.
            needs[port.name] = tuple(one.need for one in fitting)
        elif fitting:
            # Among ports of one node that make the same type, the name decides.
            best = same_name[-1] if same_name and same_name[-1].need.node == fitting[-1].need.node else fitting[-1]
            needs[port.name] = (best.need,)
    name = f"{_snake(item.uses.rpartition(':')[2])}_{position}"
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
