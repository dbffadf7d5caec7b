"""Private folders: always new, in the place that is asked for, and not left lying about."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

import pytest

from graphbuild.general.private_folder import make_folder


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_folders_are_new_private_and_where_tmpdir_says(base: Path) -> None:
    folders = [Path(make_folder()) for _ in range(3)]
    assert len(set(folders)) == 3
    for folder in folders:
        assert folder.parent == base
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert list(folder.iterdir()) == []


def test_names_that_are_taken_are_passed_over(base: Path) -> None:
    number = int(Path(make_folder()).name.rpartition("-")[2])
    taken = [base / f"graphbuild-{os.getpid()}-{number + step}" for step in (1, 2)]
    for folder in taken:
        folder.mkdir()
    assert Path(make_folder()) not in taken


def test_inputs_too_large_for_memory_go_to_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = Path(make_folder(size=1 << 60))
    assert folder.parent == tmp_path
