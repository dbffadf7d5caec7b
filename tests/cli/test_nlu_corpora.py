"""Every pipeline of the assistants of the corpora, as it is: it compiles for `train nlu`, or says what is missing."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.assistants import ASSISTANTS, CORPORA, MISSING, assistants
from tests.assistants import WRONG as BY_CONFIG
from tests.cli.command_line import run

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.slow,
    pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA"),
]

WRONG = {
    **BY_CONFIG,
    "concertbot-1x": [(None, "there is nothing to train `nlu` from: no file holds `examples` or `texts`")],
}
"""Assistants whose pipeline, or whose data, cannot be trained: lines and problems."""

OLD = {
    "carbon-bot": [4, 29],
    "community-cedex-event-1x": [4, 11],
    "community-cedex-hotel-1x": [4, 11, 12],
    "community-cedex-travel-1x": [4, 11, 12],
    "community-coffee-de-1x": [8, 16, 17],
    "community-coffee-sv-1x": [8, 16, 17],
    "community-coviz-1x": [5, 26, 30, 31],
    "community-intents-zh-1x": [14],
    "community-restaurant": [26, 27],
    "community-smalltalk-1x": [26],
    "concertbot-1x": [21, 23],
    "formbot-1x": [8, 17, 19, 20],
    "masterclass-ep8-medicare-1x": [11, 17, 18, 19, 20],
    "moodbot-1x": [4, 16],
}
"""Lines with something that Rasa 3 calls otherwise."""


def named(line: str) -> bool:
    """Whether a component, a model or a whole pipeline is named in a line of a config."""
    return re.search(r"^\s*-\s|^\s*model:|^pipeline:", line) is not None


@pytest.fixture
def project(name: str, tmp_path: Path) -> Path:
    """A copy, with epochs cut to one."""
    copy = Path(shutil.copytree(ASSISTANTS / name, tmp_path / name))
    config = copy / "config.yml"
    text = config.read_text("utf-8")
    config.write_text(re.sub(r"(?m)^(\s*epochs:).*$", r"\1 1", text), "utf-8")
    assert text.count("\n") == config.read_text("utf-8").count("\n")
    return copy


@pytest.mark.parametrize("name", assistants())
def test_a_pipeline_compiles_or_says_what_is_missing(name: str, project: Path) -> None:
    ran = run("-C", project, "train", "nlu", "--dry-run", "--json", "--config", "config.yml")
    if name not in WRONG and ran.code == 3:
        nodes = {one["node"] for one in ran.document["nodes"]}
        assert any(node.endswith(":train") for node in nodes)
        return
    assert ran.code == 2, ran.err
    problems = [(one["line"], one["what"]) for one in ran.document["problems"]]
    if name in WRONG:
        assert problems == WRONG[name]
        return
    lines = (project / "config.yml").read_text("utf-8").splitlines()
    for one in ran.document["problems"]:
        assert MISSING.match(one["what"]), one
        assert one["path"] == "config.yml"
        assert named(lines[one["line"] - 1]), one


@pytest.mark.parametrize("name", assistants())
def test_what_is_old_in_a_config_is_told_at_its_line(name: str, project: Path) -> None:
    ran = run("-C", project, "validate", "--json", "--config", "config.yml")
    old = [one for one in ran.document["findings"] if one["code"] == "GB644"]
    assert [one["line"] for one in old] == OLD.get(name, [])
    lines = (project / "config.yml").read_text("utf-8").splitlines()
    for one in old:
        word = one["what"].split("`")[1]
        # What is said of an option stands with the item that has it.
        item = "\n".join(lines[one["line"] - 1 :]).split("\n- ")[0]
        assert word in item, one
