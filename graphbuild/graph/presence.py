"""Presence: which nodes and targets of a recipe are there, where some are only for what the files of a project hold.

Such as the nodes that make features of texts in stories: most projects have no such texts, and then no such nodes; or
a whole half of an assistant, where there is nothing to learn it from.
Reads the files; whether they still hold the same is asked with what a store remembers (plan/holdings.py).
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from graphbuild.contract import digest, registry
from graphbuild.contract.component import has_holdings
from graphbuild.contract.digest import Digest
from graphbuild.contract.source import contents
from graphbuild.errors import ComponentError, Problem, RecipeError
from graphbuild.graph.sources import alternatives, list_files
from graphbuild.recipe.layer import with_texts
from graphbuild.recipe.recipe import Need, NodeSpec, Recipe

IMPORTER = "importer"
WHOLE = "model"
"""The target group that leaves out others, where there is nothing to make these of."""


@dataclass(frozen=True)
class Held:
    """What the files of a project hold."""

    readers: tuple[str, ...]
    """The components, as nodes name them, whose files were looked at."""
    files: Mapping[str, frozenset[str]]
    """By label; those that hold nothing are left out."""
    contents: Mapping[str, Digest] = field(default_factory=dict)
    """The content of each file that was looked at, by label."""
    modules: tuple[Path, ...] = ()
    """Where what looked at them is written."""
    missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Node -> words of its `reads` that name nothing."""

    @property
    def all(self) -> frozenset[str]:
        """What any file holds."""
        return frozenset[str]().union(*self.files.values())


@dataclass(frozen=True)
class Presence:
    """A recipe with the nodes that are there, and what was looked at to know that."""

    recipe: Recipe
    held: Held | None = None
    """None where it does not matter what files hold."""
    left_out: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Target groups that are not made as part of the whole -> what no file holds that they are made of."""


def present(recipe: Recipe, project: Path, *, only_nodes: bool = False) -> Presence:
    """The recipe without nodes that are only for what no file holds, and without needs of these.

    `only_nodes`: whether it does not matter what target groups could be made of.
    """
    needed_by_nodes = any(spec.only_for is not None for spec in recipe.nodes.values())
    if not needed_by_nodes and (only_nodes or not any(group in recipe.targets for group in recipe.only_for)):
        return Presence(recipe)
    readers = [spec for spec in recipe.nodes.values() if spec.reads and _tells(spec, project)]
    held = _held(readers, project)
    gone = {name for name, spec in recipe.nodes.items() if spec.only_for is not None and spec.only_for not in held.all}
    nodes = {name: _without(spec, gone) for name, spec in recipe.nodes.items() if name not in gone}
    left_out = {} if _is_unknown(recipe, project) else _lacking(recipe, held.all)
    return Presence(replace(recipe, nodes=nodes), held, left_out)


def present_targets(recipe: Recipe, project: Path, targets: Sequence[str] = ()) -> Presence:
    """`present`, for some targets: the whole is without the groups that there is nothing to make of.

    Raises RecipeError where that is all of it, and for a group that was asked for itself.
    """
    asks_whole = WHOLE in targets or not targets
    found = present(recipe, project, only_nodes=not asks_whole and recipe.only_for.keys().isdisjoint(targets))
    missing = found.held.missing if found.held is not None else {}
    asked = [group for group in found.left_out if group in targets or (group == WHOLE and asks_whole)]
    if asked and not missing.keys().isdisjoint(_needed(found.recipe, asked)):
        return replace(found, left_out={})  # compiling tells of what is missing
    if asked:
        raise with_texts(RecipeError([_nothing(group, found.left_out[group]) for group in asked]), dict(recipe.texts))
    if not found.left_out or not asks_whole or WHOLE not in recipe.targets or _names_a_missing_path(missing):
        return replace(found, left_out={})
    whole = _whole_without(recipe, found.left_out)
    if whole:
        return replace(found, recipe=replace(found.recipe, targets={**recipe.targets, WHOLE: whole}))
    if missing:
        return replace(found, left_out={})
    lacking = tuple(dict.fromkeys(word for words in found.left_out.values() for word in words))
    raise with_texts(RecipeError(_nothing(WHOLE, lacking)), dict(recipe.texts))


def _names_a_missing_path(missing: Mapping[str, Sequence[str]]) -> bool:
    """Whether a path that was named is not there: that is an error, and no reason to leave something out."""
    return any(len(alternatives(word)) == 1 for words in missing.values() for word in words)


def _whole_without(recipe: Recipe, left_out: Iterable[str]) -> tuple[Need, ...]:
    """What the whole is made of without some groups; what another group needs, too, stays."""
    dropped = {need for group in left_out for need in recipe.targets[group]}
    others = [group for group in recipe.only_for if group in recipe.targets and group not in left_out]
    kept = {need for group in others for need in recipe.targets[group]}
    return tuple(need for need in recipe.targets[WHOLE] if need in kept or need not in dropped)


def _needed(recipe: Recipe, groups: Sequence[str]) -> set[str]:
    """The nodes that some target groups are made of, and all that these need."""
    queue = [need.node for group in groups for need in recipe.targets[group]]
    found = set(queue)
    for name in queue:
        needs = recipe.nodes[name].needs if name in recipe.nodes else {}
        new = {need.node for needed in needs.values() for need in needed} - found
        found |= new
        queue.extend(new)
    return found


def _nothing(group: str, lacking: Sequence[str]) -> Problem:
    words = ", and none holds ".join(" or ".join(f"`{one}`" for one in alternatives(word)) for word in lacking)
    what = "there is nothing to train from" if group == WHOLE else f"there is nothing to train `{group}` from"
    return Problem(f"{what}: no file holds {words}", hint="name the files: --data PATH, --domain PATH")


def _lacking(recipe: Recipe, there: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Groups -> what they are only for and no file holds."""
    lacking = {
        group: tuple(word for word in words if not there & set(alternatives(word)))
        for group, words in recipe.only_for.items()
        if group in recipe.targets
    }
    return {group: words for group, words in lacking.items() if words}


def _is_unknown(recipe: Recipe, project: Path) -> bool:
    """Whether something beside files that tell gives data: a user's importer may hold anything."""
    given = [spec for spec in recipe.nodes.values() if not spec.needs and not _tells(spec, project)]
    return any(_is_importer(spec, project) for spec in given)


def _is_importer(spec: NodeSpec, project: Path) -> bool:
    try:
        return registry.load(spec.uses, project).kind == IMPORTER
    except ComponentError:
        return True  # what is wrong with it is told where it is compiled, and nothing is left out meanwhile


def _tells(spec: NodeSpec, project: Path) -> bool:
    """Whether a node says what the files that it reads hold. What is wrong with it is told elsewhere."""
    try:
        return has_holdings(registry.load(spec.uses, project))
    except ComponentError:
        return False


def _held(readers: Sequence[NodeSpec], project: Path) -> Held:
    looked = [one for spec in readers for one in _looked_at(spec, project)]
    files: dict[str, frozenset[str]] = {}
    for label, _, names in looked:
        if names:
            files[label] = files.get(label, frozenset()) | names
    known = {label: content for label, content, _ in looked}
    uses = tuple(sorted({spec.uses for spec in readers}))
    modules = tuple(dict.fromkeys(path for spec in readers if (path := _module(spec, project)) is not None))
    listings = {
        spec.name: list_files(project, spec.reads, registry.load(spec.uses, project).suffixes) for spec in readers
    }
    missing = {name: listing.missing for name, listing in listings.items() if listing.missing}
    return Held(uses, files, known, modules, missing)


def _looked_at(spec: NodeSpec, project: Path) -> Iterator[tuple[str, Digest, frozenset[str]]]:
    """What the files that a node reads hold. That one cannot be read is told where it is."""
    component = registry.load(spec.uses, project)
    for label in list_files(project, spec.reads, component.suffixes).files:
        path = project / label
        with contextlib.suppress(OSError):
            content = contents(path)
            yield label, digest.of_bytes(content), component.holds(content, path.suffix.lower())


def _module(spec: NodeSpec, project: Path) -> Path | None:
    module = sys.modules.get(registry.load(spec.uses, project).__module__)
    return Path(module.__file__) if module is not None and module.__file__ else None


def _without(spec: NodeSpec, gone: set[str]) -> NodeSpec:
    """A node without needs of some others. A port that needed nothing else is as if it had not been written."""
    needs = {port: tuple(one for one in needed if one.node not in gone) for port, needed in spec.needs.items()}
    return replace(spec, needs={port: left for port, left in needs.items() if left or not spec.needs[port]})
