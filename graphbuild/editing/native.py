"""What may stand where in a native recipe: keys, components, options, ports, nodes that make what a port takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from graphbuild.editing import offers
from graphbuild.editing.components import KnownComponent, all_components, known_component, type_name
from graphbuild.editing.offers import Offer, OfferKind
from graphbuild.editing.outline import Part, Path
from graphbuild.errors import RecipeError
from graphbuild.recipe.layer import layers_of, read_layer
from graphbuild.recipe.native import native_recipe
from graphbuild.recipe.packaged import find_recipe, packaged_recipes
from graphbuild.recipe.recipe import Recipe
from graphbuild.report.recipe_schema import recipe_schema

_OPENING = ("vars", "nodes", "targets", "only_for", "matrix", "needs", "with")
"""Keys whose values mostly stand below them."""


@dataclass(frozen=True)
class NativeOffers:
    """What may stand in one recipe."""

    root: Part
    project: FilePath
    folder: FilePath
    """Where the file is: paths in `extends` begin there."""

    def keys(self, path: Path) -> Iterator[Offer]:
        """The keys that the mapping at a path may have."""
        match path:
            case ():
                yield from _described(_schema()["properties"])
            case ("nodes",):
                for name, uses in self._inherited.nodes.items():
                    yield Offer(
                        name, OfferKind.NODE, uses, "refines the node of the recipe that this one extends", f"{name}: "
                    )
            case ("nodes", _):
                yield from _described(_schema()["properties"]["nodes"]["additionalProperties"]["properties"])
            case ("nodes", str(node), "needs"):
                yield from offers.ports(self._component(node))
            case ("nodes", str(node), "with", *inside):
                yield from offers.options(self._component(node), tuple(inside))
            case ("vars",):
                yield from (offers.key(name, f"now {value}") for name, value in self._inherited.variables.items())
            case ("targets",) | ("only_for",):
                known = {"model": "what is built when nothing else is asked for", **self._inherited.groups}
                yield from (offers.key(name, info) for name, info in known.items())
            case ("matrix",):
                yield from self._matrix()

    def values(self, path: Path) -> Iterator[Offer]:
        """What the value at a path may be."""
        match path:
            case ("graphbuild",):
                yield from offers.values(["1"], "the format")
            case ("extends",):
                yield from self._recipes()
            case ("nodes", _, "uses"):
                yield from (offers.component(one) for one in all_components(self.project))
            case ("nodes", str(node), "needs", str(port), *_):
                yield from self._producers(node, port)
            case ("nodes", str(node), "with", *inside):
                yield from offers.option_values(self._component(node), tuple(inside))
            case ("targets", _, *_):
                yield from self._producers(None, None)
            case ("matrix", str(name), *_):
                yield from self._varied(name)
            case ("nodes", _, "only_for") | ("only_for", _, *_):
                yield from offers.values(self._inherited.held, "held by files")

    def variables(self) -> Iterator[Offer]:
        """The variables that a value may name."""
        for name, value in self._variables.items():
            yield Offer(f"${{{name}}}", OfferKind.VARIABLE, value, "a variable of the recipe")

    @property
    def _variables(self) -> dict[str, str]:
        own = self.root.get("vars")
        written = {name: own.said(name) or "" for name in own.keys} if own is not None else {}
        return {**self._inherited.variables, **written}

    @cached_property
    def _inherited(self) -> _Inherited:
        reference = self.root.said("extends")
        return _inherited(reference, self.folder) if reference else _Inherited()

    @cached_property
    def _nodes(self) -> dict[str, str]:
        """Node -> what it uses, of the text and of what it extends."""
        found = dict(self._inherited.nodes)
        own = self.root.get("nodes")
        for entry in own.entries if own is not None else ():
            if entry.key is not None and not (entry.is_at_cursor and not entry.value.entries):
                found[entry.key] = entry.value.said("uses") or found.get(entry.key, "")
        return {name: uses for name, uses in found.items() if uses}

    def _component(self, node: str) -> KnownComponent | None:
        return known_component(self._nodes.get(node), self.project)

    def _producers(self, node: str | None, port: str | None) -> Iterator[Offer]:
        """Nodes, and their ports where they have several; those that make what a port takes come first."""
        known = self._component(node) if node is not None else None
        taken = known.ports.get(port) if known is not None and port is not None else None
        for name, uses in self._nodes.items():
            made = known_component(uses, self.project)
            if made is None or name == node:
                continue
            fitting = [out for out, kind in made.outputs.items() if taken is not None and issubclass(kind, taken.type)]
            types = ", ".join(dict.fromkeys(type_name(kind) for kind in made.outputs.values()))
            info = f"{uses}: {made.says}"
            yield Offer(name, OfferKind.NODE, types, info, is_first=bool(fitting))
            if len(made.outputs) > 1:
                for out, kind in made.outputs.items():
                    yield Offer(f"{name}.{out}", OfferKind.NODE, type_name(kind), info, is_first=out in fitting)

    def _matrix(self) -> Iterator[Offer]:
        for name in self._nodes:
            known = self._component(name)
            for option in known.options.values() if known is not None else ():
                yield offers.key(f"{name}.{option.name}", offers.said_of(option), option.type)
        for name, value in self._variables.items():
            yield offers.key(f"vars.{name}", f"now {value}", "a variable of the recipe")

    def _varied(self, name: str) -> Iterator[Offer]:
        """What one value of an axis may be: its words, and what it is without it."""
        for node in sorted(self._nodes, key=len, reverse=True):
            if name.startswith(f"{node}."):
                yield from offers.option_values(self._component(node), tuple(name[len(node) + 1 :].split(".")))
                return

    def _recipes(self) -> Iterator[Offer]:
        for name, file in packaged_recipes().items():
            yield Offer(name, OfferKind.VALUE, "packaged", _first_comment(file) or "")
        for file in sorted(self.folder.glob("*.y*ml")):
            if (first := _first_comment(file, native=True)) is not None:
                yield Offer(file.name, OfferKind.VALUE, "file", first)


@dataclass(frozen=True)
class _Inherited:
    """What a recipe has from those that it extends."""

    nodes: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    held: tuple[str, ...] = ()


def _inherited(reference: str, folder: FilePath) -> _Inherited:
    """What there is to know of it; nothing of one that cannot be read."""
    try:
        layers, _ = layers_of(read_layer(find_recipe(reference, folder)))
        recipe, _ = native_recipe(reference, layers, {})
    except (RecipeError, OSError, ValueError):
        return _Inherited()
    if recipe is None:
        return _Inherited()
    variables: dict[str, str] = {}
    for layer in layers:
        declared = layer.tree.get("vars")
        variables |= {name: _shown(one.plain()) for name, one in declared.items()} if declared is not None else {}
    groups = {group: f"now [{', '.join(map(str, needs))}]" for group, needs in recipe.targets.items()}
    return _Inherited({name: spec.uses for name, spec in recipe.nodes.items()}, variables, groups, _held(recipe))


def _held(recipe: Recipe) -> tuple[str, ...]:
    """The words that say what files hold."""
    words = [spec.only_for for spec in recipe.nodes.values() if spec.only_for]
    words += [word.strip() for given in recipe.only_for.values() for one in given for word in one.split("|")]
    return tuple(dict.fromkeys(words))


def _shown(value: Any) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _first_comment(file: FilePath, *, native: bool = False) -> str | None:
    """The comment that a recipe begins with; None of a file that is none, where that is asked."""
    try:
        with file.open(encoding="utf-8", errors="replace") as opened:
            lines = [line for _, line in zip(range(40), opened, strict=False)]
    except OSError:
        return None if native else ""
    if native and not any(line.startswith("graphbuild:") for line in lines):
        return None
    return lines[0].lstrip("# ").strip() if lines and lines[0].startswith("#") else ""


def _schema() -> dict[str, Any]:
    return recipe_schema({})


def _described(properties: Mapping[str, Any]) -> Iterator[Offer]:
    for name, said in properties.items():
        yield offers.key(name, said.get("description", ""), opens=name in _OPENING)
