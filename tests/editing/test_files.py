"""The files of a recipe: which there are, how one is saved, and that nothing of others is lost."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract import digest
from graphbuild.editing.editor import RecipeEditor
from graphbuild.editing.files import LONGEST_TEXT, Conflict, save_file, with_ends_of
from graphbuild.errors import RecipeError, UsageError
from graphbuild.session import BuildRequest

RECIPE = "graphbuild: 1\nextends: parts/base.yml\n"
BASE = "graphbuild: 1\nextends: light\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "parts").mkdir(parents=True)
    (folder / "graphbuild.yml").write_text(RECIPE)
    (folder / "parts" / "base.yml").write_text(BASE)
    return folder


@pytest.fixture
def editor(project: Path) -> RecipeEditor:
    return RecipeEditor(BuildRequest(project, "graphbuild.yml"))


def test_the_files_are_the_recipe_and_what_it_extends(editor: RecipeEditor) -> None:
    labels = [(one.label, one.is_writable) for one in editor.files()]
    assert labels[:3] == [("graphbuild.yml", True), ("parts/base.yml", True), ("recipes/light.yml", False)]
    assert labels[-1] == ("recipes/rasa-base.yml", False)


def test_a_config_stands_on_the_base_recipe(project: Path) -> None:
    (project / "config.yml").write_text("pipeline: []\npolicies: []\n")
    files = RecipeEditor(BuildRequest(project, "config.yml")).files()
    assert [one.label for one in files] == ["config.yml", "recipes/rasa-base.yml"]


def test_a_recipe_that_is_no_yaml_can_be_opened(editor: RecipeEditor, project: Path) -> None:
    (project / "graphbuild.yml").write_text("graphbuild: [\n")
    assert [one.label for one in editor.files()] == ["graphbuild.yml"]
    assert editor.read().text == "graphbuild: [\n"


def test_a_file_is_read_with_its_digest(editor: RecipeEditor, project: Path) -> None:
    (project / "parts" / "base.yml").write_bytes(b"\xef\xbb\xbfgraphbuild: 1\r\nextends: light\r\n")
    opened = editor.read("parts/base.yml")
    assert opened.text == BASE
    assert opened.digest == digest.of_file(project / "parts" / "base.yml")


@pytest.mark.parametrize("path", ["../outside.yml", "/etc/hostname", "domain.yml", "parts/../graphbuild.yml", ""])
def test_no_other_file_is_read(editor: RecipeEditor, project: Path, path: str) -> None:
    (project / "domain.yml").write_text("intents: []\n")
    with pytest.raises(UsageError, match="is no file of this recipe"):
        editor.read(path)


def test_what_is_not_utf_8_is_told(editor: RecipeEditor, project: Path) -> None:
    (project / "graphbuild.yml").write_bytes(b"graphbuild: 1\n# \xff\n")
    with pytest.raises(RecipeError, match=r"graphbuild\.yml:2: the recipe is not UTF-8"):
        editor.read()


def test_saving_keeps_mode_mark_and_line_ends(editor: RecipeEditor, project: Path) -> None:
    file = project / "graphbuild.yml"
    file.write_bytes(b"\xef\xbb\xbfgraphbuild: 1\r\nextends: light\r\n")
    file.chmod(0o640)
    saved = editor.save("graphbuild: 1\nseed: 2\nextends: light\n", editor.read().digest)
    assert file.read_bytes() == b"\xef\xbb\xbfgraphbuild: 1\r\nseed: 2\r\nextends: light\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert saved.digest == digest.of_file(file) == editor.read().digest
    assert sorted(one.name for one in project.iterdir()) == ["graphbuild.yml", "parts"]


def test_what_is_extended_can_be_saved(editor: RecipeEditor, project: Path) -> None:
    editor.save("graphbuild: 1\n", editor.read("parts/base.yml").digest, "parts/base.yml")
    assert (project / "parts" / "base.yml").read_text() == "graphbuild: 1\n"
    assert (project / "graphbuild.yml").read_text() == RECIPE


def test_a_file_that_changed_meanwhile_is_not_written(editor: RecipeEditor, project: Path) -> None:
    opened = editor.read()
    (project / "graphbuild.yml").write_text(RECIPE + "seed: 3\n")
    with pytest.raises(Conflict) as caught:
        editor.save(RECIPE + "seed: 4\n", opened.digest)
    assert (project / "graphbuild.yml").read_text() == RECIPE + "seed: 3\n"
    assert caught.value.opened is not None
    assert caught.value.opened.text == RECIPE + "seed: 3\n"
    assert "-seed: 3\n+seed: 4" in caught.value.difference
    editor.save(RECIPE + "seed: 4\n", caught.value.opened.digest)
    assert (project / "graphbuild.yml").read_text() == RECIPE + "seed: 4\n"


def test_a_file_that_is_gone_is_not_made_anew(editor: RecipeEditor, project: Path) -> None:
    opened = editor.read("parts/base.yml")
    listed = next(one for one in editor.files() if one.label == "parts/base.yml")
    (project / "parts" / "base.yml").unlink()
    with pytest.raises(Conflict) as caught:
        save_file(listed, BASE, opened.digest)
    assert caught.value.opened is None
    assert not (project / "parts" / "base.yml").exists()


def test_of_many_who_save_at_once_one_does(editor: RecipeEditor, project: Path) -> None:
    """Everybody has the same state in hand: one text is saved, whole, and all others are told."""
    expected = editor.read().digest
    texts = [f"{RECIPE}seed: {number}\n{'# and more' * 2000}\n" for number in range(8)]
    saved: list[str] = []
    refused: list[str] = []
    ready = threading.Barrier(len(texts))

    def run(text: str) -> None:
        ready.wait()
        try:
            editor.save(text, expected)
            saved.append(text)
        except Conflict:
            refused.append(text)

    threads = [threading.Thread(target=run, args=(text,)) for text in texts]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [(project / "graphbuild.yml").read_text()] == saved
    assert len(refused) == len(texts) - 1


def test_packaged_recipes_are_read_only(editor: RecipeEditor) -> None:
    opened = editor.read("recipes/light.yml")
    with pytest.raises(UsageError, match="packaged recipe `recipe:light`"):
        editor.save("graphbuild: 1\n", opened.digest, "recipes/light.yml")
    assert editor.read("recipes/light.yml").digest == opened.digest


@pytest.mark.parametrize("is_link", [False, True])
def test_nothing_outside_the_project_is_written(tmp_path: Path, project: Path, *, is_link: bool) -> None:
    outside = tmp_path / "outside.yml"
    outside.write_text(BASE)
    if is_link:
        (project / "link.yml").symlink_to(outside)
    (project / "graphbuild.yml").write_text(f"graphbuild: 1\nextends: {'link.yml' if is_link else '../outside.yml'}\n")
    editor = RecipeEditor(BuildRequest(project, "graphbuild.yml"))
    label = editor.files()[1].label
    with pytest.raises(UsageError, match="not in the project's folder"):
        editor.save("graphbuild: 1\n", editor.read(label).digest, label)
    assert outside.read_text() == BASE


def test_a_link_inside_the_project_stays_one(project: Path, editor: RecipeEditor) -> None:
    (project / "real.yml").write_text(RECIPE)
    (project / "graphbuild.yml").unlink()
    (project / "graphbuild.yml").symlink_to("real.yml")
    editor.save(BASE, editor.read().digest)
    assert (project / "graphbuild.yml").is_symlink()
    assert (project / "real.yml").read_text() == BASE


@pytest.mark.parametrize(("text", "words"), [("\ud800", "half of one"), ("a" * (LONGEST_TEXT + 1), "characters")])
def test_texts_that_can_be_no_recipe_are_refused(editor: RecipeEditor, text: str, words: str) -> None:
    for ask in (editor.check, editor.preview, lambda one: editor.save(one, editor.read().digest)):
        with pytest.raises(UsageError, match=words):
            ask(text)


def test_lines_of_a_file_with_both_ends_keep_theirs() -> None:
    assert with_ends_of(b"a\r\nb\nc\r\n", "a\nb\nnew\nc\n") == b"a\r\nb\nnew\r\nc\r\n"


LINES = st.lists(st.sampled_from(["a", "b: c", "", "é"]), max_size=8)


@given(LINES, LINES, st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=8, max_size=8))
def test_a_saved_text_reads_as_what_was_typed(old: list[str], new: list[str], ends: list[str]) -> None:
    before = "".join(line + end for line, end in zip(old, ends, strict=False)).encode()
    made = with_ends_of(before, "\n".join(new)).decode()
    assert made.replace("\r\n", "\n").replace("\r", "\n") == "\n".join(new)
    assert with_ends_of(before, before.decode()) == before
