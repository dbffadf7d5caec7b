"""Program: what an assistant asks of a package that runs. Knows no package, as packages know no assistant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from graphbuild.contract.artifact import Artifact

Kind = TypeVar("Kind", bound=Artifact)
Output = tuple[str, str]
"""(node, port)"""


class Program(Protocol):
    """A predict graph, ready to run: graphbuild.package.program has one."""

    @property
    def language(self) -> str | None:
        """The language of the recipe."""

    def made(self, kind: type[Artifact]) -> Sequence[Output]:
        """All outputs of a type, in the order of the graph."""

    def uses(self, node: str) -> str:
        """The component of a node, as the recipe names it."""

    def takes(self, node: str, kind: type[Artifact]) -> Sequence[Output]:
        """Outputs of other nodes that a node takes at its ports for a type."""

    def needs(self, node: str) -> Sequence[str]:
        """The nodes whose outputs a node takes."""

    def inputs(self, node: str) -> set[str]:
        """What a node, and all that it needs, is given at run time."""

    def kept(self, kind: type[Kind]) -> Sequence[Kind]:
        """All artifacts of a type that the package keeps."""

    def run(self, targets: Sequence[Output], inputs: Mapping[str, Artifact]) -> Mapping[Output, Artifact]:
        """The wanted outputs, made of what is given."""

    def warm(self, targets: Sequence[Output]) -> None:
        """Decodes what some outputs need, so that the first run is as fast as the next."""
