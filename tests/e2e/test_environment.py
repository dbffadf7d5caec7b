"""Variables of the environment in a config: a compiled graph is kept, and what they put into it is in no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import graph
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
