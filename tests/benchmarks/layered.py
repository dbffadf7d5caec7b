"""Layered graphs of trivial steps: what they are, their files, and edits of them. Knows no build tool.

`depth` layers of `width` steps. A step reads its neighbour of the layer before, in every fifth layer also the one of
the next column, and the configuration file of its layer; the first layer reads a source file each. What a step does is
`sh step.sh OUT TAG IN...`: a digest of the tag and of all input lines that are no comments, and a line in `counter`, so
that one can count the steps that really ran.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

SHAPES = {100: (10, 10), 1000: (20, 50), 10_000: (40, 250)}
"""Nodes -> (depth, width). The cones of one source are 17, 54 and 188 steps."""

SCRIPT = """\
out=$1; tag=$2; shift 2
echo "$tag" >> '{counter}'
{{ echo "$tag"; grep -hv '^#' "$@"; }} | md5sum > "$out"
"""


@dataclass(frozen=True)
class Step:
    """One step: the steps and files that it reads, and the word that its digest begins with."""

    name: str
    inputs: tuple[str, ...]
    sources: tuple[str, ...]
    tag: str

    @property
    def output(self) -> str:
        """The file that it makes, for tools that name files."""
        return f"out/{self.name}"

    @property
    def files(self) -> list[str]:
        """All files that it reads, for tools that name files."""
        return [*(f"out/{name}" for name in self.inputs), *self.sources]


def make_steps(depth: int, width: int) -> list[Step]:
    """The steps of a layered graph, layer after layer."""
    return [_step(layer, column, width) for layer in range(depth) for column in range(width)]


def shape_of(nodes: int) -> tuple[int, int]:
    """Depth and width for about so many nodes."""
    return SHAPES.get(nodes) or (min(10, nodes), max(1, nodes // 10))


def last_layer(steps: Sequence[Step]) -> list[Step]:
    """The steps that no other reads."""
    read = {name for step in steps for name in step.inputs}
    return [step for step in steps if step.name not in read]


def downstream(steps: Sequence[Step], source: str) -> set[str]:
    """The steps that a source file reaches."""
    reached: set[str] = set()
    for step in steps:
        if source in step.sources or reached.intersection(step.inputs):
            reached.add(step.name)
    return reached


def with_tag(steps: Sequence[Step], name: str, tag: str) -> list[Step]:
    """The same steps, one with another tag."""
    return [replace(step, tag=tag) if step.name == name else step for step in steps]


@dataclass(frozen=True)
class Project:
    """The folder of a layered graph."""

    root: Path
    depth: int
    width: int

    @property
    def counter(self) -> Path:
        """A line for each step that ran."""
        return self.root / "counter"

    def write(self) -> None:
        """Writes all files that are no output and belong to no tool."""
        for folder in ("src", "conf", "out"):
            (self.root / folder).mkdir(parents=True)
        for column in range(self.width):
            self.set_source(column, "a note", str(column))
        for layer in range(self.depth):
            (self.root / f"conf/l{layer}.txt").write_text(f"# layer {layer}\nconf {layer}\n")
        (self.root / "step.sh").write_text(SCRIPT.format(counter=self.counter))

    def set_source(self, column: int, comment: str, value: str) -> None:
        """Writes one source file: a comment line and a value line."""
        (self.root / f"src/s_{column}").write_text(f"# {comment}\nvalue {value}\n")

    def touch_all(self) -> None:
        """Gives every source and configuration file the present time."""
        for folder in ("src", "conf"):
            for path in (self.root / folder).iterdir():
                os.utime(path)

    def take_count(self) -> int:
        """How many steps ran since the last call."""
        count = len(self.counter.read_text().splitlines()) if self.counter.exists() else 0
        self.counter.unlink(missing_ok=True)
        return count


def _step(layer: int, column: int, width: int) -> Step:
    name = f"n_{layer}_{column}"
    conf = f"conf/l{layer}.txt"
    if layer == 0:
        return Step(name, (), (f"src/s_{column}", conf), name)
    columns = [column] if (layer + 1) % 5 else [column, (column + 1) % width]
    return Step(name, tuple(dict.fromkeys(f"n_{layer - 1}_{other}" for other in columns)), (conf,), name)
