"""NLU data in older formats, as Rasa itself reads it: assistants of Rasa 1 (corpora/oracle), and its own fixtures."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from graphbuild.assistant.data.nlu_merge import merge_messages, merge_synonyms
from graphbuild.assistant.data.parts import NLUPart
from graphbuild.assistant.data.readers.nlu_file import read_nlu_file
from graphbuild.assistant.data.readers.nlu_format import markdown_kind
from graphbuild.assistant.data.readers.nlu_markdown import read_nlu_markdown
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.show import show
from graphbuild.contract.source import SourceFile
from graphbuild.errors import DataError

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
CONFORMANCE = CORPORA / "conformance"
_JSON = re.compile(r"^- `(?P<path>[^`]+json/?)`[^\n]* 3\.6\.21: reads: (?P<counts>[^\[]*)", re.MULTILINE)
_MARKDOWN = re.compile(r"^- `(?P<path>[^`]+)`", re.MULTILINE)

pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]


def section(name: str) -> str:
    """A section of the index of the conformance fixtures."""
    if not CORPORA.is_dir():
        return ""
    return (CORPORA / "INDEX.md").read_text().partition(f"\n### {name}\n")[2].partition("\n### ")[0]


def of_rasa_1() -> list[str]:
    return sorted(path.stem for path in (CORPORA / "oracle").glob("*-1x.json")) or ["none"]


def counted_by_rasa() -> list[tuple[str, dict[str, int]]]:
    found = [
        (match["path"], {what.strip(): int(count) for count, what in re.findall(r"(\d+) ([a-z ]+)", match["counts"])})
        for match in _JSON.finditer(section("nlu-json"))
    ]
    return found or [("none", {})]


def fixtures_in_markdown() -> list[str]:
    return [match["path"] for match in _MARKDOWN.finditer(section("nlu-md"))] or ["none"]


def read(path: Path) -> NLUPart:
    reading = Reading(path.name)
    part = read_nlu_file(SourceFile(path, path.name), reading)
    reading.finish()
    return part


def read_all(path: str, suffix: str) -> list[NLUPart]:
    whole = CONFORMANCE / path
    return [read(file) for file in (sorted(whole.glob(f"*{suffix}")) if whole.is_dir() else [whole])]


def shown(parts: list[NLUPart]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(show([], parts, [], [])))
    return {key: plain[key] for key in ("nlu", "synonyms", "regexes", "lookups")}


@pytest.mark.parametrize("name", of_rasa_1())
def test_an_assistant_of_rasa_1_is_read_as_rasa_reads_it(name: str) -> None:
    files = sorted((CORPORA / "assistants" / name / "data").rglob("*.md"))
    ours = shown([read(path) for path in files])
    expected = json.loads((CORPORA / "oracle" / f"{name}.json").read_text())
    for key, value in ours.items():
        assert value == expected[key], key


@pytest.mark.parametrize(("path", "counts"), counted_by_rasa())
def test_a_fixture_in_json_is_read_as_rasa_reads_it(path: str, counts: dict[str, int]) -> None:
    parts = read_all(path, ".json")
    messages = merge_messages(parts)
    ours = {
        "examples": len(messages),
        "intents": len(messages.intents.names),
        "entities": len(messages.entities.values),
        "synonyms": len(merge_synonyms(parts)[0].pairs),
        "regexes": sum(len(part.regexes) for part in parts),
        "lookups": sum(len(part.lookups) for part in parts),
        "retrieval responses": 0,
    }
    assert counts == {what: ours[what] for what in counts}
    assert counts


@pytest.mark.parametrize("path", fixtures_in_markdown())
def test_a_fixture_in_markdown_is_read_and_one_that_is_invalid_refused(path: str) -> None:
    if f"`{path}` - INVALID" not in section("nlu-md"):
        assert any(part != NLUPart() for part in read_all(path, ".md"))
        return
    with pytest.raises(DataError) as caught:
        read_all(path, ".md")
    (problem,) = caught.value.problems
    assert problem.location is not None
    assert problem.location.line == 1


def test_the_same_data_in_json_and_in_markdown_is_the_same() -> None:
    ours = {suffix: shown([read(CONFORMANCE / f"examples/rasa/demo-rasa{suffix}")]) for suffix in (".md", ".json")}
    assert ours[".md"]["regexes"] == ours[".json"]["regexes"]
    texts = [{example["text"] for example in one["nlu"]} for one in ours.values()]
    assert texts[0] == texts[1]


def test_data_over_several_files_is_that_of_one() -> None:
    whole = shown([read(CONFORMANCE / "examples/rasa/demo-rasa.md")])
    split = shown(read_all("test/multiple_files_markdown", ".md"))
    assert {json.dumps(row) for row in split["nlu"]} == {json.dumps(row) for row in whole["nlu"]}
    for key in ("synonyms", "regexes", "lookups"):
        assert split[key] == whole[key]


def test_every_markdown_file_is_of_the_kind_that_its_name_says() -> None:
    kinds = {"nlu": "nlu", "stories": "stories", "responses": "responses", "story": "stories"}
    files = [path for path in CORPORA.rglob("*.md") if path.stem.split("_")[0].split("-")[0] in kinds]
    assert len(files) > 40
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert markdown_kind(text) == kinds[path.stem.split("_")[0].split("-")[0]], path


def test_the_bare_sections_of_a_fixture_are_refused_where_they_begin() -> None:
    path = CONFORMANCE / "test/markdown_single_sections/incorrect_nlu_format.md"
    reading = Reading(path.name)
    read_nlu_markdown(path.read_text(), reading)
    with pytest.raises(DataError, match=r"incorrect_nlu_format\.md:1: the section `## deny` says not what its items"):
        reading.finish()
