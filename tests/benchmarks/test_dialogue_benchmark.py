"""The benchmark of dialogue policies, on an assistant of three stories."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import dialogue

DOMAIN = """\
intents: [greet, bye]
responses:
  utter_hi: [{text: hi}]
  utter_bye: [{text: bye}]
"""
STORIES = """\
stories:
- story: both
  steps: [{intent: greet}, {action: utter_hi}, {intent: bye}, {action: utter_bye}]
- story: one
  steps: [{intent: bye}, {action: utter_bye}]
"""
POLICIES = ["TEDPolicy", "UnexpecTEDIntentPolicy"]


@pytest.mark.slow
def test_a_table_of_speed_memory_and_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "config.yml").write_text("recipe: default.v1\nlanguage: en\n")
    (tmp_path / "domain.yml").write_text(DOMAIN)
    (tmp_path / "data" / "stories.yml").write_text(STORIES)
    assert dialogue.main([str(tmp_path), "--policies", *POLICIES, "--epochs", "1"]) == 0
    rows = [row.split() for row in capsys.readouterr().out.splitlines()[1:]]
    assert [row[1:4] for row in rows] == [[policy, "graphbuild", "1"] for policy in POLICIES]
    assert [row[-1] for row in rows] == ["8", "8"]
