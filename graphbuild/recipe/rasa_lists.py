"""The two lists of Rasa's config.yml as they are written: items in today's words, each option with its place.

What is of an older Rasa is translated (contract.translation), with a notice for each item. Loads no component.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.translation import Remark, TranslatedItem, Translation, Written, as_written
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Level, Location, Problem
from graphbuild.recipe.native import place_options
from graphbuild.recipe.recipe import Place

LISTS = {"pipeline": "nlu", "policies": "core"}
"""Key of the config -> target group of its items."""
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
REFERENCE = re.compile(r"\$\{([^}]+)\}")
"""A variable of the environment in a value."""
DEFAULTS = {"pipeline": DEFAULT_PIPELINE, "policies": DEFAULT_POLICIES}
"""What Rasa fills in for a list that is missing or empty."""


@dataclass(frozen=True)
class ListedItem:
    """One component of the config, not looked up yet."""

    name: str
    options: Mapping[str, Any]
    location: Location
    places: Mapping[Place, Location]
    written: str = ""
    """The name that stands there; empty where none does."""


@dataclass(frozen=True)
class ReadList:
    """A list, what is read in it otherwise than it is written, and what is wrong with it."""

    items: tuple[ListedItem, ...] = ()
    notices: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()


def is_given(tree: Yaml, key: str) -> bool:
    """Whether a config has a list, and something in it."""
    given = tree.get(key)
    return given is not None and bool(given.value)


def is_left_out(tree: Yaml, key: str) -> bool:
    """Whether a config is of the other half alone: that half is trained."""
    other = next(name for name in LISTS if name != key)
    return key not in tree and is_given(tree, other)


def read_list(tree: Yaml, key: str) -> ReadList:
    """The list of a config that has it, and what another list of it adds."""
    given = tree[key]
    if not _is_readable(given, key):
        what = f"`{key}` is a list of components, not {given.kind}"
        return ReadList(problems=(Problem(what, given.location),))
    problems: list[Problem] = []
    read, entries = _translated(tree, key, problems)
    refused = {one.at.position for one in read.refusals}
    items = [_listed(one, entries) for one in read.items if one.position not in refused]
    return ReadList(
        tuple(_with_added(items, _added(tree, key))),
        tuple(_problem(one, entries, Level.WARNING) for one in read.notices),
        (*problems, *(_problem(one, entries, Level.ERROR) for one in read.refusals)),
    )


def default_list(tree: Yaml, key: str) -> tuple[ListedItem, ...]:
    """What Rasa fills in for a list that is missing or empty, and what another list of the config has instead."""
    if is_left_out(tree, key):
        return ()
    location = tree.key_location(key)
    added = _added(tree, key)
    names = [one.name for one in added]
    plain = [
        (str(one["name"]), {name: value for name, value in one.items() if name != "name"}) for one in DEFAULTS[key]
    ]
    return (*(ListedItem(name, options, location, {}) for name, options in plain if name not in names), *added)


def sources_of(tree: Yaml, key: str) -> tuple[ListedItem, ...]:
    """Importers of data that does part of what a list says."""
    if not is_given(tree, key) or not _is_readable(tree[key], key):
        return ()
    read, entries = _translated(tree, key, [])
    return tuple(_listed(one, entries) for one in read.sources)


def notices_of(tree: Yaml) -> tuple[Problem, ...]:
    """What is read in both lists otherwise than it is written."""
    return tuple(notice for key in LISTS if is_given(tree, key) for notice in read_list(tree, key).notices)


def _is_readable(given: Yaml, key: str) -> bool:
    return given.is_list or (isinstance(given.value, str) and registry.translator(key) is not None)


def _translated(tree: Yaml, key: str, problems: list[Problem]) -> tuple[Translation, list[Yaml]]:
    """A list in the words of today, and its items as they are written."""
    given = tree[key]
    translate = registry.translator(key)
    is_text = not given.is_list
    entries = [given] if is_text else [entry for entry in given if _has_name(entry, key, problems)]
    plain = [_plain(entry, problems) for entry in entries]
    language = tree.get("language")
    spoken = language.value if language is not None and isinstance(language.value, str) else None
    read = as_written(plain) if translate is None else translate(given.value if is_text else plain, spoken)
    return read, entries


def _added(tree: Yaml, key: str) -> list[ListedItem]:
    """What the other list of a config adds to this one."""
    found = []
    for other in LISTS:
        if other != key and is_given(tree, other) and _is_readable(tree[other], other):
            read, entries = _translated(tree, other, [])
            found += [_listed(one, entries) for one in read.elsewhere.get(key, ())]
    return found


def _with_added(items: Sequence[ListedItem], added: Sequence[ListedItem]) -> Iterator[ListedItem]:
    """A list and what is added to it: to its item of that name, whose own options count, else at its end."""
    by_name = {one.name: one for one in added}
    for item in items:
        more = by_name.pop(item.name, None)
        if more is None:
            yield item
        else:
            places = {**more.places, **item.places}
            yield replace(item, options={**more.options, **item.options}, places=places)
    yield from by_name.values()


def _name(entry: Yaml) -> Yaml:
    return entry if isinstance(entry.value, str) else entry["name"]


def _has_name(entry: Yaml, key: str, problems: list[Problem]) -> bool:
    name = entry if isinstance(entry.value, str) else entry.get("name")
    if name is not None and isinstance(name.value, str):
        return True
    problems.append(Problem(f"this item of `{key}` has no `name`", entry.location))
    return False


def _plain(entry: Yaml, problems: list[Problem]) -> dict[str, Any]:
    options = {name: with_environment(one, problems) for name, one in entry.items() if name != "name"}
    return {"name": _name(entry).value, **options}


def _listed(item: TranslatedItem, entries: Sequence[Yaml]) -> ListedItem:
    name = _name(entries[item.position])
    location = name.location
    places: dict[Place, Location] = {("uses",): location}
    for option, origin in item.origins.items():
        places["with", option] = _place(origin, entries)
        if origin.option is not None:
            place_options(("with", option), entries[origin.position][origin.option], places)
    return ListedItem(item.name, item.options, location, places, str(name.value))


def _problem(remark: Remark, entries: Sequence[Yaml], level: Level) -> Problem:
    return Problem(remark.what, _place(remark.at, entries), hint=remark.hint, level=level)


def _place(written: Written, entries: Sequence[Yaml]) -> Location:
    entry = entries[written.position]
    return _name(entry).location if written.option is None else entry.key_location(written.option)


def with_environment(tree: Yaml, problems: list[Problem]) -> Any:
    """A plain value with `${NAME}` filled in from the environment, as Rasa does."""
    if isinstance(tree.value, dict):
        return {key: with_environment(one, problems) for key, one in tree.items()}
    if isinstance(tree.value, list):
        return [with_environment(one, problems) for one in tree]
    if not isinstance(tree.value, str):
        return tree.value

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            problems.append(Problem(f"the environment has no `{found[1]}`", tree.location))
        return os.environ.get(found[1], "")

    return REFERENCE.sub(value, tree.value)
