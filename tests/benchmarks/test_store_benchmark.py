"""The benchmark of the store runs, and what is taken out is what was kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.store import Copy, Joblib, Store, SyncedCopy, made, main, one_round


@pytest.mark.parametrize("kind", [Store, Copy, SyncedCopy, Joblib])
def test_what_is_kept_comes_out(kind: type[Store | Copy | SyncedCopy | Joblib], tmp_path: Path) -> None:
    artifacts = made("3x5", 1024)
    files = tmp_path / "files"
    files.mkdir()
    for name, data in artifacts.items():
        (files / name).write_bytes(data)
    assert set(one_round(kind, tmp_path, files, artifacts)) == {"write", "again", "read"}
    assert [one.name for one in tmp_path.iterdir()] == ["files"]


def test_there_is_a_table_for_large_ones_and_one_for_small_ones(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--rounds", "1", "--large", "1x1", "--small", "4x2", "--dvc", ""])
    said = capsys.readouterr().out
    assert "1 artifacts of 1,024 KiB" in said
    assert "4 artifacts of 2 KiB" in said
    assert said.count("\njoblib.Memory") == 2
