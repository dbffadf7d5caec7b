"""Tasks: an action as data, small enough to send to a worker, and what comes back. Knows no graph."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphbuild.contract.digest import Digest
from graphbuild.contract.operation import Operation
from graphbuild.errors import Problem
from graphbuild.graph.graph import NodeId


@dataclass(frozen=True)
class Task:
    """One action: which operation of which component, on which artifacts and files."""

    node: NodeId
    key: Digest
    reference: str
    operation: Operation
    options: Mapping[str, Any]
    inputs: tuple[tuple[str, Digest, str], ...]
    """(input port, artifact, name of its type) in order."""
    project: str
    source_port: str | None = None
    files: tuple[str, ...] = ()
    """Relative to the project."""
    is_tree: bool = False
    variables: Mapping[str, str | None] = field(default_factory=dict)
    """Environment variables that the file mentions, with the values that count."""
    others: Mapping[str, str | None] = field(default_factory=dict)
    """Files that it mentions, by word: paths relative to the project."""
    waits: bool = False
    remembers: str | None = None
    """The input port whose rows' results are remembered."""
    tables: tuple[Digest, ...] = ()
    """Row tables of earlier results to look into, the latest first."""
    expected_s: float | None = None
    code: tuple[tuple[str, Digest], ...] = ()
    """Modules that may be the project's own, with what the key says of them."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the key says of code and versions: a worker on another machine must have the same."""
    urgency: float = 0.0
    """Seconds from its start to the end of the build, by the longest chain that it begins."""
    resumes: bool = True
    """Whether it may go on from a checkpoint; what is forced begins at the start."""


@dataclass(frozen=True)
class RowCount:
    """How many of a result's rows had to be computed, and the table that tells their keys."""

    table: Digest
    computed: int
    total: int


@dataclass(frozen=True)
class Watch:
    """For a check: that what tasks use and did not declare is to be found, and what is no matter of that."""

    project: str
    apart: tuple[str, ...] = ()
    """Folders of stores and the like: what is read there is nobody's matter."""
    models: Mapping[NodeId, frozenset[str]] = field(default_factory=dict)
    """Files of models made elsewhere that a node gets a reference to, relative to the project."""


class Use(enum.StrEnum):
    """How something was used."""

    READ = "read"
    LIST = "list"
    """The names in a folder were read."""
    GIVE = "give"
    """A file was named to a program that was started."""
    CONNECT = "connect"


@dataclass(frozen=True)
class Undeclared:
    """Something that a task used and did not declare."""

    use: Use
    what: str
    """A path, relative to the project where it is of it; or an address."""
    is_of_project: bool
    place: str | None = None
    """`FILE:LINE` of the project's code that did it."""
    has_source: bool = False
    """Whether the component has a port for files."""


@dataclass(frozen=True)
class Measures:
    """What is measured of tasks beside their time, where somebody asks for it."""

    memory: bool = False
    calls: Path | None = None
    """Folder that gets a file for each task, with the calls that its component makes."""
    watch: Watch | None = None


TIME_ALONE = Measures()


@dataclass(frozen=True)
class Performed:
    """Where and when a task was performed. Times are Unix seconds."""

    began_at: float
    ended_at: float
    process: int
    thread: str | None
    """None for the main one."""
    phases: tuple[tuple[str, float], ...] = ()
    """What it did, one after the other, and when each part ended."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Bytes of what it made, by port."""
    peak_bytes: int | None = None
    """The most memory that its process had meanwhile, where that was measured."""
    said: str | None = None
    """The end of what it wrote to its standard output and error (execution.saying)."""
    undeclared: tuple[Undeclared, ...] = ()
    """What it used and did not declare, where that was looked for."""
    worker: str | None = None
    """The name of the worker in a cluster."""


@dataclass(frozen=True)
class Completion:
    """What became of a task: outputs, or the problems that stopped it."""

    node: NodeId
    seconds: float
    outputs: Mapping[str, Digest] | None = None
    problems: tuple[Problem, ...] = ()
    is_bad_input: bool = False
    """Whether the problems are the user's files' or recipe's, and not of what ran."""
    lost: tuple[Digest, ...] = ()
    """Input blobs that could not be read: their producers must run again, and then this task."""
    earlier_s: float = 0.0
    """What it took before it was killed, of one that went on from a checkpoint."""
    rows: RowCount | None = None
    """Of a component that remembers its rows."""
    performed: Performed | None = None
    """None where the worker did not live to tell."""


Progress = Callable[[NodeId, int, int, Mapping[str, float]], None]
"""(node, steps done, steps in all, facts)."""
