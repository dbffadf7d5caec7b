"""TextFile: reads one text file of the project."""

from __future__ import annotations

from dataclasses import dataclass

from graphbuild.contract.artifact import JsonValue
from graphbuild.contract.component import Component, Options
from graphbuild.contract.location import Location
from graphbuild.contract.options import option
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError, Problem


class TextFile(Component):
    """Reads a UTF-8 text file. Output: its text, or the list of its lines; each line ends with one line feed."""

    kind = "importer"

    @dataclass(frozen=True)
    class Config(Options):
        """What is made of the text."""

        lines: bool = option(False, "Give a list of lines, without their ends.")
        comment: str = option("", "Leave out lines that begin with this, so that editing them changes nothing.")

    def apply(self, source: SourceFile) -> JsonValue:
        """Raises DataError where the file is not UTF-8."""
        text = read_utf8(source)
        lines = text.split("\n")
        if self.config.comment:
            lines = [line for line in lines if not line.startswith(self.config.comment)]
        if not self.config.lines:
            return JsonValue("\n".join(lines))
        return JsonValue(lines[:-1] if lines[-1:] == [""] else lines)


def read_utf8(source: SourceFile) -> str:
    """The text of a file, lines ended by a line feed. Raises DataError with the line where it is not UTF-8."""
    try:
        text = source.read_text()
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DataError(
            Problem("the file is not UTF-8", Location(source.label, line), hint="save it as UTF-8")
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
