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


@pytest.mark.slow
def test_options_and_recipes_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "train.yml").write_text(TRAIN)
    (tmp_path / "test.yml").write_text(TRAIN)
    options = ["--with", "early_stopping=true", "--with", "patience=1"]
    assert nlu.main([str(tmp_path), "--epochs", "1", *options]) == 0
    assert nlu.main([str(tmp_path), "--recipe", "recipe:light"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if " graphbuild " in line]
    assert [row[0] for row in rows] == ["6", "6"]
    assert rows[1][7] == "-", "an epoch of a recipe is not known"
    with pytest.raises(SystemExit, match="no_such_option"):
        nlu.main([str(tmp_path), "--epochs", "1", "--with", "no_such_option=1"])
