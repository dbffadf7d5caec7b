"""The story map as a page that stands alone: the picture, a search box, and what passes where one clicks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphbuild.drawing.standalone import STYLE, VIEW, standalone

_HERE = Path(__file__).parent
_PICTURE = "PICTURE"
"""Stands in the markup where the picture comes."""


def as_page(picture: str, document: dict[str, Any]) -> bytes:
    """The page around a picture of the same map as the document is."""
    body = (_HERE / "stories.html").read_text("utf-8").replace(_PICTURE, picture, 1)
    styles, scripts = [STYLE, _HERE / "stories.css"], [VIEW, _HERE / "stories.js"]
    return standalone("Stories", body, document, styles=styles, scripts=scripts)
