"""Variables of the environment in a config: a compiled graph is kept, and what they put into it is in no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import graph
from graphbuild.graph.graph import NodeId
from graphbuild.session import BuildRequest


def test_a_changed_variable_compiles_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGUE", "de")
    (tmp_path / "config.yml").write_text("language: ${TONGUE}\npipeline: [{name: WhitespaceTokenizer}]\n")
    (tmp_path / "domain.yml").write_text("intents: [greet]\n")
    (tmp_path / "data").mkdir()

    def language() -> str | None:
        return graph(BuildRequest(tmp_path, "config.yml")).language

    assert [language(), language()] == ["de", "de"]
    monkeypatch.setenv("TONGUE", "sv")
    assert language() == "sv"
    monkeypatch.setenv("TONGUE", "de")
    assert language() == "de"


def test_an_empty_variable_is_one_that_is_not_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yml").write_text("language: en\npipeline: [WhitespaceTokenizer, DIETClassifier]\n")
    (tmp_path / "domain.yml").write_text("intents: [greet]\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "nlu.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - hello\n")

    def static() -> str:
        return graph(BuildRequest(tmp_path, "config.yml")).nodes[NodeId("diet_classifier_1:train")].static

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    unset = static()
    monkeypatch.setenv("KERAS_BACKEND", "")
    assert static() == unset
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert static() != unset
