"""A small assistant for the training API, that trains in a moment."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
CONFIG = """
recipe: default.v1
language: en
pipeline:
- name: WhitespaceTokenizer
- name: KeywordIntentClassifier
policies:
- name: MemoizationPolicy
- name: RulePolicy
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample with that config, in the current folder."""
    folder = tmp_path / "bot"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns(".graphbuild", "models", "graphbuild.yml", "tests"))
    (folder / "config.yml").write_text(CONFIG)
    monkeypatch.chdir(folder)
    return folder
