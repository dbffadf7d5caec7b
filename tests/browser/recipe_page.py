"""The recipe in the live page: a tab in which it is open, as a person edits it."""

from __future__ import annotations

from typing import Any


class Editor:
    """The recipe in the page."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.faults: list[str] = []
        tab.on("console", lambda one: self.faults.append(one.text) if one.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: self.faults.append(str(error)))

    def open(self, address: str, *, width: int = 1280, height: int = 800, scheme: str = "light") -> None:
        """Opens the recipe."""
        self.tab.set_viewport_size({"width": width, "height": height})
        self.tab.emulate_media(color_scheme=scheme)
        self.tab.goto("about:blank")
        self.faults.clear()  # of what was open before
        self.tab.goto(f"{address}#recipe")
        self.tab.wait_for_selector(".cm-line")
        self.settled()

    def settled(self, text: str = "") -> None:
        """Waits until the server has said what a text means."""
        self.tab.wait_for_function(
            """said => {
                const summary = document.querySelector('.recipe .summary'), text = summary.textContent;
                return text !== '' && text.includes(said) && !summary.classList.contains('busy');
            }""",
            arg=text,
        )

    def to_end(self) -> None:
        """Puts the cursor behind the text."""
        self.tab.click(".cm-content")
        self.tab.keyboard.press("Control+End")

    def type(self, text: str) -> None:
        """Types as a person does, without what the editor would close or indent by itself."""
        self.tab.keyboard.insert_text(text)

    @property
    def text(self) -> str:
        """All of it, as far as it is drawn."""
        found: list[str] = self.tab.eval_on_selector_all(".cm-line", "lines => lines.map(line => line.textContent)")
        return "\n".join(found)

    def said(self, selector: str) -> str:
        """What stands somewhere."""
        found: str = self.tab.inner_text(selector)
        return found
