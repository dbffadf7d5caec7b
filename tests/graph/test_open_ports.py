"""Ports that a recipe leaves open are filled by the only node that fits, and never so that a cycle comes of it."""

from __future__ import annotations

import pytest

from graphbuild.builder import graph
from graphbuild.errors import RecipeError
from tests.conftest import Workspace


def edges(workspace: Workspace, recipe: str) -> set[tuple[str, str]]:
    """(consumer, producer) pairs of the compiled graph."""
    workspace.recipe(recipe)
    return {(node.id, edge.node) for node in graph(workspace.request).nodes.values() for edge in node.inputs}


def test_the_only_maker_of_the_type_fills_a_port(workspace: Workspace) -> None:
    recipe = 'nodes: {one: {uses: "tests.toys:Constant"}, loud: {uses: "tests.toys:Upper"}}'
    assert edges(workspace, recipe) == {("loud:apply", "one:apply")}


def test_an_optional_port_stays_open_before_what_needs_its_node(workspace: Workspace) -> None:
    pair = 'nodes: {first: {uses: "tests.toys:Slow"}, next: {uses: "tests.toys:Upper", needs: {text: first}}}'
    assert edges(workspace, pair) == {("next:apply", "first:apply")}


def test_a_needed_port_is_reported_as_open_not_as_a_cycle(workspace: Workspace) -> None:
    pair = 'nodes: {first: {uses: "tests.toys:Upper"}, next: {uses: "tests.toys:Upper", needs: {text: first}}}'
    with pytest.raises(RecipeError, match="input port `text` is not filled"):
        edges(workspace, pair)


def test_two_makers_leave_a_needed_port_open(workspace: Workspace) -> None:
    recipe = """
nodes:
  one: {uses: "tests.toys:Constant"}
  two: {uses: "tests.toys:Constant", with: {value: x}}
  loud: {uses: "tests.toys:Upper"}
"""
    with pytest.raises(RecipeError, match=r"made by: one\.output, two\.output"):
        edges(workspace, recipe)


def test_a_written_cycle_is_shown_whole(workspace: Workspace) -> None:
    recipe = """
nodes:
  a: {uses: "tests.toys:Upper", needs: {text: c}}
  b: {uses: "tests.toys:Upper", needs: {text: a}}
  c: {uses: "tests.toys:Upper", needs: {text: b}}
"""
    with pytest.raises(RecipeError, match=r"a -> (c -> b|b -> c) -> a"):
        edges(workspace, recipe)
