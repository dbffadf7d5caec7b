"""A JSON Schema of recipes (draft 2020-12), made from the components' Config dataclasses, for editors.

Editors complete and check by it; the recipe reader says more, and says it last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphbuild.contract.component import Component, signature
from graphbuild.contract.operation import Operation
from graphbuild.contract.options import schema_of
from graphbuild.report.catalogue import first_line

_VARIABLE = {"type": "string", "pattern": r"\$\{.+\}"}
"""`${epochs}` may stand for any value."""
_TEXT_FORMS: list[dict[str, Any]] = [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
_TEXTS = {"anyOf": _TEXT_FORMS}


def recipe_schema(components: Mapping[str, type[Component]]) -> dict[str, Any]:
    """The schema of recipes that may use these components, and `module:Class` of the project."""
    definitions: dict[str, Any] = {}
    node = _node(components, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "graphbuild recipe",
        "type": "object",
        "properties": {
            "graphbuild": {"const": 1, "description": "The format of the recipe."},
            "extends": {"type": "string", "description": "A packaged recipe or a path; nodes merge by name."},
            "language": {
                "type": ["string", "null"],
                "description": "Of the assistant; components that cannot be used for it are refused.",
            },
            "seed": {"type": ["integer", "null"], "description": "Of all that is random; 0 by default."},
            "vars": {"type": ["object", "null"], "description": "Values for ${name}."},
            "nodes": {
                "type": ["object", "null"],
                "additionalProperties": node,
                "description": "The steps by name: what each uses and needs.",
            },
            "targets": {
                "type": ["object", "null"],
                "additionalProperties": {"anyOf": [*_TEXT_FORMS, {"type": "null"}]},
                "description": "Group: the nodes that the package keeps.",
            },
            "only_for": {
                "type": ["object", "null"],
                "additionalProperties": {"anyOf": [*_TEXT_FORMS, {"type": "null"}]},
                "description": "Group: what files must hold for it to be part of the whole.",
            },
            "matrix": {
                "type": ["object", "null"],
                "propertyNames": {"pattern": r".\.."},
                "additionalProperties": {"anyOf": [{"type": "array", "minItems": 1}, {"type": "null"}]},
                "description": "NODE.OPTION or vars.NAME: its values; `compare` builds every variant.",
            },
        },
        "required": ["graphbuild"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _node(components: Mapping[str, type[Component]], definitions: dict[str, Any]) -> dict[str, Any]:
    """What a node may say; the options of components are added to the definitions."""
    cases = [_case(name, component, definitions) for name, component in components.items()]
    names = [{"const": name, "description": first_line(component)} for name, component in components.items()]
    names.append({"type": "string", "pattern": "[:@]", "description": "module:Class of the project, or name@version"})
    return {
        "type": ["object", "null"],
        "description": "A step; null removes one that the extended recipe has.",
        "properties": {
            "uses": {"anyOf": names, "description": "The component."},
            "needs": {
                "type": ["object", "null"],
                "additionalProperties": _TEXTS,
                "description": "Port: NODE, NODE.PORT.",
            },
            "with": {"type": ["object", "null"], "description": "Options."},
            "reads": {
                **_TEXTS,
                "description": "Files, folders, globs, from the project; of `a.yml | b` the first that exists.",
            },
            "only_for": {
                "type": ["string", "null"],
                "description": "The node is there only where a file of the project holds this, such as `texts`.",
            },
        },
        "additionalProperties": False,
        "allOf": cases,
    }


def _case(name: str, component: type[Component], definitions: dict[str, Any]) -> dict[str, Any]:
    """What a node may say when it uses this component."""
    options = schema_of(component.Config)
    definitions.update(options.pop("$defs", {}))
    options["properties"] = {key: {"anyOf": [one, _VARIABLE]} for key, one in options.get("properties", {}).items()}
    definitions[f"{name}.with"] = {**options, "type": ["object", "null"]}
    ports: dict[str, Any] = {port: {} for port in _ports(component)}
    needs = {"type": ["object", "null"], "properties": ports, "additionalProperties": False}
    return {
        "if": {"properties": {"uses": {"const": name}}, "required": ["uses"]},
        "then": {"properties": {"with": {"$ref": f"#/$defs/{name}.with"}, "needs": needs}},
    }


def _ports(component: type[Component]) -> list[str]:
    operations = [one for one in (Operation.TRAIN, Operation.APPLY) if callable(getattr(component, one.value, None))]
    ports = {
        port.name: None
        for one in operations
        for port in signature(component, one).inputs.values()
        if not port.is_source
    }
    return list(ports)
