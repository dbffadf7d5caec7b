"""The catalogue: every general component is in it, loads, and has a readable signature."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import graphbuild.general
from graphbuild.contract.component import Component, Operation, is_trainable, signature
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import schema_of
from graphbuild.general.catalog import COMPONENTS

PACKAGE = Path(graphbuild.general.__file__).parent


def classes_in_package() -> set[str]:
    found = set()
    for file in PACKAGE.glob("*.py"):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Component" for base in node.bases):
                found.add(f"graphbuild.general.{file.stem}:{node.name}")
    return found


def test_every_component_of_the_package_is_registered() -> None:
    assert set(COMPONENTS.values()) == classes_in_package()


@pytest.mark.parametrize("name", sorted(COMPONENTS))
def test_component_loads_under_its_name(name: str) -> None:
    component = load_class(COMPONENTS[name])
    assert issubclass(component, Component)
    assert component.__name__ == name
    assert component.__doc__
    assert component.kind != Component.kind
    assert signature(component, Operation.APPLY).outputs
    if is_trainable(component):
        assert list(signature(component, Operation.TRAIN).outputs) == ["state"]
    assert schema_of(component.Config)["type"] == "object"


def test_nothing_here_knows_the_assistant() -> None:
    for file in PACKAGE.glob("*.py"):
        assert "graphbuild.assistant" not in file.read_text()
