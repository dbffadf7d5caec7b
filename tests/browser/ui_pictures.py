"""Pictures of the live page for docs/images, of the sample assistant: python -m tests.browser.ui_pictures [FOLDER]"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from graphbuild.builder import build
from graphbuild.session import BuildRequest
from tests.browser.browser import Page, chromium
from tests.browser.conftest import ROOT
from tests.browser.live import LivePage, served

NAMES = ("ui-running", "ui-builds", "ui-packages", "ui-builds-dark", "ui-narrow")
_EPOCHS = 150


def edited(folder: Path) -> Path:
    """The sample assistant, built; then an example and the epochs of a policy were changed."""
    project = folder / "workshop"
    shutil.copytree(ROOT / "recipes" / "sample", project, ignore=shutil.ignore_patterns(".graphbuild", "models"))
    assert build(BuildRequest(project, "graphbuild.yml", store=project / ".graphbuild")).problems == ()
    data = project / "data" / "nlu.yml"
    data.write_text(data.read_text().replace("good afternoon", "good evening"))
    recipe = project / "graphbuild.yml"
    recipe.write_text(f"{recipe.read_text()}nodes:\n  ted: {{with: {{epochs: {_EPOCHS}}}}}\n")
    return project


def take_all(page: Page, project: Path, folder: Path) -> list[Path]:
    """All pictures, in the order in which one would see them."""
    taken = []
    with served(project) as address:
        live = LivePage(page, address)

        def take(name: str) -> None:
            live.settle()
            taken.append(folder / f"{name}.png")
            page.tab.screenshot(path=str(taken[-1]))

        live.open(height=760)
        live.page.search("ted:train")
        live.page.press("Escape", "b")
        live.wait_until(f"graphbuild.now.build?.nodes['ted:train']?.done > {_EPOCHS // 2}")
        take("ui-running")
        live.wait_for_said("done")
        live.wait_until("graphbuild.now.build.running === false")
        for view, name, scheme in (
            ("builds", "ui-builds", "light"),
            ("packages", "ui-packages", "light"),
            ("builds", "ui-builds-dark", "dark"),
        ):
            live.open(f"#{view}", height=760, scheme=scheme)
            page.tab.wait_for_selector(f"#{view} .detail .diff")
            take(name)
        live.open("#graph", width=400, height=760)
        live.page.search("ted:train")
        take("ui-narrow")
        assert live.faults == []
        page.tab.goto("about:blank")
    return taken


def main() -> None:
    """Takes all of them."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as place, chromium(Path(place) / "profile") as context:
        for file in take_all(Page(context), edited(Path(place)), folder):
            print(file)


if __name__ == "__main__":
    main()
