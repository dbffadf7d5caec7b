"""The benchmark of understanding, on a data set of a few examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import nlu

TRAIN = """\
nlu:
- intent: greet
  examples: |
    - hi
    - hello there
    - good day to [Ann](name)
- intent: bye
  examples: |
    - bye
    - see you [Ann](name)
    - so long
"""


@pytest.mark.slow
def test_a_table_of_speed_memory_and_accuracy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.yml").write_text(TRAIN)
    (tmp_path / "test.yml").write_text(TRAIN)
    assert nlu.main([str(tmp_path), "--epochs", "1", "--seeds", "1", "--sizes", "5"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1].split()[:3] == ["5", "graphbuild", "1"]
    assert "mean of 1: accuracy" in out
    assert "entity F1" in out.splitlines()[2]
