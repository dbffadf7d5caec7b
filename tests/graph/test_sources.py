"""What `reads` names: files, folders with all below them, globs; and which links are followed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphbuild.graph.sources import list_files


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("data/a.yml", "data/sub/b.yml", "data/sub/c.txt", "data/.hidden.yml", "data/.git/d.yml", "e.yml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "secret.yml").write_text("")
    return folder


def files(project: Path, *reads: str) -> tuple[str, ...]:
    return list_files(project, reads, (".yml",)).files


def test_files_folders_and_globs(project: Path) -> None:
    assert files(project, "data") == ("data/a.yml", "data/sub/b.yml")
    assert files(project, "data", "e.yml", "data/sub") == ("data/a.yml", "data/sub/b.yml", "e.yml")
    assert files(project, "**/b.yml", "e.*") == ("data/sub/b.yml", "e.yml")
    assert list_files(project, ["data", "none", "no*"], ()).missing == ("none", "no*")


def test_of_alternatives_the_first_that_is_there(project: Path) -> None:
    assert files(project, "e.yml | data") == ("e.yml",)
    found = list_files(project, ["f.yml | data | e.yml", "x | y"], (".yml",))
    assert found.files == ("data/a.yml", "data/sub/b.yml")
    assert found.chosen == (project / "data",)
    assert found.absent == (project / "f.yml", project / "x", project / "y"), "were one there, it would be read"
    assert found.missing == ("x | y",)


def test_a_link_inside_the_project_is_followed(project: Path) -> None:
    (project / "more").mkdir()
    (project / "more" / "f.yml").write_text("")
    (project / "data" / "more").symlink_to(project / "more")
    (project / "data" / "one.yml").symlink_to(project / "e.yml")
    found = list_files(project, ["data"], (".yml",))
    assert found.files == ("data/a.yml", "data/more/f.yml", "data/one.yml", "data/sub/b.yml")
    assert found.refused == ()


@pytest.mark.parametrize("target", ["../../other", "../../other/secret.yml", "/etc/hostname", "/"])
def test_a_link_out_of_the_project_is_not(project: Path, target: str) -> None:
    (project / "data" / "x.yml").symlink_to(target)
    for word in ("data", "data/*.yml"):
        found = list_files(project, [word], (".yml",))
        assert "data/a.yml" in found.files
        assert not any("x.yml" in name for name in found.files)
        refused = [str(one.location) for one in found.refused]
        assert refused == ([] if word == "data/*.yml" and target in ("../../other", "/") else ["data/x.yml"])


@pytest.mark.parametrize("word", ["data", "data/*.yml", "data/x.yml"])
@pytest.mark.parametrize("made", ["pipe", "link to a pipe", "device"])
def test_what_would_never_end_is_not_read(project: Path, made: str, word: str) -> None:
    path = project / "data" / "x.yml"
    if made == "device":
        path.symlink_to("/dev/zero")
    elif made == "pipe":
        os.mkfifo(path)
    else:
        os.mkfifo(project / "pipe")
        path.symlink_to("../pipe")
    found = list_files(project, [word], (".yml",))
    assert "data/x.yml" not in found.files
    assert found.missing == ()
    assert [str(one.location) for one in found.refused] == ["data/x.yml"]


def test_a_link_to_nothing_is_told(project: Path) -> None:
    (project / "data" / "x.yml").symlink_to("gone.yml")
    found = list_files(project, ["data"], (".yml",))
    assert [(str(one.location), one.what) for one in found.refused] == [("data/x.yml", "this link leads nowhere")]


def test_a_name_that_is_no_text_is_told(project: Path) -> None:
    (project / "data" / os.fsdecode(b"bad\xff.yml")).write_text("")
    found = list_files(project, ["data"], (".yml",))
    assert found.files == ("data/a.yml", "data/sub/b.yml")
    assert [str(one.location) for one in found.refused] == ["data/bad\\xff.yml"]


def test_a_folder_that_was_named_itself_may_lie_anywhere(project: Path) -> None:
    other = project.parent / "other"
    (project / "elsewhere").symlink_to(other)
    (other / "same.yml").symlink_to(other / "secret.yml")
    assert files(project, "elsewhere") == ("elsewhere/same.yml", "elsewhere/secret.yml")
    assert files(project, str(other)) == (str(other / "same.yml"), str(other / "secret.yml"))


def test_links_in_a_circle_end(project: Path) -> None:
    (project / "data" / "sub" / "up").symlink_to("..")
    (project / "data" / "sub" / "self.yml").symlink_to("self.yml")
    assert "data/a.yml" in files(project, "data")
    assert len(files(project, "data")) <= 3
