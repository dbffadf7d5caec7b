"""The bill of materials of a package: CycloneDX 1.6 as JSON (ECMA-424, https://cyclonedx.org/docs/1.6/json).

What is in it: the package, the nodes that it depends on, the files that they read, the distributions that they say
their results depend on, and who depends on whom. The same package gives the same bill.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, metadata
from typing import Any

from graphbuild.package.origin import Node, Origin, hexadecimal, purl

MEDIA_TYPE = "application/vnd.cyclonedx+json"
_SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
_PACKAGE = "package"
_LONGEST = 100
_CLASSIFIER = "License :: "
Document = dict[str, Any]


def bill_of_materials(origin: Origin) -> Document:
    """The document."""
    return {
        "$schema": _SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, origin.sha256)}",
        "version": 1,
        "metadata": {
            "timestamp": stamp(origin.moment),
            "lifecycles": [{"phase": "build"}],
            "tools": {"components": [_tool(origin)]},
            "component": _package(origin),
        },
        "components": [
            *_nodes(origin),
            *_steps(origin),
            *_files(origin),
            *_distributions(origin),
            _python(origin),
        ],
        "dependencies": [*_dependencies(origin)],
        # Distributions that no component declares are not known of, nor what the declared ones need.
        "compositions": [{"aggregate": "incomplete", "dependencies": [_PACKAGE]}],
    }


def stamp(moment: datetime) -> str:
    """A moment as these formats write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _tool(origin: Origin) -> Document:
    return {"type": "application", "name": "graphbuild", "version": origin.made["graphbuild"]}


def _package(origin: Origin) -> Document:
    made, parent = origin.made, origin.made.get("parent")
    facts = {
        "key": origin.manifest["key"],
        "language": origin.manifest["language"],
        "recipe": made["recipe"],
        "git": made["git"],
        "parent": parent["key"] if parent is not None else None,
    }
    return {
        "type": "application",
        "bom-ref": _PACKAGE,
        "name": origin.name.removesuffix(".tar.gz"),
        "version": hexadecimal(origin.manifest["key"]),
        "hashes": [{"alg": "SHA-256", "content": origin.sha256}, {"alg": "BLAKE3", "content": origin.blake3}],
        "properties": _properties(facts),
    }


def _nodes(origin: Origin) -> Iterator[Document]:
    for node in origin.nodes.values():
        facts = {
            "component": node.manifest["component"],
            "component-version": str(node.manifest["version"]),
            "operation": node.manifest["operation"],
            "key": node.key,
            "code": node.manifest["code"],
            **{f"output:{port}": name for port, name in node.artifacts.items()},
        }
        made = _state(node)
        yield {
            "type": "machine-learning-model" if node.is_trained else "data",
            "bom-ref": f"node:{node.id}",
            "name": node.id,
            **({"hashes": [{"alg": "BLAKE3", "content": hexadecimal(made)}]} if made is not None else {}),
            "properties": _properties(facts),
        }


def _steps(origin: Origin) -> Iterator[Document]:
    """Nodes of using the package that nothing was built of: they work by their code alone."""
    for node_id, uses in origin.steps.items():
        yield {
            "type": "library",
            "bom-ref": f"node:{node_id}",
            "name": node_id,
            "properties": _properties({"component": uses, "operation": "apply"}),
        }


def _state(node: Node) -> str | None:
    """The one artifact of a node that the package has."""
    return next(iter(node.artifacts.values())) if len(node.artifacts) == 1 else None


def _files(origin: Origin) -> Iterator[Document]:
    for file, content in origin.files.items():
        hashes = {"hashes": [{"alg": "BLAKE3", "content": content}]} if content is not None else {}
        yield {"type": "file", "bom-ref": f"file:{file}", "name": file, **hashes}


def _distributions(origin: Origin) -> Iterator[Document]:
    for name, version in origin.distributions.items():
        licences = _licences(name, version)
        yield {
            "type": "library",
            "bom-ref": purl(name, version),
            "name": name,
            "version": version,
            **({"licenses": licences} if licences else {}),
            "purl": purl(name, version),
        }


def _python(origin: Origin) -> Document:
    found = origin.interpreter
    machine = {"machine": found.get("machine")}
    return {
        "type": "platform",
        "bom-ref": "python",
        "name": "python",
        "version": found.get("python", ""),
        "properties": _properties(machine),
    }


def _dependencies(origin: Origin) -> Iterator[Document]:
    kept = [*(node.id for node in origin.nodes.values() if node.artifacts), *origin.steps]
    yield {"ref": _PACKAGE, "dependsOn": [*(f"node:{name}" for name in kept), "python"]}
    for node in origin.nodes.values():
        inputs = [f"node:{name}" for name in node.inputs if name in origin.nodes]
        libraries = [purl(name, version) for name, version in node.distributions.items()]
        needs = [*inputs, *(f"file:{file}" for file in node.files), *libraries]
        yield {"ref": f"node:{node.id}", **({"dependsOn": sorted(set(needs))} if needs else {})}


def _properties(facts: Mapping[str, str | None]) -> list[Document]:
    return [{"name": f"graphbuild:{name}", "value": value} for name, value in facts.items() if value is not None]


def _licences(name: str, version: str) -> list[Document]:
    """What the distribution says of its licence, where this very version is installed."""
    try:
        found = metadata(name)
    except PackageNotFoundError:
        return []
    if found["Version"] != version:
        return []
    said = found.json
    expression = said.get("license_expression")
    if isinstance(expression, str):
        return [{"expression": expression}]
    classifiers = [one for one in said.get("classifier", ()) if str(one).startswith(_CLASSIFIER)]
    names = [str(one).rpartition(" :: ")[2] for one in classifiers]
    text = str(said.get("license", "")).strip()
    if not names and text and "\n" not in text and len(text) <= _LONGEST:
        names = [text]
    return [{"license": {"name": one}} for one in dict.fromkeys(names)]
