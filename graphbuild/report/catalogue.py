"""Components as text and as plain data: a table of all, or one with its ports and options. Runs nothing.

Reads what the contract reads: signatures, Config dataclasses and docstrings.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, get_type_hints

import msgspec

from graphbuild.contract.component import Component, is_trainable, signature
from graphbuild.contract.operation import Operation
from graphbuild.contract.options import default_of


def first_line(component: type[Component]) -> str:
    """The first line of a component's docstring."""
    return (inspect.getdoc(component) or "").partition("\n")[0]


def component_document(name: str, component: type[Component]) -> dict[str, Any]:
    """All that a recipe's author asks about a component."""
    operations = [Operation.TRAIN, Operation.APPLY] if is_trainable(component) else [Operation.APPLY]
    return {
        "component": name,
        "kind": component.kind,
        "version": component.version,
        "reference": f"{component.__module__}:{component.__qualname__}",
        "about": inspect.getdoc(component) or "",
        "requires": list(component.requires),
        "operations": {str(operation): _ports(component, operation) for operation in operations},
        "options": _options(component.Config),
    }


def component_text(document: Mapping[str, Any]) -> str:
    """One component for a person."""
    lines = [f"{document['component']}@{document['version']}: {document['kind']}", "", document["about"], ""]
    for operation, ports in document["operations"].items():
        lines.append(f"{operation}:")
        lines.extend(_row(f"{port['name']}: {port['type']}", port["note"]) for port in ports["inputs"])
        note = "can go on from an earlier one (--finetune)" if ports["goes_on"] else ""
        lines.extend(_row(f"-> {name}: {kind}", note) for name, kind in ports["outputs"].items())
    lines.extend(["", "with:"] if document["options"] else ["", "no options"])
    for item in document["options"]:
        lines.append(f"  {item['name']}: {item['type']} = {item['default']}")
        lines.extend([f"      {item['help']}"] if item["help"] else [])
    if document["requires"]:
        lines.extend(["", f"the versions of {', '.join(document['requires'])} count in its action key"])
    lines.append(f"source: {document['reference']}")
    return "\n".join(lines) + "\n"


def table_text(components: Mapping[str, type[Component]]) -> str:
    """All components, by kind."""
    if not components:
        return "no components are installed\n"
    width = max(len(name) for name in components)
    kinds = sorted({component.kind for component in components.values()})
    lines = []
    for kind in kinds:
        lines.append(f"{kind}:")
        lines.extend(
            f"  {name:<{width}}  {first_line(component)}".rstrip()
            for name, component in components.items()
            if component.kind == kind
        )
    return "\n".join(lines) + "\n"


def _row(left: str, right: str) -> str:
    return f"  {left:<36} {right}".rstrip()


def _ports(component: type[Component], operation: Operation) -> dict[str, Any]:
    declared = signature(component, operation)
    inputs = [
        {
            "name": port.name,
            "type": _type_name(port.type),
            "many": port.many,
            "optional": port.optional,
            "note": ", ".join(word for word, said in (("many", port.many), ("may stay open", port.optional)) if said),
        }
        for port in declared.inputs.values()
    ]
    outputs = {name: _type_name(kind) for name, kind in declared.outputs.items()}
    return {"inputs": inputs, "outputs": outputs, "goes_on": declared.start is not None}


def _type_name(kind: type) -> str:
    return str(getattr(kind, "type_name", "") or kind.__name__)


def _options(config: Any) -> list[dict[str, Any]]:
    hints = get_type_hints(config)
    return [
        {
            "name": item.name,
            "type": _hint_name(hints[item.name]),
            "default": _shown(default_of(item)),
            "help": item.metadata.get("help", ""),
            "display_only": bool(item.metadata.get("display_only")),
        }
        for item in fields(config)
    ]


def _hint_name(hint: Any) -> str:
    return (
        hint.__name__ if isinstance(hint, type) and not hasattr(hint, "__args__") else str(hint).replace("typing.", "")
    )


def _shown(default: Any) -> str:
    return "required" if default is MISSING else msgspec.json.encode(default).decode()
