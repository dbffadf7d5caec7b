"""Toy components with types of their own, for wiring by type in a config.yml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from graphbuild.contract.artifact import JsonArtifact, Ports
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import option


@dataclass(frozen=True)
class Shape(JsonArtifact):
    """Something with a number of sides."""

    type_name: ClassVar[str] = "ToyShape.v1"
    sides: int = 0

    def to_plain(self) -> Any:
        return self.sides

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(plain)


@dataclass(frozen=True)
class Square(Shape):
    """A Shape too."""

    type_name: ClassVar[str] = "ToySquare.v1"


@dataclass(frozen=True)
class Paint(Shape):
    """Another kind of shape, for ports that want just this."""

    type_name: ClassVar[str] = "ToyPaint.v1"


class MakeShape(Component):
    """Makes a Shape of nothing."""

    kind = "tokenizer"

    def apply(self) -> Shape:
        return Shape(3)


class MakeSquare(Component):
    """Makes a subclass of Shape."""

    kind = "featurizer"

    def apply(self) -> Square:
        return Square(4)


@dataclass(frozen=True)
class TwoPaints(Ports):
    """Two ports of one type."""

    dark: Paint
    light: Paint


class MakePaints(Component):
    """Two outputs of one type."""

    kind = "featurizer"

    def apply(self) -> TwoPaints:
        return TwoPaints(Paint(1), Paint(2))


class Join(Component):
    """One port for the latest, one for all."""

    kind = "classifier"

    @dataclass(frozen=True)
    class Config(Options):
        """Options of several types."""

        sizes: dict[str, int] = option({"text": 1}, "Sizes.")
        name: str = option("", "A name that differs from the component's.")

    def train(self, all_shapes: Sequence[Shape]) -> Shape:
        return Shape(sum(shape.sides for shape in all_shapes))

    def apply(self, state: Shape, last: Shape, dark: Paint | None = None) -> Paint:
        return Paint(state.sides + last.sides)


class Choosy(Join):
    """Takes the featurizers that it names."""

    @dataclass(frozen=True)
    class Config(Options):
        """Which."""

        featurizers: list[str] = option([], "Names of featurizers.")


class Named(MakeSquare):
    """A featurizer that may have another name."""

    @dataclass(frozen=True)
    class Config(Options):
        """The name."""

        alias: str | None = option(None, "The name.", display_only=True)


class Lacking(MakeShape):
    """Needs a distribution that nobody has."""

    requires = ("numpy", "no-such-distribution")
    extra = "squares"


class Judge(Component):
    """A policy with a port that only its helper fills."""

    kind = "policy"

    @classmethod
    def helpers(cls, config: Any) -> Mapping[str, Helper]:
        return {"square": Helper("tests.recipe.pipeline_toys:MakeSquare")}

    def apply(self, square: Square) -> Shape:
        return square
