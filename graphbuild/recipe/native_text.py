"""A recipe that a Rasa config equals, as text of the native format: its components as nodes over `rasa-base`.

What reads files and makes dialogues is left to the base, but where the config says something of it.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.contract.component import CHECK, OUTPUT
from graphbuild.errors import Problem
from graphbuild.recipe.layer import FORMAT, layers_of, read_layer
from graphbuild.recipe.native import native_recipe
from graphbuild.recipe.native_words import as_yaml_text
from graphbuild.recipe.packaged import PREFIX, find_recipe
from graphbuild.recipe.recipe import Need, NodeSpec, Recipe

_BASE = "rasa-base"
_WIDTH = 110
_POLICIES = ("policy", "ensemble")
_DATA, _UNDERSTANDING, _DIALOGUE = "Data", "Understanding", "Dialogue"
_TEXTS = "Texts of stories, on their way to policies: there only where some story has such texts"
_TITLES = (_DATA, _UNDERSTANDING, _TEXTS, _DIALOGUE)


def native_text(recipe: Recipe, project: Path) -> str:
    """The text of a recipe that was read of a Rasa config. Raises RecipeError where the base cannot be read."""
    base_layers, _ = layers_of(read_layer(find_recipe(f"{PREFIX}{_BASE}", project)))
    declared = base_layers[-1].tree.get("vars")
    variables = {
        name: value
        for name, value in recipe.variables.items()
        if declared is None or name not in declared or declared[name].plain() != value
    }
    base, _ = native_recipe(_BASE, base_layers, variables)
    known = dict(base.nodes) if base is not None else {}
    return (
        "\n".join([*_head(recipe, variables), "nodes:", *_nodes(recipe, known, project), *_targets(recipe, base)])
        + "\n"
    )


def _head(recipe: Recipe, variables: Mapping[str, Any]) -> Iterator[str]:
    yield f"# {recipe.label} of Rasa as a recipe of graphbuild, made by `graphbuild recipes convert`."
    if recipe.environment:
        names = ", ".join(f"${{{name}}}" for name in recipe.environment)
        yield from _comment(f"The values of {names} of the environment are written out.", "")
    placed = {line for spec in recipe.nodes.values() for line in _lines_of(spec)}
    for notice in recipe.notices:
        if notice.location is None or notice.location.line not in placed:
            yield from _comment(_said(notice), "")
    yield f"graphbuild: {FORMAT}"
    yield f"extends: {_BASE}"
    if recipe.language is not None:
        yield f"language: {as_yaml_text(recipe.language)}"
    if recipe.seed:
        yield f"seed: {recipe.seed}"
    yield ""
    if variables:
        yield "vars:"
        yield from (f"  {name}: {as_yaml_text(value)}" for name, value in variables.items())
        yield ""


def _nodes(recipe: Recipe, base: Mapping[str, NodeSpec], project: Path) -> Iterator[str]:
    kinds = {name: registry.load(spec.uses, project).kind for name, spec in recipe.nodes.items()}
    title = ""
    told: set[int] = set()
    titles = {name: _title(spec, kinds[name], known=name in base) for name, spec in recipe.nodes.items()}
    for spec in sorted(recipe.nodes.values(), key=lambda one: _TITLES.index(titles[one.name])):
        if spec.name in base:
            yield from _changed(spec, base[spec.name], kinds[spec.name])
            continue
        if titles[spec.name] != title:
            title = titles[spec.name]
            yield from ("", f"  # {title}")
        here = _lines_of(spec) - told
        told |= here
        for notice in recipe.notices:
            if notice.location is not None and notice.location.line in here:
                yield from _comment(_said(notice), "  ")
        yield f"  {spec.name}:"
        yield f"    uses: {as_yaml_text(spec.uses)}"
        yield from _mapping("needs", _needs(spec.needs))
        yield from _mapping("with", spec.options)
        if spec.reads:
            yield f"    reads: {as_yaml_text(list(spec.reads))}"
        if spec.only_for:
            yield f"    only_for: {spec.only_for}"


def _title(spec: NodeSpec, kind: str, *, known: bool) -> str:
    """The section that a node stands in."""
    if known or spec.reads or kind == "importer":
        return _DATA
    if spec.only_for:
        return _TEXTS
    return _DIALOGUE if kind in _POLICIES else _UNDERSTANDING


def _changed(spec: NodeSpec, base: NodeSpec, kind: str) -> Iterator[str]:
    """A node of the base, as far as it is another one here. Checks are told by the base which components there are."""
    needs = {port: made for port, made in spec.needs.items() if base.needs.get(port) != made}
    missing = object()
    options = {name: one for name, one in spec.options.items() if base.options.get(name, missing) != one}
    if kind == CHECK:
        options = {}
        needs = {port: made for port, made in needs.items() if made}
    if needs or options:
        yield f"  {spec.name}:"
        yield from _mapping("needs", _needs(needs))
        yield from _mapping("with", options)


def _targets(recipe: Recipe, base: Recipe | None) -> Iterator[str]:
    yield ""
    yield "targets:"
    for group, needs in recipe.targets.items():
        if base is None or base.targets.get(group) != needs:
            yield from _listed(f"  {group}: ", [str(need) for need in needs])


def _mapping(key: str, values: Mapping[str, Any]) -> Iterator[str]:
    """`    key: {a: b}`, or a line each where that is too long."""
    if not values:
        return
    line = f"    {key}: {as_yaml_text(values)}"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"    {key}:"
    for name, value in values.items():
        begin = f"      {as_yaml_text(name)}: "
        if isinstance(value, list):
            yield from _listed(begin, value)
        else:
            yield begin + as_yaml_text(value)


def _listed(begin: str, values: Sequence[Any]) -> Iterator[str]:
    """`key: [a, b]`, or an item a line where that is too long."""
    line = begin + as_yaml_text(list(values))
    if len(line) <= _WIDTH:
        yield line
        return
    yield begin.rstrip()
    indent = " " * (len(begin) - len(begin.lstrip()) + 2)
    yield from (f"{indent}- {as_yaml_text(one)}" for one in values)


def _needs(needs: Mapping[str, tuple[Need, ...]]) -> dict[str, Any]:
    words = {port: [_word(one) for one in made] for port, made in needs.items()}
    return {port: made[0] if len(made) == 1 else made for port, made in words.items()}


def _word(need: Need) -> str:
    """A node with its port; one that has but one output needs none."""
    return need.node if need.port == OUTPUT else str(need)


def _lines_of(spec: NodeSpec) -> set[int]:
    """The lines of the config that a node is made of."""
    places = [spec.location, *spec.places.values()]
    return {place.line for place in places if place is not None and place.line}


def _said(notice: Problem) -> str:
    return notice.what if notice.hint is None else f"{notice.what} ({notice.hint})"


def _comment(text: str, indent: str) -> Iterator[str]:
    yield from textwrap.wrap(text, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")
