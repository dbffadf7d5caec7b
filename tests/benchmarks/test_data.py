"""The data benchmark: the projects that it makes are what they say, and are read whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import data


def test_every_example_is_different_and_read(tmp_path: Path) -> None:
    data.make_project(tmp_path, 400)
    assert len(list((tmp_path / "data").iterdir())) == data.FILES
    assert data.count_read(tmp_path) == 400
    data.edit_one_file(tmp_path, 1)
    assert "edit1" in (tmp_path / "data" / "nlu_050.yml").read_text()
    assert data.count_read(tmp_path) == 400


def test_the_table_has_a_row_for_each_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert data.main(["--sizes", "200", "--runs", "1"]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [word for word in ("cold", "no-op", "one file edited") if not any(word in row for row in rows)] == []
