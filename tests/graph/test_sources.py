"""What `reads` names: files, folders with all below them, globs; and which links are followed."""

from __future__ import annotations

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
    assert found.astray == ()


@pytest.mark.parametrize("target", ["../../other", "../../other/secret.yml", "/etc/hostname", "/"])
def test_a_link_out_of_the_project_is_not(project: Path, target: str) -> None:
    (project / "data" / "x.yml").symlink_to(target)
    for word in ("data", "data/*.yml"):
        found = list_files(project, [word], (".yml",))
        assert "data/a.yml" in found.files
        assert not any("x.yml" in name for name in found.files)
        assert found.astray == (() if word == "data/*.yml" and target in ("../../other", "/") else ("data/x.yml",))


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
