"""New files: all of them or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.errors import UsageError
from graphbuild.project.new_files import free_name, write_files


def test_files_are_written_and_copied(tmp_path: Path) -> None:
    (tmp_path / "old").write_bytes(b"\x00\xff")
    write_files(tmp_path / "a" / "b", {"x.yml": "é\r\n", "c/y": tmp_path / "old"})
    assert (tmp_path / "a" / "b" / "x.yml").read_bytes() == "é\r\n".encode()
    assert (tmp_path / "a" / "b" / "c" / "y").read_bytes() == b"\x00\xff"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["b"]


def test_a_folder_with_other_files_keeps_them(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    write_files(tmp_path / "out", {"new": "new"})
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["mine", "new"]
    with pytest.raises(UsageError, match="mine and 1 more would be overwritten"):
        write_files(tmp_path / "out", {"mine": "x", "new": "y", "third": "z"})
    assert not (tmp_path / "out" / "third").exists()
    write_files(tmp_path / "out", {"mine": "x"}, replaces=True)
    assert (tmp_path / "out" / "mine").read_text() == "x"


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write to"):
        write_files(tmp_path / "out", {"a": "a", "b": tmp_path / "gone"})
    assert list(tmp_path.iterdir()) == []


def test_free_names() -> None:
    assert free_name("a/nlu.yml", {}, "md") == "a/nlu.yml"
    assert free_name("a/nlu.yml", {"a/nlu.yml": 1}, "md") == "a/nlu-md.yml"
    assert free_name("nlu.yml", {"nlu.yml": 1, "nlu-md.yml": 1}, "md") == "nlu-md-2.yml"


@pytest.mark.parametrize("name", ["../mine", "a/../../mine", "/mine", "link/mine"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "link").symlink_to("..")
    name = str(tmp_path / "mine") if name == "/mine" else name
    with pytest.raises(UsageError, match="would be written outside of"):
        write_files(tmp_path / "out", {name: "new", "more": "new"}, replaces=True)
    assert (tmp_path / "mine").read_text() == "mine"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["link"]
