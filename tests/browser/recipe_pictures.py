"""The picture of the recipe in docs/images, of the sample: python -m tests.browser.recipe_pictures [FOLDER]"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.browser import chromium
from tests.browser.conftest import ROOT, built_twice
from tests.browser.live import served
from tests.browser.recipe_page import Editor

EDITED = """nodes:
  words:
    with: {max_ngram: 2}
  lexical: null
  diet:
    uses: DIETClassifier
    needs: {messages: tokens, features: [words, chars]}
  fallback:
    needs: {intents: diet.intents}
"""


def take(tab: Any, address: str, folder: Path) -> Path:
    """An edited recipe whose plan is shown, and then a problem in it."""
    editor = Editor(tab)
    editor.open(address, height=760)
    editor.to_end()
    editor.type(EDITED)
    editor.settled("added: diet")
    tab.click("text=Show plan")
    tab.wait_for_function("() => graphbuild.model.nodes.some(node => node.change === 'removed')")
    tab.click(".cm-content")
    tab.keyboard.press("Control+End")
    editor.type("  ted:\n    with: {epochs: 20, constrain_similarity: true}\n")
    tab.wait_for_selector(".recipe .problems li")
    editor.type("  memo:\n    with:\n      ")
    tab.keyboard.press("Control+Space")
    tab.wait_for_selector(".cm-completionInfo")
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    file = folder / "recipe.png"
    tab.screenshot(path=str(file))
    assert editor.faults == []
    return file


def main() -> None:
    """Takes it."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    with tempfile.TemporaryDirectory() as place, chromium(Path(place) / "profile") as context:
        project = built_twice(Path(place) / "sample")
        with served(project) as address:
            print(take(context.pages[0], address, folder))


if __name__ == "__main__":
    main()
