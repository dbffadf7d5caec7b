"""Fine-tuning: a compiled graph goes on from the states of an earlier package.

Finds the package, has graph.start match its states with the graph, and puts them into the store. On the path of a build
with nothing to do only the package's digest is looked up; the package is read when the graph is compiled.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.errors import UsageError
from graphbuild.graph.graph import Graph
from graphbuild.package.find import find_package
from graphbuild.store.interface import BlobStore, Store

HINT = "--finetune MODEL names a package that `graphbuild train` wrote, or a folder of them"


@dataclass(frozen=True)
class Finetuning:
    """What trainings go on from, and how long they are."""

    model: Path
    """A package, or a folder whose newest it is, relative to the project."""
    epoch_fraction: float = 1.0
    """Epochs are as many times as many, rounded up."""


@dataclass(frozen=True)
class Start:
    """A fine-tuning with its package found."""

    path: Path
    digest: Digest
    epoch_fraction: float


def find_start(wanted: Finetuning, project: Path, store: Store) -> Start:
    """The package that was named, or the newest of a folder. Raises UsageError."""
    if not 0 < wanted.epoch_fraction < math.inf:
        raise UsageError(f"the fraction of epochs must be above 0, and not {wanted.epoch_fraction:g}")
    path = find_package(project / wanted.model, HINT)
    return Start(path, store.sources.digests([path])[path], wanted.epoch_fraction)


def start_graph(graph: Graph, start: Start, project: Path, blobs: BlobStore) -> Graph:
    """The graph with its starts, and these in the store. Raises UsageError, RecipeError."""
    from graphbuild.graph.start import started
    from graphbuild.package.parent import read_parent

    read = read_parent(start.path, start.digest, HINT)
    found = started(graph, read.parent, start.epoch_fraction, project)
    for node in found.nodes.values():
        if node.start is not None:
            blobs.put(read.artifacts[node.start])
    return found


def has_starts(graph: Graph, blobs: BlobStore) -> bool:
    """Whether all that a graph goes on from is still in the store."""
    starts = {node.start for node in graph.nodes.values() if node.start is not None}
    return not starts or blobs.present(starts) == starts
