"""Reads a Markdown file of responses to retrieval intents (Rasa 1 and 2: "NLG data") into a ResponsesPart.

`## title`, `* intent/key`, `- text`, each text a variation. Knows no domain and no stories. RASA.md 3.4.
"""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.data.parts import ResponsesPart
from graphbuild.assistant.data.readers.markdown_lines import markdown_lines
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.location import Location


def read_responses_markdown(text: str, reading: Reading) -> ResponsesPart:
    """The part; what is wrong or odd is told to `reading`. Responses are named as Rasa 2.8 names them."""
    reader = _Reader(reading)
    for words, where in markdown_lines(text, reading):
        reader.line(words, where)
    reader.close()
    return ResponsesPart(tuple(reader.responses.items()))


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._open: tuple[str, Location] | None = None
        self._texts: list[dict[str, Any]] = []
        self._parts: list[tuple[int, str]] = []
        self.responses: dict[str, tuple[dict[str, Any], ...]] = {}

    def line(self, words: str, where: Location) -> None:
        """One line that is not empty."""
        if words.startswith("#"):
            self.close()
        elif words.startswith("*"):
            self.close()
            name = words[1:].strip()
            if name:
                self._open = (name if name.startswith(RESPONSE_PREFIX) else RESPONSE_PREFIX + name, where)
            else:
                self._reading.problem("this line names no retrieval intent", where, "write `* intent/key`")
        elif words.startswith("-"):
            self._text(words[1:].strip(), where)
        else:
            self._reading.warn(f"this line is passed over: {words}", where, "a line begins with ##, * or -")

    def close(self) -> None:
        """Ends the open response."""
        if self._open is not None:
            name, where = self._open
            if not self._texts:
                self._reading.warn(f"response `{name}` says nothing", where, "write `- TEXT` below it")
            if name in self.responses:
                self._reading.warn(f"response `{name}` is given twice; the last counts", where, "remove one of them")
            self.responses[name] = tuple(self._texts)
            shown = f"response `{name}`"
            self._reading.record("responses", f"response {name}", where.line, shown, self._texts)
            self._reading.record("space", f"response {name}", where.line, shown)
            self._reading.parts(shown, self._parts)
        self._open, self._texts, self._parts = None, [], []

    def _text(self, text: str, where: Location) -> None:
        if self._open is None:
            hint = "begin one with a line `* intent/key`"
            self._reading.warn("this text belongs to no response; it is passed over", where, hint)
        elif not text:
            self._reading.warn("this text is empty; it is passed over", where)
        else:
            self._texts.append({"text": text.replace("\\n", "\n")})
            self._parts.append((where.line, f"text: {text}"))
