"""LabelledLines: reads texts with labels from a file, one a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from graphbuild.contract.artifact import Ports
from graphbuild.contract.component import Component
from graphbuild.contract.location import Location
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError, Problem
from graphbuild.general.text_file import read_utf8
from graphbuild.general.texts import LabelledTexts


@dataclass(frozen=True)
class LabelledLinesPorts(Ports):
    """One port; when the package is used, the texts come from outside as `texts`."""

    runtime: ClassVar[Mapping[str, str]] = {"output": "texts"}
    output: LabelledTexts


class LabelledLines(Component):
    """Reads lines `label<TAB>text`. Empty lines and lines that begin with # are passed over. Output: the texts."""

    kind = "importer"

    def apply(self, source: SourceFile) -> LabelledLinesPorts:
        """Raises DataError naming every line that is not of that form."""
        texts: list[str] = []
        labels: list[str | None] = []
        problems = []
        for number, line in enumerate(read_utf8(source).split("\n"), start=1):
            if not line.strip() or line.startswith("#"):
                continue
            label, tab, text = (part.strip(" ") for part in line.partition("\t"))
            if not (label and tab and text):
                problems.append(_wrong(line, Location(source.label, number)))
                continue
            labels.append(label)
            texts.append(text)
        if problems:
            raise DataError(problems)
        return LabelledLinesPorts(LabelledTexts(tuple(texts), tuple(labels)))


def _wrong(line: str, place: Location) -> Problem:
    what = "there is no tab in the line" if "\t" not in line else "the label or the text is empty"
    return Problem(what, place, hint="a line is a label, a tab, and the text")
