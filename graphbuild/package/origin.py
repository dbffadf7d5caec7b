"""What a package is and what it was made of, as bills of materials and provenance statements tell it.

Read from the package alone, so that it can be told anywhere and at any time, and always in the same words.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from graphbuild.contract import digest
from graphbuild.contract.digest import PREFIX
from graphbuild.package.package import read_package, whole

_MACHINE = ("machine", "python")
"""In a toolchain: what is no distribution and no variable."""
_VARIABLE = re.compile(r"[A-Z0-9]+(_[A-Z0-9]+)+")
_EPOCH = "SOURCE_DATE_EPOCH"


@dataclass(frozen=True)
class Node:
    """A node that the package depends on."""

    id: str
    key: str
    manifest: Mapping[str, Any]
    files: tuple[str, ...]
    artifacts: Mapping[str, str]
    """Output port -> digest of what the package has of it."""

    @property
    def is_trained(self) -> bool:
        """Whether it learnt something."""
        return self.manifest.get("operation") == "train"

    @property
    def inputs(self) -> list[str]:
        """The nodes that it took something from."""
        return list(dict.fromkeys(node for _, node, *_ in self.manifest["inputs"]))

    @property
    def distributions(self) -> dict[str, str]:
        """The installed distributions that its result depends on."""
        return {name: one for name, one in self.manifest["toolchain"].items() if _is_distribution(name, one)}


@dataclass(frozen=True)
class Origin:
    """A package with what it was made of."""

    name: str
    """Of the file."""
    sha256: str
    blake3: str
    moment: datetime
    """When the file was written, or $SOURCE_DATE_EPOCH."""
    manifest: Mapping[str, Any]
    nodes: Mapping[str, Node]
    """Those that the package depends on."""

    @property
    def made(self) -> Mapping[str, Any]:
        """The provenance in the package's own manifest."""
        found: Mapping[str, Any] = self.manifest["provenance"]
        return found

    @property
    def steps(self) -> dict[str, str]:
        """Nodes of using the package that were not built -> their component."""
        return {node_id: uses for node_id, _, _, uses, *_ in self.manifest["predict"] if node_id not in self.nodes}

    @property
    def distributions(self) -> dict[str, str]:
        """All that the nodes depend on, by name."""
        return dict(
            sorted({name: one for node in self.nodes.values() for name, one in node.distributions.items()}.items())
        )

    @property
    def interpreter(self) -> dict[str, str]:
        """Python's minor version and the machine's architecture."""
        toolchains = [node.manifest["toolchain"] for node in self.nodes.values()]
        return {name: one[name] for one in toolchains for name in _MACHINE if name in one}

    @property
    def files(self) -> dict[str, str | None]:
        """The project's files that nodes read -> BLAKE3 of the content; None where a node has one digest of several."""
        found: dict[str, str | None] = {}
        for node in self.nodes.values():
            for file in node.files:
                known = _content(node) if node.id.endswith(f"@{file}") else None
                found[file] = known or found.get(file)
        return dict(sorted(found.items()))


def read_origin(path: Path) -> Origin:
    """What there is to tell of a package. Raises GraphbuildError."""
    manifest = read_package(path).manifest
    with whole(path):
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        blake3 = hexadecimal(digest.of_file(path))
        return Origin(path.name, sha256, blake3, _moment(path), manifest, _nodes(manifest))


def hexadecimal(name: str) -> str:
    """The figures of a digest, as other formats write them."""
    return name.removeprefix(PREFIX)


def purl(name: str, version: str) -> str:
    """A distribution as a package URL: `pkg:pypi/scikit-learn@1.5.0`."""
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version.replace('+', '%2B')}"


def _nodes(manifest: Mapping[str, Any]) -> dict[str, Node]:
    artifacts: dict[str, dict[str, str]] = {}
    for one in manifest["artifacts"]:
        artifacts.setdefault(one["node"], {})[one["port"]] = one["digest"]
    known = manifest["provenance"]["nodes"]
    found = {
        node_id: Node(node_id, one["key"], one["manifest"], tuple(one["files"]), artifacts.get(node_id, {}))
        for node_id, one in known.items()
    }
    needed = _reached(found, [*artifacts, *(row[0] for row in manifest["predict"])])
    return {node_id: node for node_id, node in sorted(found.items()) if node_id in needed}


def _reached(nodes: Mapping[str, Node], wanted: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    open_names = [name for name in wanted if name in nodes]
    while open_names:
        name = open_names.pop()
        if name not in reached:
            reached.add(name)
            open_names += [one for one in nodes[name].inputs if one in nodes]
    return reached


def _content(node: Node) -> str | None:
    """BLAKE3 of the one file that a node read, where its source is that and nothing else."""
    source = node.manifest["source"]
    return hexadecimal(source) if source is not None and not node.manifest.get("mentions") else None


def _is_distribution(name: str, value: str) -> bool:
    return name not in _MACHINE and not _VARIABLE.fullmatch(name) and value[:1].isdigit()


def _moment(path: Path) -> datetime:
    given = os.environ.get(_EPOCH, "")
    return datetime.fromtimestamp(int(given) if given.isdigit() else int(path.stat().st_mtime), UTC)
