"""A service that a pipeline asks, and that does not answer, is told of; messages are understood without it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from graphbuild.agent import Agent
from graphbuild.builder import build
from graphbuild.session import BuildRequest

CONFIG = """
recipe: default.v1
language: en
pipeline:
- {name: WhitespaceTokenizer}
- {name: KeywordIntentClassifier}
- {name: DucklingEntityExtractor, url: "http://127.0.0.1:9", dimensions: [number]}
- {name: EntitySynonymMapper}
"""
NLU = """
nlu:
- intent: greet
  examples: |
    - hello
"""


def test_a_duckling_server_that_does_not_answer_is_told_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text(CONFIG)
    (tmp_path / "data" / "nlu.yml").write_text(NLU)
    report = build(BuildRequest(tmp_path, "config.yml", targets=("nlu",)))
    assert report.model is not None, report.problems
    agent = Agent.load(report.model)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert agent.parse("hello")["intent"]["name"] == "greet"
    (told,) = caplog.messages
    assert told.startswith("Duckling did not answer for 1 of 1 messages: ")
    assert told.endswith(" (is there a Duckling server at http://127.0.0.1:9?)")
    caplog.clear()
    assert agent.parse("/greet")["intent"]["name"] == "greet"
    assert caplog.messages == []
