"""Provenance: where a package came from. Nothing in it may differ between two clean builds of the same inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.graph.graph import Graph, NodeId


def provenance(
    graph: Graph,
    keys: Mapping[NodeId, Digest],
    manifests: Mapping[NodeId, Mapping[str, Any]],
    version: str,
    revision: str | None,
) -> dict[str, Any]:
    """Per node the action key and the manifest behind it (inputs, sources, versions, configuration)."""
    parent = graph.parent
    return {
        **({"parent": asdict(parent)} if parent is not None else {}),
        "graphbuild": version,
        "recipe": graph.label,
        "git": revision,
        "code": {code: dict(modules) for code, modules in graph.code.items()},
        "nodes": {
            node_id: {
                "key": keys[node_id],
                "files": list(node.source.files) if node.source else [],
                "manifest": dict(manifests[node_id]),
            }
            for node_id, node in graph.nodes.items()
        },
    }


def git_revision(folder: Path) -> str | None:
    """The commit that a folder's checkout is at, read from its .git; None where there is none."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        if git.is_dir():
            return _head(git)
    return None


def _head(git: Path) -> str | None:
    try:
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref: "):
            return head
        reference = head.removeprefix("ref: ")
        loose = git / reference
        if loose.is_file():
            return loose.read_text().strip()
        for line in (git / "packed-refs").read_text().splitlines():
            if line.endswith(f" {reference}"):
                return line.split(" ", 1)[0]
    except OSError:
        return None
    return None
