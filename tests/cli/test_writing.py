"""Files that commands write are replaced whole."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from graphbuild.cli.writing import replace_file


def test_a_new_file_and_its_replacement(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    for content in (b"first", b"", b"second"):
        replace_file(file, content)
        assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


def test_who_reads_the_old_file_reads_it_to_the_end(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(b"old")
    with file.open("rb") as reader:
        replace_file(file, b"new")
        assert reader.read() == b"old"


def test_a_kill_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(b"old")
    # Killed by the limit of what a file may be long: in the middle of writing.
    code = f"""
import resource
from pathlib import Path
from graphbuild.cli.writing import replace_file
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
replace_file(Path({str(file)!r}), b"new" * 100)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -signal.SIGXFSZ
    assert file.read_bytes() == b"old"


def test_modes_stay_and_new_files_are_like_others(tmp_path: Path) -> None:
    file, other, script = tmp_path / "new", tmp_path / "other", tmp_path / "old"
    other.write_bytes(b"")
    script.write_bytes(b"")
    script.chmod(0o740)
    replace_file(file, b"x")
    replace_file(script, b"x")
    assert file.stat().st_mode == other.stat().st_mode
    assert stat.S_IMODE(script.stat().st_mode) == 0o740


def test_links_stay(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "there" / "file")
    for content in (b"first", b"second"):
        replace_file(link, content)
        assert (tmp_path / "there" / "file").read_bytes() == content
    assert link.is_symlink()


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
def test_what_is_not_to_be_written_is_not(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"old")
    file.chmod(0o444)
    with pytest.raises(PermissionError):
        replace_file(file, b"new")
    assert file.read_bytes() == b"old"


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        replace_file(tmp_path, b"new")
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "no" / "file", b"new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("into", ["file", "pipe"])
def test_standard_output_has_a_name_too(into: str, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from graphbuild.cli.writing import replace_file as r; r(Path('/dev/stdout'), b'x')"
    )
    if into == "pipe":
        assert subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE).stdout == b"x"
        return
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], check=True, stdout=out)
    assert (tmp_path / "out").read_bytes() == b"x"
    assert list(tmp_path.iterdir()) == [tmp_path / "out"]
