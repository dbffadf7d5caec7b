"""Default components written into a config: all else stays, and what cannot be added to is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from graphbuild.errors import UsageError
from graphbuild.project.config_lists import fill_lists


def test_line_ends_stay(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_bytes(b"language: en\r\npolicies: ~ # none yet\r\n# The end.\r\n")
    assert fill_lists("config.yml", tmp_path) == ["pipeline", "policies"]
    text = config.read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n")
    assert b"\r\npolicies:  # none yet\r\n- name: MemoizationPolicy\r\n" in text
    assert len(yaml.safe_load(text)["pipeline"]) == 9
    assert fill_lists("config.yml", tmp_path) == []
    assert config.read_bytes() == text


@pytest.mark.parametrize("text", ["{language: en, pipeline: [], policies: []}\n", "language: en\npipeline:\n  []\n"])
def test_what_cannot_be_added_to_is_refused_and_stays(tmp_path: Path, text: str) -> None:
    config = tmp_path / "config.yml"
    config.write_text(text)
    with pytest.raises(UsageError) as raised:
        fill_lists("config.yml", tmp_path)
    assert "`pipeline` cannot be written into config.yml" in raised.value.problems[0].what
    assert config.read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["config.yml"]
