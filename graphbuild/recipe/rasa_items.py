"""The items of Rasa's config.yml as components: names looked up, options checked. Knows no component by name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import MODEL, Component
from graphbuild.contract.options import read_options, without
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import ComponentError, Level, Location, Problem
from graphbuild.recipe.rasa_lists import LISTS, ListedItem, default_list, is_given, read_list, sources_of
from graphbuild.recipe.recipe import Place

_POLICY = "policy"
FEATURIZER = "featurizer"
_IMPORTS_RASA = re.compile(r"No module named 'rasa['.]")
_NO_COMPONENT = "is not a graphbuild Component"
_OF_RASA = "a class that is written for Rasa imports its names from `graphbuild.rasa_style` here: docs/migrating.md"


@dataclass(frozen=True)
class Item:
    """One component of the config."""

    group: str
    uses: str
    options: Mapping[str, Any]
    location: Location | None
    """None of one that no config names."""
    places: Mapping[Place, Location]
    component: type[Component]
    called: str = ""
    """The name that the config itself gives it, where it does."""

    def place(self, path: tuple[str, ...]) -> Location | None:
        """Where an option stands, or the closest one around it that has a place."""
        inside = (self.places.get(("with", *path[:length])) for length in range(len(path), 0, -1))
        return next((place for place in inside if place is not None), self.location)


def read_items(tree: Yaml, key: str, project: Path, problems: list[Problem], notices: list[Problem]) -> Iterator[Item]:
    """The items of one list, or of Rasa's defaults for it. `notices`: what is read otherwise than it is written."""
    if not is_given(tree, key):
        found = list(_defaults(tree, key, project, problems))
        if found:
            names = ", ".join(item.uses for item in found)
            what = f"`{key}` names no components: those that Rasa takes by default are used ({names})"
            hint = "`graphbuild train --write-config` writes them into the file"
            notices.append(Problem(what, tree.key_location(key), hint=hint, level=Level.NOTE))
        yield from found
        return
    read = read_list(tree, key)
    problems += read.problems
    notices += read.notices
    for one in read.items:
        component = load_item(uses_of(one.name), key, project, one.location, problems)
        if component is not None and _check_kind(key, one.name, component, one.location, problems):
            yield checked(_item(one, LISTS[key], component), problems, notices)


def read_sources(tree: Yaml, key: str, project: Path, problems: list[Problem]) -> Iterator[Item]:
    """The importers of data that does part of what a list says."""
    for one in sources_of(tree, key):
        yield checked(_item(one, LISTS[key], registry.load(one.name, project)), problems, [])


def _item(one: ListedItem, group: str, component: type[Component]) -> Item:
    return Item(group, uses_of(one.name), one.options, one.location, one.places, component)


def checked(item: Item, problems: list[Problem], notices: list[Problem]) -> Item:
    """The item, its options looked at. Rasa's policies pass over options that they do not know: so is done here."""
    wrong = read_options(item.component.Config, item.options)[1]
    facts = (("component", item.uses),)
    passes = item.component.kind == _POLICY and is_there(item.uses)
    unknown = [one for one in wrong if one.is_unknown and passes]
    problems.extend(Problem(one.what, item.place(one.path), facts, one.hint) for one in wrong if one not in unknown)
    for one in unknown:
        what = f"{one.what}: it is passed over"
        notices.append(Problem(what, item.place(one.path), facts, one.hint, level=Level.WARNING))
    options = item.options
    for one in unknown:
        options = without(options, one.path)
    return replace(item, options=options)


def is_there(name: str) -> bool:
    """Whether there is a component of a name."""
    return name in registry.catalogue()


def _check_kind(key: str, name: str, component: type[Component], place: Location, problems: list[Problem]) -> bool:
    is_policy = component.kind == _POLICY
    if is_policy == (key == "policies"):
        return True
    what = f"`{name}` is a {component.kind} and does not belong under `{key}`"
    problems.append(Problem(what, place, hint=f"move it to `{'policies' if is_policy else 'pipeline'}`"))
    return False


def _defaults(tree: Yaml, key: str, project: Path, problems: list[Problem]) -> Iterator[Item]:
    """What Rasa fills in for a list that is missing or empty. Nothing is ever written into the user's file."""
    items = default_list(tree, key)
    missing = [one.name for one in items if not is_there(one.name)]
    if missing:
        problems.append(
            Problem(
                f"`{key}` is empty, and Rasa's defaults for it need components that do not exist yet",
                tree.key_location(key),
                (("missing", ", ".join(missing)),),
                f"name the components under `{key}`, or use `--config recipe:light`",
            )
        )
        return
    for one in items:
        yield checked(_item(one, LISTS[key], registry.load(one.name, project)), problems, [])


def uses_of(name: str) -> str:
    """`package.module.Class` of a config is `package.module:Class` of a recipe."""
    if "." not in name or ":" in name:
        return name
    module, _, attribute = name.rpartition(".")
    return attribute if module.startswith("rasa.") else f"{module}:{attribute}"


def load_item(
    uses: str, key: str, project: Path, location: Location, problems: list[Problem]
) -> type[Component] | None:
    """The component of an item of a list; None where it cannot be loaded, which is added to the problems."""
    try:
        return registry.load(uses, project)
    except ComponentError as error:
        problems += [_unknown_component(problem, uses, key, location, problems) for problem in error.problems]
        return None


def _unknown_component(problem: Problem, uses: str, key: str, location: Location, before: list[Problem]) -> Problem:
    """A problem of loading, at its place; the closest name of those that exist, else all of them."""
    if _IMPORTS_RASA.search(problem.what) or (":" in uses and problem.what.endswith(_NO_COMPONENT)):
        return Problem(problem.what, location, problem.facts, _OF_RASA)
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
    wanted = (
        (_POLICY,) if key == "policies" else (MODEL, "tokenizer", FEATURIZER, "classifier", "selector", "extractor")
    )
    classes = {name: registry.load(name) for name in registry.catalogue()}
    return ", ".join(
        name
        for name, component in classes.items()
        if component.kind in wanted
        and component.__module__.startswith("graphbuild.assistant.nlu") == (key == "pipeline")
    )
