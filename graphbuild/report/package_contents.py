"""What is in a package, and in what two of them differ: as documents, and in lines. Reads manifests only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphbuild.contract.digest import Digest, short
from graphbuild.package.package import Package
from graphbuild.report.sizes import in_bytes

_FACTS = ("recipe", "graphbuild", "git")
_LONGEST = 60
Document = dict[str, Any]


def package_document(package: Package, path: Path) -> Document:
    """Where it came from, the nodes of using it, what it holds with sizes, the files that it was made of."""
    manifest = package.manifest
    origin = manifest["provenance"]
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "format": manifest["format"],
        "key": manifest["key"],
        "language": manifest["language"],
        **{name: origin.get(name) for name in _FACTS},
        "parent": origin.get("parent"),
        "toolchain": _toolchain(origin),
        "nodes": _used(manifest),
        "artifacts": [
            {**one, "bytes": len(package.artifacts[one["digest"]])}
            for one in sorted(manifest["artifacts"], key=lambda one: (one["node"], one["port"]))
        ],
        "sources": _sources(origin),
        "trained": sorted(
            name for name, node in origin["nodes"].items() if node["manifest"].get("operation") == "train"
        ),
    }


def package_lines(document: Document) -> Iterator[str]:
    """The document for people."""
    yield f"{document['file']}  {in_bytes(document['bytes'])}"
    yield ""
    known = [("key", document["key"]), ("language", document["language"])]
    known += [(name, document[name]) for name in _FACTS]
    if document["parent"] is not None:
        known.append(
            ("went on from", f"{document['parent']['key']}, {document['parent']['epoch_fraction']:g} of the epochs")
        )
    known += [("made with", ", ".join(f"{name} {version}" for name, version in document["toolchain"].items()))]
    yield from _aligned((name, str(value)) for name, value in known if value)
    yield ""
    yield f"nodes of using it ({len(document['nodes'])})"
    yield from _aligned(
        ((name, f"{one['uses']}{', trained' if one['state'] else ''}") for name, one in document["nodes"].items()), "  "
    )
    total = sum(one["bytes"] for one in document["artifacts"])
    yield f"artifacts ({len(document['artifacts'])}, {in_bytes(total)} before they are packed)"
    rows = [
        (f"{one['node']} {one['port']}", f"{one['type']}  {in_bytes(one['bytes'])}  {short(one['digest'])}")
        for one in document["artifacts"]
    ]
    yield from _aligned(rows, "  ")
    yield f"made of ({len(document['sources'])} files)"
    yield from _aligned(((name, short(Digest(one))) for name, one in document["sources"].items()), "  ")


def difference(old: Package, new: Package) -> Document:
    """In what two packages differ; empty where they are the same assistant, made in the same way of the same data."""
    before, after = old.manifest, new.manifest
    was, now = before["provenance"], after["provenance"]
    parts = {
        "about": _changed(
            {"language": before["language"], **{name: was.get(name) for name in _FACTS}},
            {"language": after["language"], **{name: now.get(name) for name in _FACTS}},
        ),
        "toolchain": _changed(_toolchain(was), _toolchain(now)),
        "nodes": _changed(_used(before), _used(after), _nested),
        "training": _changed(_trainings(was), _trainings(now), _nested),
        "artifacts": _changed(_digests(before), _digests(after)),
        "sources": _changed(_sources(was), _sources(now)),
        "code": _changed(_modules(was), _modules(now)),
    }
    return {name: part for name, part in parts.items() if part}


def difference_lines(found: Document) -> Iterator[str]:
    """The difference for people: what came, what went, what changed."""
    if not found:
        yield "no difference: the same assistant, made in the same way of the same data"
    for name, part in found.items():
        yield f"{_TITLES[name]}"
        for one in part.get("removed", ()):
            yield f"  - {one}"
        for one in part.get("added", ()):
            yield f"  + {one}"
        for one, (before, after) in part.get("changed", {}).items():
            yield f"  {one}: {_shown(before)} -> {_shown(after)}"


_TITLES = {
    "about": "about it",
    "toolchain": "what it was made with",
    "nodes": "nodes of using it",
    "training": "options of trainings",
    "artifacts": "artifacts",
    "sources": "files that it was made of",
    "code": "modules of components",
}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], parts: Any = None) -> Document:
    """What came, went and changed; `parts`: what a value that changed is told as."""
    changed: dict[str, list[Any]] = {}
    for name in sorted(before.keys() & after.keys()):
        if before[name] != after[name]:
            changed |= parts(name, before[name], after[name]) if parts else {name: [before[name], after[name]]}
    found = {"removed": sorted(before.keys() - after.keys()), "added": sorted(after.keys() - before.keys())}
    return {name: one for name, one in {**found, "changed": changed}.items() if one}


def _nested(name: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields, and of options each, that changed."""
    found: dict[str, list[Any]] = {}
    for key in sorted(before.keys() | after.keys()):
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            found |= {f"{name}.{field}": pair for field, pair in _nested("", one, other).items()}
        else:
            found[f"{name}.{key}".removeprefix(".")] = [one, other]
    return {place.replace("..", "."): pair for place, pair in found.items()}


def _used(manifest: Mapping[str, Any]) -> dict[str, Document]:
    """The nodes of using it by the recipe's names."""
    rows = {}
    for _, name, kind, uses, options, state, inputs, outputs, *code in manifest["predict"]:
        needs: dict[str, list[str]] = {}
        for port, node, output, runtime in inputs:
            needs.setdefault(port, []).append(f"{node}.{output}" if node is not None else f"({runtime})")
        rows[name] = {
            "uses": uses,
            "kind": kind,
            "options": options,
            "state": state,
            "needs": needs,
            "outputs": outputs,
            **({"code": code[0]} if code else {}),
        }
    return rows


def _toolchain(origin: Mapping[str, Any]) -> dict[str, str]:
    """Versions of all that its nodes say that they depend on."""
    made: dict[str, str] = {}
    for node in origin["nodes"].values():
        made |= node["manifest"].get("toolchain", {})
    return dict(sorted(made.items()))


def _trainings(origin: Mapping[str, Any]) -> dict[str, Document]:
    """What trained, with its options."""
    manifests = {name: node["manifest"] for name, node in origin["nodes"].items()}
    return {
        name: {"component": one["component"], "options": one["config"], "seed": one["seed"]}
        for name, one in manifests.items()
        if one.get("operation") == "train"
    }


def _sources(origin: Mapping[str, Any]) -> dict[str, str]:
    """The files that it was made of: what of several stands together has one digest."""
    made = {}
    for node in origin["nodes"].values():
        if node["manifest"].get("source") is not None and node["files"]:
            made[", ".join(node["files"])] = str(node["manifest"]["source"])
    return dict(sorted(made.items()))


def _digests(manifest: Mapping[str, Any]) -> dict[str, str]:
    return {f"{one['node']} {one['port']}": f"{one['type']} {short(one['digest'])}" for one in manifest["artifacts"]}


def _modules(origin: Mapping[str, Any]) -> dict[str, str]:
    return {name: short(Digest(made)) for modules in origin["code"].values() for name, made in modules.items()}


def _aligned(rows: Any, indent: str = "") -> Iterator[str]:
    rows = list(rows)
    width = max((len(name) for name, _ in rows), default=0)
    for name, value in rows:
        yield f"{indent}{name:<{width}}  {value}".rstrip()


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
