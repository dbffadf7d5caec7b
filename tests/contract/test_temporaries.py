"""Temporary files and folders: told by their names, and gone when whoever made them is."""

from __future__ import annotations

import os
import stat
import subprocess
import tempfile
import uuid
from pathlib import Path

import pytest

from graphbuild.contract.temporaries import beside, sweep, temporary_folder


@pytest.fixture
def dead() -> int:
    """The id of a process that is no more."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def test_a_folder_is_private_and_gone_after_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with temporary_folder() as folder:
        assert (folder.parent, stat.S_IMODE(folder.stat().st_mode)) == (tmp_path, 0o700)
        (folder / "model").touch()
    assert list(tmp_path.iterdir()) == []


def test_only_old_folders_of_dead_processes_are_swept(tmp_path: Path, dead: int) -> None:
    names = (f"graphbuild-{dead}-0", f"graphbuild-{dead}-1", f"graphbuild-{os.getpid()}-0", "x-1-1", "graphbuild-x-1")
    old, young, alive, foreign, other = (tmp_path / name for name in names)
    for folder in (old, young, alive, foreign, other):
        folder.mkdir()
        (folder / "file").touch()
    for folder in (old, alive, foreign, other):
        os.utime(folder, (0, 0))
    sweep(str(tmp_path))
    assert sorted(tmp_path.iterdir()) == sorted([young, alive, foreign, other])


def test_what_killed_writers_left_goes_when_a_file_is_written_there(tmp_path: Path, dead: int) -> None:
    left, mine = (tmp_path / f".model.tar.gz.{pid}-{uuid.uuid4().hex}.tmp" for pid in (dead, os.getpid()))
    own = tmp_path / ".notes.tmp"
    for file in (left, mine, own):
        file.touch()
        os.utime(file, (0, 0))
    made = beside(tmp_path / "model.tar.gz")
    assert sorted(tmp_path.iterdir()) == sorted([mine, own])
    assert made.name.startswith(f".model.tar.gz.{os.getpid()}-")


def test_a_link_is_swept_and_not_followed(tmp_path: Path, dead: int) -> None:
    target = tmp_path / "target"
    target.mkdir()
    (target / "file").touch()
    link = tmp_path / f"graphbuild-{dead}-0"
    link.symlink_to(target)
    os.utime(link, (0, 0), follow_symlinks=False)
    sweep(str(tmp_path))
    assert not link.is_symlink()
    assert (target / "file").exists()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux says which processes have ended unasked")
def test_a_process_that_ended_and_was_not_asked_about_is_dead(tmp_path: Path) -> None:
    process = subprocess.Popen(["true"])
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        os.sched_yield()
    folder = tmp_path / f"graphbuild-{process.pid}-0"
    folder.mkdir()
    os.utime(folder, (0, 0))
    sweep(str(tmp_path))
    assert not folder.exists()
    process.wait()
