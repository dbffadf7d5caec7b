"""Files of NLU data in older formats, written and read: `nlu_file(content, name)` gives what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.nlu_file import read_nlu_file
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError


@dataclass(frozen=True)
class Found:
    """What a file holds, in a form that reads well in tests."""

    part: NLUPart
    records: tuple[tuple[str, str, int, str], ...]
    warnings: tuple[tuple[int, str, str | None], ...]

    @property
    def texts(self) -> list[tuple[str | None, str]]:
        return [(example.response_key or example.intent, example.text) for example in self.part.examples]

    @property
    def entities(self) -> list[dict[str, object]]:
        return [span for example in self.part.examples for span in example.entities]

    @property
    def synonyms(self) -> dict[str, str]:
        return {synonym.surface: synonym.value for synonym in self.part.synonyms}

    @property
    def lines(self) -> dict[str, int]:
        return {text: line for _, _, line, text in self.records}

    @property
    def said(self) -> list[tuple[int, str]]:
        return [(line, what) for line, what, _ in self.warnings]


@pytest.fixture
def nlu_file(tmp_path: Path) -> Callable[..., Found]:
    def read(content: str | bytes, name: str = "nlu.md", beside: Mapping[str, str] | None = None) -> Found:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else dedent(content).lstrip("\n").encode())
        others = {other: tmp_path / other for other in beside or {}}
        for other, text in (beside or {}).items():
            others[other].write_text(text, encoding="utf-8")
        reading = Reading(name)
        part = read_nlu_file(SourceFile(path, name, others=others), reading)
        records, warnings = reading.finish()
        return Found(part, records.rows, warnings.rows)

    return read


@pytest.fixture
def nlu_problems(nlu_file: Callable[..., Found]) -> Callable[..., list[str]]:
    """The problems of a file: place, what, hint, one line each."""

    def caught(content: str | bytes, name: str = "nlu.md", beside: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(DataError) as error:
            nlu_file(content, name, beside)
        return str(error.value).splitlines()

    return caught
