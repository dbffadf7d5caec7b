"""`graphbuild ui` in a process of its own, and the tab that looks at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.browser import Page
from tests.conftest import ROOT

_LOOK_MS, _PATIENCE = 50, 1_200


@contextmanager
def served(project: Path, *more: str) -> Iterator[str]:
    """The address of a live page, which ends with the context."""
    command = [
        sys.executable,
        "-m",
        "graphbuild",
        "-C",
        str(project),
        "--store",
        str(project / ".graphbuild"),
        "ui",
        *more,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
        assert process.returncode == 0


class LivePage:
    """A tab on a live page: `Page` for its hands, and its faults without what it asks of its own server."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.tab = page, page.tab
        self.address = address
        self._own = address.partition("/?")[0]

    def open(self, view: str = "", *, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Opens the address that was printed, and waits for what it shows."""
        self.page.faults.clear()
        self.tab.goto("about:blank")
        self.tab.set_viewport_size({"width": width, "height": height})
        self.tab.emulate_media(color_scheme=scheme)
        self.tab.goto(self.address + view)
        self.wait_until("document.body.dataset.view && graphbuild.now?.document")

    @property
    def faults(self) -> list[str]:
        """What went wrong, and who else was asked."""
        return [one for one in self.page.faults if not one.startswith(self._own)]

    def said(self) -> str:
        """The line on the plan or the build."""
        found: str = self.tab.inner_text("#said")
        return found

    def wait_until(self, told: str) -> None:
        """Until an expression is true. The page's policy forbids what Playwright itself would wait by."""
        for _ in range(_PATIENCE):
            if self.tab.evaluate(f"() => Boolean({told})"):
                return
            self.tab.wait_for_timeout(_LOOK_MS)
        raise AssertionError(f"not within a minute: {told}; said: {self.said()}")

    def wait_for_said(self, text: str) -> None:
        """Until the line says so."""
        self.wait_until(f"document.getElementById('said').textContent.includes({json.dumps(text)})")

    def wait_for_outcome(self, node: str, outcome: str) -> None:
        """Until the picture has it so."""
        found = f"graphbuild.model.outcomeOf(graphbuild.model.node({json.dumps(node)}) ?? {{}})"
        self.wait_until(f"{found} === {json.dumps(outcome)}")

    def outcome(self, node: str) -> Any:
        """What became of a node, as the picture has it."""
        return self.tab.evaluate("id => graphbuild.model.outcomeOf(graphbuild.model.node(id))", node)

    def settle(self) -> None:
        """Waits until what was asked for is drawn."""
        self.tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
