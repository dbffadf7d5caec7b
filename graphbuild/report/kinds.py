"""How kinds of nodes are told apart in pictures: a colour, a shape, an icon. Colour alone never tells."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Shape(enum.StrEnum):
    """The outline of a box."""

    BOX = "box"
    PAGE = "page"
    PILL = "pill"
    HEXAGON = "hexagon"
    SLANTED = "slanted"
    CUT = "cut"
    PARCEL = "parcel"


@dataclass(frozen=True)
class Look:
    """One kind."""

    shape: Shape
    icon: str
    """Strokes in a square of 16 by 16, as SVG writes paths."""
    hue: int | None = None
    """None for grey."""


PACKAGE = "package"
"""The kind of the box that stands for what a build packages."""

_OTHER = Look(Shape.BOX, "M8 2.5a5.5 5.5 0 1 0 .01 0zM8 6v4M6 8h4")
_LOOKS = {
    "importer": Look(Shape.PAGE, "M4 1.5h5.5L13 5v9.5H4zM9.5 1.5V5H13M6.2 8.5h4.6M6.2 11.3h4.6", 210),
    "merge": Look(Shape.BOX, "M2 3h2.5L8 8l-3.5 5H2M8 8h6M11.5 5.5L14 8l-2.5 2.5", 200),
    "projection": Look(Shape.BOX, "M2 3h12L9.5 8.5V14l-3-1.5v-4z", 190),
    "model": Look(Shape.BOX, "M8 1.5l5.5 3v7l-5.5 3-5.5-3v-7zM2.5 4.5L8 7.5l5.5-3M8 7.5v7", 230),
    "tokenizer": Look(Shape.BOX, "M2 4.5h3M7 4.5h2.5M11.5 4.5H14M2 8h5M9 8h5M2 11.5h2M6 11.5h4M12 11.5h2", 175),
    "featurizer": Look(Shape.BOX, "M2.5 2.5h11v11h-11zM2.5 6.2h11M2.5 9.8h11M6.2 2.5v11M9.8 2.5v11", 145),
    "classifier": Look(Shape.PILL, "M2.5 2.5H8l6 6L8.5 14l-6-6zM5.6 5.6v.01", 280),
    "extractor": Look(Shape.PILL, "M5 2.5H2.5v11H5M11 2.5h2.5v11H11M6 8h4", 325),
    "selector": Look(Shape.PILL, "M2 4.2l1.3 1.3L6 2.7M8.5 4H14M2 11.2l1.3 1.3L6 9.7M8.5 11H14", 300),
    "parser": Look(Shape.PILL, "M6 2C3 2 5 6.5 2 8c3 1.5 1 6 4 6M10 2c3 0 1 4.5 4 6-3 1.5-1 6-4 6", 260),
    "trackers": Look(Shape.SLANTED, "M2 3h12v8H7.5l-3 3v-3H2z", 50),
    "policy": Look(Shape.HEXAGON, "M8 14.5V9.5L3.5 6V2M8 9.5L12.5 6V2M2 3.5L3.5 2 5 3.5M11 3.5L12.5 2 14 3.5", 25),
    "ensemble": Look(Shape.HEXAGON, "M8 2v12M3 4.5h10M3 4.5L1.4 9h3.2zM13 4.5L11.4 9h3.2zM5.5 14h5", 15),
    "check": Look(Shape.CUT, "M8 1.5l5.5 2v4c0 3.5-2 5.5-5.5 7-3.5-1.5-5.5-3.5-5.5-7v-4zM5.5 8l2 2 3.2-3.8", 95),
    "evaluation": Look(Shape.CUT, "M2.5 13.5v-5M6.2 13.5v-9M9.8 13.5v-6M13.5 13.5v-11", 70),
    "command": Look(Shape.BOX, "M2 4l4 4-4 4M8 12.5h6"),
    PACKAGE: Look(Shape.PARCEL, "M2 4.8L8 2l6 2.8v6.4L8 14l-6-2.8zM2 4.8l6 2.8 6-2.8M8 7.6V14M5 3.4l6 2.8", 15),
}  # fmt: skip


def look_of(kind: str) -> Look:
    """How nodes of a kind look; all that are not known look alike."""
    return _LOOKS.get(kind, _OTHER)
