"""The harm that the probes and the assistant's benchmark do is the harm that they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from graphbuild.contract.artifact import Blob
from graphbuild.contract.source import SourceFile, SourceTree
from graphbuild.general.command import Command
from tests.benchmarks import assistant, probes

NLU = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - good [morning](time)
"""
DOMAIN = """\
version: "3.1"
intents: [greet]
responses:
  utter_greet:
  - text: "Hello, text: there"
"""


def test_the_chain_makes_what_the_probes_expect(tmp_path: Path) -> None:
    chain = probes.Chain(tmp_path)
    chain.write()
    nodes = yaml.safe_load((tmp_path / "graphbuild.yml").read_text())["nodes"]
    made: list[Blob] = []
    for node in nodes.values():
        tree = SourceTree({name: SourceFile(tmp_path / name, name) for name in node["reads"]})
        made = [Command(Command.Config(command=node["with"]["command"])).apply(made, tree)]
    assert made[0].data == probes.EXPECTED
    assert chain.ran() == ["first", "mid", "final"]


def test_rot_changes_bytes_and_nothing_else_that_shows(tmp_path: Path) -> None:
    path = tmp_path / "blob"
    path.write_bytes(b"content")
    path.chmod(0o444)
    before = path.stat()
    probes.rot(path)
    after = path.stat()
    assert path.read_bytes() != b"content"
    assert (before.st_size, before.st_mtime_ns, before.st_mode) == (after.st_size, after.st_mtime_ns, after.st_mode)


def test_a_cycle_and_a_second_producer_are_what_they_say(tmp_path: Path) -> None:
    nodes = probes.Chain(tmp_path).nodes()
    assert [yaml.safe_load(line) for line in probes.cycle(nodes)][1]["mid"]["needs"] == {"inputs": ["final"]}
    assert [re.match(r"  (\w+):", line)[1] for line in probes.twice(nodes)].count("mid") == 2  # type: ignore[index]


def test_an_example_is_edited_once_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/nlu.yml").write_text(NLU)
    assistant.edit_example(tmp_path, 3)
    assert (tmp_path / "data/nlu.yml").read_text() == NLU.replace("- hello", "- take3 hello")


def test_a_response_is_edited_once_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text(DOMAIN)
    assistant.edit_response(tmp_path, 1)
    assert (tmp_path / "domain.yml").read_text() == DOMAIN.replace('"Hello', '"take1 Hello')


def test_a_project_without_examples_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no file of the project"):
        assistant.edit_example(tmp_path, 0)


def test_kinds_that_ran_are_counted() -> None:
    rows = [("policy", "run"), ("policy", "run"), ("importer", "hit")]
    document = {"nodes": [{"kind": kind, "decision": decision} for kind, decision in rows]}
    assert assistant.kinds_run(document) == {"policy": 2}
