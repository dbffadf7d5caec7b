"""Overrides: options that are given for a whole build, set at each node of a recipe whose component has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from graphbuild.contract import registry
from graphbuild.errors import ComponentError
from graphbuild.recipe.recipe import NodeSpec, Recipe


def with_options(recipe: Recipe, options: Mapping[str, Any], project: Path) -> Recipe:
    """The recipe with each option at all nodes that know it; where none does, it means nothing."""
    nodes = {name: _with(spec, options, project) for name, spec in recipe.nodes.items()}
    return replace(recipe, nodes=nodes)


def _with(spec: NodeSpec, options: Mapping[str, Any], project: Path) -> NodeSpec:
    try:
        known = {field.name for field in fields(registry.load(spec.uses, project).Config)}
    except ComponentError:
        return spec  # told where it is compiled
    return replace(spec, options={**spec.options, **{name: one for name, one in options.items() if name in known}})
