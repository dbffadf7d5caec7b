"""Pictures of the page for docs/images, taken of the sample assistant: python -m tests.browser.pictures [FOLDER]"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.browser.browser import Page, chromium
from tests.browser.conftest import ROOT, built_twice, drawn


def _chosen(page: Page) -> None:
    page.search("intent:train")


def _critical(page: Page) -> None:
    page.press("p")


SCENES: Mapping[str, tuple[tuple[str, ...], int, str, Callable[[Page], None] | None]] = {
    "graph": (("--last",), 1280, "light", None),
    "graph-dark": (("--last",), 1280, "dark", _critical),
    "graph-sheet": (("--last",), 1280, "light", _chosen),
    "graph-narrow": (("--last",), 400, "light", _chosen),
    "graph-narrow-dark": (("--last",), 400, "dark", None),
    "graph-against": (("--against", "recipe:default"), 1280, "light", None),
}
"""Picture -> options of `graph`, width, scheme, what is done first."""


def take(page: Page, project: Path, name: str, folder: Path) -> Path:
    """One picture."""
    options, width, scheme, begin = SCENES[name]
    page.open(drawn(project, f"{name}.html", *options), width=width, height=760, scheme=scheme)
    if begin is not None:
        begin(page)
    # Two frames: one for what was asked for, one for the sheet that it opens.
    page.tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    file = folder / f"{name}.png"
    page.tab.screenshot(path=str(file))
    return file


def main() -> None:
    """Takes all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as place, chromium(Path(place) / "profile") as context:
        project = built_twice(Path(place) / "sample")
        page = Page(context)
        for name in SCENES:
            print(take(page, project, name, folder))


if __name__ == "__main__":
    main()
