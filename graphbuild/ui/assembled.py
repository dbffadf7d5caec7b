"""The live page's markup, style and script: those of the page of a build, and what is added to them here."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from graphbuild.drawing.standalone import closed, joined
from graphbuild.report.page.page import BODY, SOURCES, STYLES

_HERE = Path(__file__).parent / "page"
_SCRIPTS = (
    *("asking.js", "views.js", "news.js", "curves.js", "why.js", "build.js", "history.js", "packages.js"),
    "live.js",
)
"""In the order in which each builds on those before; they see what the scripts of the page of a build have."""
_STYLES = ("live.css", "recipe.css")
_APART = (("recipe_text.js", "recipe.js"),)
"""Scripts that know `window.graphbuild` alone, by what belongs together."""
_NOTHING: dict[str, Any] = {
    "label": "",
    "language": None,
    "told": "plan",
    "build": {"name": "", "started": None, "wall_s": None, "critical_s": 0, "critical": []},
    **{name: {} for name in ("kinds", "components")},
    **{name: [] for name in ("groups", "options", "nodes", "facts", "stacks")},
    "comparison": None,
}
"""What is shown until the first document is there."""


@cache
def markup() -> str:
    """The page."""
    return (_HERE / "live.html").read_text("utf-8").replace("<!-- graph -->", BODY.read_text("utf-8"))


@cache
def style() -> str:
    """Its style."""
    return joined([*STYLES, *(_HERE / name for name in _STYLES)])


@cache
def script() -> str:
    """Its script."""
    own = closed(f"let data = {json.dumps(_NOTHING)};\n{joined([*SOURCES, *(_HERE / name for name in _SCRIPTS)])}")
    return "\n".join([own, *(closed(joined([_HERE / name for name in names])) for names in _APART)])
