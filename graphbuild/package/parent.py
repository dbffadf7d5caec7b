"""The parent of a fine-tuning: what a package says of itself, for graph.start, and its artifacts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphbuild.contract.component import STATE
from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import PARENT
from graphbuild.errors import GraphbuildError, Problem, UsageError
from graphbuild.graph.graph import Origin
from graphbuild.graph.likeness import Step
from graphbuild.graph.start import Parent
from graphbuild.package.package import read_package


@dataclass(frozen=True)
class ParentPackage:
    """A parent, and its artifacts."""

    parent: Parent
    artifacts: Mapping[Digest, bytes]


def read_parent(path: Path, digest: Digest, hint: str) -> ParentPackage:
    """The parent in a file of some digest, every artifact verified. Raises UsageError, with the hint, for others."""
    try:
        package = read_package(path)
        nodes = package.manifest["provenance"]["nodes"]
        states = {
            one["node"]: (one["type"], Digest(one["digest"]))
            for one in package.manifest["artifacts"]
            if one["port"] == STATE
        }
        origin = Origin(digest, package.manifest["key"])
        parent = Parent(path.name, origin, states, {node: _step(one["manifest"]) for node, one in nodes.items()})
    except GraphbuildError as error:
        (problem,) = error.problems
        raise UsageError(Problem(f"no model to go on from: {problem.what}", hint=hint)) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UsageError(Problem(f"{path} does not say where it came from", hint=hint)) from error
    return ParentPackage(parent, package.artifacts)


def _step(manifest: Mapping[str, Any]) -> Step:
    """What an action manifest says of a node. A start of its own is no part of what it does."""
    wired = [(str(port), str(node), str(output)) for port, node, output, _ in manifest["inputs"]]
    inputs = tuple(one for one in wired if one[1] != PARENT)
    return Step(str(manifest["component"]), str(manifest["operation"]), {**manifest["config"]}, inputs)
