"""Every fixture of Rasa's own tests, as the index of the corpora has it: shown, or refused where it is wrong."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command_line import Ran, run

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
CONFORMANCE = CORPORA / "conformance"
pytestmark = [pytest.mark.corpora, pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")]

INVALID = {
    "test_domains/test_domain_from_directory/": ("domain_invalid.yml", 4),
    "test_domains/wrong_response_format.yml": ("wrong_response_format.yml", 21),
    "test/markdown_single_sections/incorrect_nlu_format.md": ("incorrect_nlu_format.md", 1),
    "test_yaml_stories/rules_missing_intent.yml": ("rules_missing_intent.yml", 6),
    "test_yaml_stories/stories_missing_intent.yml": ("stories_missing_intent.yml", 6),
}
"""What the index calls so -> the file and the line that is wrong in it."""
EMPTY = ("test/incorrect_nlu_format.yml", "rasa_yaml_examples/nlu.yml", "test_domains/test_domain_from_directory1/")
"""Valid, and says nothing of the kind that its section counts."""
OF_CONFIGS = re.compile(
    r"there is no component `\w+`|cannot import `tests\.|`(pipeline|policies)` is empty, and Rasa's defaults"
    r"|`\w+` needs `[\w-]+`( and `[\w-]+`)*, which (is|are) not installed|input port `messages` is not filled"
    r"|the models of `ConveRTFeaturizer` are no longer public|there is no (spaCy model|file) `"
)
"""What may be wrong with a config that is read: a component that does not exist yet, or whose extra or model is
missing; a pipeline without the tokenizer that the rest needs; ConveRT, which nobody can have any more."""


def fixtures() -> list[tuple[str, str, bool]]:
    """Section, path, whether it is valid."""
    if not CORPORA.is_dir():
        return []
    text = (CORPORA / "INDEX.md").read_text().partition("\n## Conformance fixtures\n")[2].partition("\n## ")[0]
    found = []
    for section in text.split("\n### ")[1:]:
        rows = re.findall(r"^- `([^`]+)`[^\n]*? - ([^\n]*)", section, re.MULTILINE)
        found += [(section.split("\n")[0], path, not said.startswith("INVALID")) for path, said in rows]
    return found


def of(*sections: str) -> list[tuple[str, bool]]:
    return [(path, valid) for section, path, valid in fixtures() if section in sections] or [("none", True)]


def fixture(path: str, folder: Path) -> Path:
    """A copy of it, so that nothing is written beside it."""
    there = CONFORMANCE / path
    if there.is_dir():
        return Path(shutil.copytree(there, folder / there.name))
    return Path(shutil.copy(there, folder))


def check(ran: Ran, path: str, *, valid: bool) -> dict[str, Any]:
    """The document of a fixture that is valid; an empty one of one that is refused at its line."""
    if valid:
        assert ran.code == 0, ran.err
        document: dict[str, Any] = ran.document
        assert not [one for one in document.get("warnings", ()) if "passed over" in one["what"]]
        return document
    assert ran.code == 2
    (problem,) = ran.document["problems"]
    assert (Path(problem["path"]).name, problem["line"]) == INVALID[path]
    return {}


def test_the_index_lists_the_fixtures() -> None:
    assert len(fixtures()) == 116
    assert {path for _, path, valid in fixtures() if not valid} == set(INVALID)


@pytest.mark.parametrize(("path", "valid"), of("domain"))
def test_a_domain(path: str, valid: bool, tmp_path: Path) -> None:
    ran = run("-C", tmp_path, "data", "show", "--json", "--domain", fixture(path, tmp_path))
    if shown := check(ran, path, valid=valid):
        assert shown["domain"]["intents"]


SECTIONS = {"nlu": ("nlu", "nlu-json", "nlu-md"), "steps": ("stories", "stories-md")}


@pytest.mark.parametrize(("path", "valid"), of(*SECTIONS["nlu"]))
def test_nlu_data(path: str, valid: bool, tmp_path: Path) -> None:
    ran = run("-C", tmp_path, "data", "show", "--json", "--data", fixture(path, tmp_path))
    if shown := check(ran, path, valid=valid):
        assert (shown["nlu"] + shown["regexes"] == []) == (path in EMPTY)


@pytest.mark.parametrize(("path", "valid"), of(*SECTIONS["steps"]))
def test_stories(path: str, valid: bool, tmp_path: Path) -> None:
    ran = run("-C", tmp_path, "data", "show", "--json", "--data", fixture(path, tmp_path))
    if shown := check(ran, path, valid=valid):
        assert shown["steps"]


@pytest.mark.parametrize(("path", "valid"), of("responses", "responses-md"))
def test_responses(path: str, valid: bool, tmp_path: Path) -> None:
    ran = run("-C", tmp_path, "data", "show", "--json", "--data", fixture(path, tmp_path))
    shown = check(ran, path, valid=valid)
    assert shown["domain"]["responses"] or shown["nlu"]


@pytest.mark.parametrize(("path", "valid"), of("project", "project-md"))
def test_a_project(path: str, valid: bool, tmp_path: Path) -> None:
    project = fixture(path, tmp_path)
    shown = check(run("-C", project, "data", "show", "--json"), path, valid=valid)
    assert shown["domain"]["intents"]
    assert shown["nlu"]
    assert shown["steps"]


@pytest.mark.parametrize(("path", "valid"), of("config"))
def test_a_config(path: str, valid: bool, tmp_path: Path) -> None:
    """Read, so that only components that do not exist yet stand in its way."""
    shutil.copytree(CORPORA / "assistants" / "moodbot", tmp_path / "project")
    config = fixture(path, tmp_path / "project")
    assert valid
    ran = run("-C", tmp_path / "project", "plan", "--json", "--config", config.name)
    if ran.code == 2:
        for problem in ran.document["problems"]:
            assert OF_CONFIGS.match(problem["what"]), problem
            assert problem["path"] == config.name
