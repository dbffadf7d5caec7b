"""Lines of a Markdown file of Rasa 1 or 2, comments blanked out, each with its place. Knows no stories."""

from __future__ import annotations

import re
from collections.abc import Iterator

from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.location import Location

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)

Line = tuple[str, Location]


def markdown_lines(text: str, reading: Reading) -> Iterator[Line]:
    """The lines that say something, stripped. A comment may span lines; one that is never closed is warned of."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    bare = _COMMENT.sub(lambda comment: _blanked(comment, text, reading), text)
    for number, line in enumerate(bare.split("\n"), start=1):
        words = line.strip()
        if words:
            yield words, Location(reading.label, number, len(line) - len(line.lstrip()) + 1)


def _blanked(comment: re.Match[str], text: str, reading: Reading) -> str:
    if not comment[0].endswith("-->"):
        where = Location(reading.label, text.count("\n", 0, comment.start()) + 1)
        reading.warn("a comment is not closed; the rest of the file is passed over", where, "close it with `-->`")
    # Lines keep their numbers.
    return "\n" * comment[0].count("\n")
