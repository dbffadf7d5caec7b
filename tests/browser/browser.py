"""A headless Chromium for tests of pages, and the npm packages that they are judged by; skips where there are none.

npm packages are fetched into the user's cache once, never into the repository.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
_NAMES = ("chromium", "chromium-browser", "google-chrome")
PACKAGES = Path.home() / ".cache" / "graphbuild-tests" / "npm"


def chromium_path() -> str:
    """The browser, or a skipped test."""
    pytest.importorskip("playwright.sync_api", reason="the Python package playwright is not installed")
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("there is no chromium on this machine")
    return path


@contextmanager
def chromium(folder: Path) -> Iterator[Any]:
    """A browser whose profile is an empty folder. While it is open no other event loop runs in this thread."""
    path = chromium_path()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        context = started.chromium.launch_persistent_context(
            str(folder), executable_path=path, args=list(FLAGS), viewport={"width": 1280, "height": 800}
        )
        try:
            yield context
        finally:
            context.close()


def npm_package(name: str, version: str) -> Path:
    """The folder of an npm package, fetched where it is not there yet."""
    folder = PACKAGES / f"{name}-{version}"
    package = folder / "node_modules" / name
    if not package.is_dir():
        if shutil.which("npm") is None:
            pytest.skip(f"{name} is not there, and there is no npm to fetch it")
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", f"{name}@{version}"]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
        if ran.returncode or not package.is_dir():
            pytest.skip(f"{name} cannot be fetched")
    return package


class Page:
    """A page that is open, and what went wrong in it."""

    def __init__(self, context: Any, tab: Any = None) -> None:
        self.tab = tab or (context.pages[0] if context.pages else context.new_page())
        self.faults: list[str] = []
        self.tab.on("console", lambda one: self.faults.append(one.text) if one.type in ("error", "warning") else None)
        self.tab.on("pageerror", lambda error: self.faults.append(str(error)))
        self.tab.on("request", lambda one: self.faults.append(one.url) if one.url.startswith("http") else None)

    def open(self, file: Path, *, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Opens a file from the disk."""
        self.faults.clear()
        self.tab.set_viewport_size({"width": width, "height": height})
        self.tab.emulate_media(color_scheme=scheme)
        self.tab.goto(file.resolve().as_uri())
        self.tab.wait_for_function("performance.getEntriesByName('first picture').length > 0")

    def focused(self) -> str | None:
        """The node whose box has the focus."""
        found: str | None = self.tab.evaluate("document.activeElement.dataset.node ?? null")
        return found

    def press(self, *keys: str) -> None:
        """Keys, one after the other."""
        for key in keys:
            self.tab.keyboard.press(key)

    def search(self, text: str) -> None:
        """Searches, and goes to the first that is found."""
        self.press("/")
        self.tab.keyboard.type(text)
        self.press("Enter")

    def place(self, node: str) -> tuple[float, float]:
        """Where the middle of a node's box is on the screen."""
        x, y = self.tab.evaluate(
            """id => {
                const {model, view, layout} = graphbuild, box = model.boxOf.get(model.node(id));
                const {x, y} = layout().places.get(box), at = document.getElementById("view").getBoundingClientRect();
                return [(x + 104 - view.x) * view.scale + at.x, (y + 25 - view.y) * view.scale + at.y];
            }""",
            node,
        )
        return x, y
