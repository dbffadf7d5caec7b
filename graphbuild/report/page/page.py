"""The page of a build: its document, and the files of markup, style and script beside this one, put together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphbuild.drawing.standalone import STYLE, VIEW, standalone

_HERE = Path(__file__).parent
SCRIPTS = (
    "words.js",
    "model.js",
    "layout.js",
    "shapes.js",
    "draw.js",
    "sheet.js",
    "overview.js",
    "search.js",
    "page.js",
)
"""In the order in which each builds on those before."""
STYLES = (STYLE, _HERE / "page.css")
SOURCES = (VIEW, *(_HERE / name for name in SCRIPTS))
BODY = _HERE / "page.html"


def as_page(document: dict[str, Any]) -> bytes:
    """The page of `page_document`."""
    return standalone(
        f"{document['label']} \u00b7 graphbuild",
        BODY.read_text("utf-8"),
        document,
        styles=STYLES,
        scripts=SOURCES,
    )
