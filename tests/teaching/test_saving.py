"""Saving: what is added to files, what is not touched, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.assistant.data.parts import DomainPart, EntityEntry, Example, IntentEntry, StoryElement
from graphbuild.assistant.data.stories import Event
from graphbuild.errors import UsageError
from graphbuild.project.data import read_project
from graphbuild.teaching.replacing import Change, replace_all
from graphbuild.teaching.saving import save
from graphbuild.teaching.taught import Taught
from tests.teaching.small import FILES

STORY = (StoryElement((Event("user", "greet"),)), StoryElement((Event("action", "utter_bye"),)))
TAUGHT = Taught(
    (
        Example("good morning", "greet", None, ()),
        Example("a cup of assam", "order", None, ({"start": 9, "end": 14, "value": "assam", "entity": "tea"},)),
        Example("is there wifi", "ask_wifi", None, ({"start": 9, "end": 13, "value": "wifi", "entity": "thing"},)),
        Example("hello", "greet", None, ()),
    ),
    (STORY,),
    DomainPart(
        intents=(IntentEntry("ask_wifi"),),
        entities=(EntityEntry("thing"),),
        responses=(("utter_wifi", ({"text": "It is: free"},)),),
        actions=(("action_count", False),),
    ),
)


def texts(project: Path) -> dict[str, str]:
    found = {path.relative_to(project).as_posix(): path for path in sorted(project.rglob("*.yml"))}
    return {name: path.read_bytes().decode() for name, path in found.items() if not name.startswith(".")}


def is_kept(old: str, new: str) -> bool:
    """Whether all lines of the old text are in the new one, in their order and as they were."""
    lines = iter(new.splitlines(keepends=True))
    return all(any(one == line for one in lines) for line in old.splitlines(keepends=True))


def test_everything_goes_to_its_place_and_nothing_else_moves(project: Path) -> None:
    saved = save(project, {}, TAUGHT)
    assert saved.files == {"data/nlu.yml": False, "data/stories.yml": False, "domain.yml": False}
    assert (saved.examples, saved.stories, saved.names, saved.repeated) == (3, 1, 4, 1)
    now = texts(project)
    assert is_kept(FILES["data/nlu.yml"], now["data/nlu.yml"])
    assert is_kept(FILES["data/stories.yml"], now["data/stories.yml"])
    assert is_kept(FILES["domain.yml"].replace("entities: [tea]", "entities: [tea, thing]"), now["domain.yml"])
    assert "      - hi\n      - good morning\n\n" in now["data/nlu.yml"]
    assert "      - bring me [sencha](tea)\n      - a cup of [assam](tea)\n\n  # Partings." in now["data/nlu.yml"]
    assert now["data/nlu.yml"].endswith("\n  - intent: ask_wifi\n    examples: |\n      - is there [wifi](thing)\n")
    assert "  - bye\n  - ask_wifi\nentities: [tea, thing]\n" in now["domain.yml"]
    assert '    - text: "Bye."\n  utter_wifi:\n  - text: "It is: free"\n# The end.\n' in now["domain.yml"]
    assert now["domain.yml"].endswith("\nactions:\n  - action_count\n")


def test_what_was_written_is_read(project: Path) -> None:
    save(project, {}, TAUGHT)
    data = read_project(project, {})
    examples = [one.text for file in data.training.values() for one in file.nlu.examples]
    old = ["hello", "hi", "I want oolong", "bring me sencha", "bye", "goodbye"]
    assert sorted(examples) == sorted([*old, "good morning", "a cup of assam", "is there wifi"])
    names = [one.name for file in data.training.values() for one in file.stories.blocks]
    assert names == ["tea", "interactive_story_1", "bye"]


def test_what_is_there_already_is_not_written_again(project: Path) -> None:
    save(project, {}, TAUGHT)
    before = texts(project)
    saved = save(project, {}, TAUGHT)
    assert (saved.files, saved.examples, saved.stories, saved.names, saved.repeated) == ({}, 0, 0, 0, 5)
    assert texts(project) == before


def test_line_ends_of_windows_stay(project: Path) -> None:
    for name in FILES:
        path = project / name
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    save(project, {}, TAUGHT)
    for name, text in texts(project).items():
        assert text.count("\n") == text.count("\r\n"), name
    assert "\r\n      - good morning\r\n" in texts(project)["data/nlu.yml"]


def test_files_that_cannot_be_added_to_get_new_ones_beside(project: Path) -> None:
    (project / "data" / "nlu.yml").write_text('{"version": "3.1", "nlu": [{"intent": "greet", "examples": "- hey"}]}')
    (project / "data" / "stories.yml").unlink()
    before = texts(project)["data/nlu.yml"]
    saved = save(project, {}, TAUGHT)
    assert {name for name, is_new in saved.files.items() if is_new} == {
        "data/interactive_nlu.yml",
        "data/interactive_stories.yml",
    }
    assert texts(project)["data/nlu.yml"] == before
    # The next lesson goes on in them.
    more = Taught((Example("good evening", "greet", None, ()),))
    assert save(project, {}, more).files == {"data/interactive_nlu.yml": False}


def test_a_new_file_that_nobody_would_read_is_told(project: Path) -> None:
    (project / "data" / "nlu.yml").rename(project / "nlu.json.yml")
    (project / "nlu.json.yml").write_text('{"nlu": [{"intent": "greet", "examples": "- hey"}]}')
    saved = save(project, {"data": ["nlu.json.yml"]}, Taught((Example("hello", "greet", None, ()),)))
    assert saved.unread == ("interactive_nlu.yml",)


def test_a_domain_that_cannot_be_added_to_leaves_all_files_alone(project: Path) -> None:
    domain = '{"version": "3.1", "intents": ["greet", "order", "bye"]}'
    (project / "domain.yml").write_text(domain)
    before = texts(project)
    with pytest.raises(UsageError, match="cannot be added to") as raised:
        save(project, {}, TAUGHT)
    assert "ask_wifi" in str(raised.value.problems[0].hint)
    assert texts(project) == before


def test_of_a_domain_in_a_folder_the_file_that_has_the_section_is_added_to(project: Path) -> None:
    (project / "domain.yml").unlink()
    (project / "domain").mkdir()
    (project / "domain" / "intents.yml").write_text("intents:\n- greet\n- order\n- bye\n")
    (project / "domain" / "rest.yml").write_text("entities:\n- tea\nresponses:\n  utter_bye:\n  - text: Bye\n")
    saved = save(project, {}, TAUGHT)
    assert (project / "domain" / "intents.yml").read_text() == "intents:\n- greet\n- order\n- bye\n- ask_wifi\n"
    assert saved.files["domain/interactive_actions.yml"]


def test_a_file_that_changed_meanwhile_stops_all(tmp_path: Path) -> None:
    first, second = tmp_path / "a.yml", tmp_path / "b.yml"
    first.write_text("1")
    second.write_text("2")
    with pytest.raises(UsageError, match=r"b\.yml was changed"):
        replace_all([Change(first, "1", "x"), Change(second, "other", "y")])
    assert (first.read_text(), second.read_text()) == ("1", "2")
    assert sorted(tmp_path.iterdir()) == [first, second]
