from __future__ import annotations

import os
import shutil
import webbrowser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from graphbuild.contract.registry import load
from tests.assistant.validation.projects import write
from tests.cli.command_line import Ran, run
from tests.golden.golden import check

CORPORA = Path(os.environ.get("GRAPHBUILD_CORPORA", "/no corpora"))
BROKEN_NLU = {"data/nlu.yml": ("- to [Rome]{", "- to [Rome]{{")}
BROKEN_YAML = {"data/nlu.yml": ("  - intent: greet", "  - intent: [greet")}
BROKEN_STORIES = {
    "data/stories.yml": ("- intent: bye", "- intend: bye"),
    "data/rules.yml": ("- intent: inform", "- checkpoint: inform"),
}
STORY = "stories:\n  - story: beside\n    steps:\n      - intent: greet\n      - action: utter_bye\n"
BESIDE = {"data/nlu.yml": ("nlu:\n", f"{STORY}nlu:\n  - intent:\n")}
LOST = {"data/stories.yml": ("- checkpoint: booked\n  - story", "- checkpoint: boked\n  - story")}


def visualize(project: Path, *more: str | Path) -> Ran:
    return run("-C", project, "visualize", *more)


def document(project: Path, *more: str | Path) -> Any:
    ran = visualize(project, *more, "--json")
    assert (ran.code, ran.err) == (0, "")
    return ran.document


def edges(found: Any) -> set[tuple[str, str, str]]:
    """(action or kind before, what happens, action or kind after)"""
    names = [one["name"] or one["kind"] for one in found["nodes"]]
    return {
        (names[one["from"]], ", ".join(event["label"] for event in one["events"]), names[one["to"]])
        for one in found["edges"]
    }


def test_the_stories_as_a_graph(tmp_path: Path) -> None:
    found = document(write(tmp_path))
    assert edges(found) == {
        ("start", "greet", "utter_greet"),
        ("utter_greet", "inform, size = large", "action_book"),
        ("action_book", "bye", "utter_bye"),
        ("utter_bye", "", "end"),
        ("start", "faq", "utter_faq"),
        ("utter_faq", "", "end"),
        ("anywhere", "inform", "travel_form"),
        ("travel_form", "travel_form begins", "end"),
    }
    assert found["stories"] == [
        {"id": 0, "name": "asking", "kind": "story", "places": [{"path": "data/stories.yml", "line": 19}]},
        {"id": 1, "name": "booking", "kind": "story", "places": [{"path": "data/stories.yml", "line": 3}]},
        {"id": 2, "name": "leaving", "kind": "story", "places": [{"path": "data/stories.yml", "line": 14}]},
        {"id": 3, "name": "form", "kind": "rule", "places": [{"path": "data/rules.yml", "line": 3}]},
    ]
    assert (found["code"], found["file"], found["max_history"], found["left_out"]) == (0, None, 2, 0)
    assert not (tmp_path / "graph.html").exists()


def test_people_read_examples_and_responses(tmp_path: Path) -> None:
    found = document(write(tmp_path))
    says = {one["name"]: one["says"] for one in found["nodes"]}
    assert says["utter_greet"] == "Hello!"
    assert says["utter_faq"] == "one of 1 answers"
    turns = {event["intent"]: event for one in found["edges"] for event in one["events"] if event["type"] == "user"}
    assert turns["greet"]["example"] == "good day"
    assert turns["inform"]["example"] == "to Rome"
    assert turns["inform"]["entities"] == [{"entity": "city", "value": "Rome", "label": "city: Rome"}]


class TestFiles:
    @pytest.mark.parametrize("name", ["graph.html", "pictures/graph.svg", "graph.DOT"])
    def test_the_ending_says_what_is_written(self, name: str, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path), "--out", name)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == f"{tmp_path / name}: 4 stories and rules, 8 nodes, 8 edges\n"
        text = (tmp_path / name).read_text("utf-8")
        assert text.startswith({"l": "<!DOCTYPE html>", "g": "<svg ", "T": "digraph"}[name[-1]])

    def test_an_unknown_ending_is_wrong_usage(self, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path), "--out", "graph.png")
        check("console/visualize-ending.txt", ran.err)
        assert (ran.code, [one.name for one in tmp_path.iterdir() if "graph.p" in one.name]) == (2, [])

    def test_a_file_that_cannot_be_written(self, tmp_path: Path) -> None:
        (write(tmp_path) / "taken").write_text("a file")
        ran = visualize(tmp_path, "--out", "taken/graph.svg")
        assert ran.code == 2
        assert "cannot write to" in ran.err

    def test_with_json_a_file_is_written_where_one_is_named(self, tmp_path: Path) -> None:
        found = document(write(tmp_path), "--out", "graph.svg")
        assert found["file"] == str(tmp_path / "graph.svg")
        ET.parse(tmp_path / "graph.svg")


class TestOpen:
    def test_nothing_is_opened_unless_asked_for(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        opened: list[str] = []
        monkeypatch.setattr(webbrowser, "open", opened.append)
        assert visualize(write(tmp_path)).code == 0
        assert opened == []
        assert visualize(tmp_path, "--open").code == 0
        assert opened == [(tmp_path / "graph.html").as_uri()]

    def test_json_alone_is_nothing_to_open(self, tmp_path: Path) -> None:
        assert visualize(write(tmp_path), "--open", "--json").code == 2


class TestAgain:
    def test_with_nothing_changed_nothing_runs(self, tmp_path: Path) -> None:
        assert visualize(write(tmp_path)).out.endswith("edges\n")
        first = (tmp_path / "graph.html").read_bytes()
        assert visualize(tmp_path).out.endswith("; nothing has changed\n")
        assert (tmp_path / "graph.html").read_bytes() == first

    def test_a_new_file_is_a_change(self, tmp_path: Path) -> None:
        assert visualize(write(tmp_path)).code == 0
        assert visualize(tmp_path, "--out", "new.html").out.endswith("edges\n")
        assert visualize(tmp_path, "--out", "new.html").out.endswith("; nothing has changed\n")
        (tmp_path / "new.html").write_text("edited")
        assert visualize(tmp_path, "--out", "new.html").out.endswith("edges\n")

    def test_files_split_and_stories_in_another_order_give_the_same_graph(self, tmp_path: Path) -> None:
        before = document(write(tmp_path))
        text = (tmp_path / "data/stories.yml").read_text()
        head, first, *rest = text.split("  - story: ")
        (tmp_path / "data/a.yml").write_text(f"{head}  - story: {first}")
        (tmp_path / "data/stories.yml").write_text(head + "".join(f"  - story: {one}" for one in rest[::-1]))
        after = document(tmp_path)
        assert (before["nodes"], before["edges"]) == (after["nodes"], after["edges"])
        assert after["stories"][1]["places"] == [{"path": "data/a.yml", "line": 3}]

    def test_lines_that_move_run_nothing_but_the_reading(self, tmp_path: Path) -> None:
        document(write(tmp_path))
        file = tmp_path / "data/stories.yml"
        file.write_text(f"# one line more\n{file.read_text()}")
        assert document(tmp_path)["stories"][0]["places"] == [{"path": "data/stories.yml", "line": 20}]


class TestOptions:
    def test_stories_of_other_files(self, tmp_path: Path) -> None:
        other = tmp_path / "other.yml"
        write(tmp_path / "project")
        other.write_text("stories:\n- story: other\n  steps:\n  - intent: greet\n  - action: utter_bye\n")
        found = document(tmp_path / "project", "-s", other, tmp_path / "project/data/rules.yml")
        assert [one["name"] for one in found["stories"]] == ["other", "form"]
        # Examples are the project's own where no others are named.
        assert [event["example"] for one in found["edges"] for event in one["events"] if event.get("example")]

    def test_examples_of_other_files(self, tmp_path: Path) -> None:
        (write(tmp_path) / "more.yml").write_text("nlu:\n- intent: greet\n  examples: |\n    - well met, friend\n")
        found = document(tmp_path, "-u", "more.yml")
        examples = [event.get("example") for one in found["edges"] for event in one["events"]]
        assert [one for one in examples if one] == ["well met, friend"]

    def test_longer_histories_merge_less(self, tmp_path: Path) -> None:
        steps = "- intent: greet\n    - action: utter_greet\n    - intent: faq\n    - action: utter_faq\n"
        stories = "".join(
            f"  - story: {one}\n    steps:\n    - action: {one}\n    {steps}" for one in ("utter_a", "utter_b")
        )
        project = write(tmp_path, {"data/stories.yml": f"stories:\n{stories}"})
        counts = [len(document(project, "--max-history", number)["nodes"]) for number in "123"]
        assert counts == sorted(counts)
        assert counts[0] < counts[2]

    @pytest.mark.parametrize("words", [("-d", "none.yml"), ("-s", "none"), ("-u", "none.yml")])
    def test_what_is_not_there_is_wrong_usage(self, words: tuple[str, str], tmp_path: Path) -> None:
        ran = visualize(write(tmp_path), *words)
        assert ran.code == 2
        assert words[1] in ran.err


class TestProblems:
    @pytest.mark.parametrize(
        ("edits", "line"), [(BROKEN_NLU, 13), (BROKEN_YAML, 4), (BESIDE, 8)], ids=["markup", "syntax", "beside"]
    )
    def test_wrong_nlu_data_costs_its_examples_only(self, edits: dict[str, Any], line: int, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path, edits), "--json")
        assert ran.code == 0
        assert ("utter_greet", "inform, size = large", "action_book") in edges(ran.document)
        (warning,) = ran.document["warnings"]
        assert (warning["path"], warning["line"]) == ("data/nlu.yml", line)
        assert not any(event.get("example") for one in ran.document["edges"] for event in one["events"])
        assert (edits is BESIDE) == ("beside" in [one["name"] for one in ran.document["stories"]])

    def test_they_are_told(self, tmp_path: Path) -> None:
        check("console/visualize-nlu.txt", visualize(write(tmp_path, BROKEN_NLU)).err)

    def test_wrong_stories_are_errors_with_their_places(self, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path, {**BROKEN_NLU, **BROKEN_STORIES}))
        check("console/visualize-broken.txt", ran.err)
        assert (ran.code, (tmp_path / "graph.html").exists()) == (2, False)

    def test_a_wrong_domain_costs_its_responses_only(self, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path, {"domain.yml": ("- greet", "- greet\n  - greet")}))
        assert ran.code == 0
        check("console/visualize-domain.txt", ran.err)

    def test_wrong_stories_are_told_before_a_wrong_domain(self, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path, {**BROKEN_STORIES, "domain.yml": ("- greet", "- greet\n  - greet")}))
        assert ran.code == 2
        assert "data/rules.yml:5:9: error" in ran.err

    def test_stories_that_nothing_leads_to_are_told(self, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path, LOST))
        assert ran.code == 0
        check("console/visualize-lost.txt", ran.err)

    def test_no_stories_at_all(self, tmp_path: Path) -> None:
        project = write(tmp_path)
        for name in ("stories", "rules"):
            (project / f"data/{name}.yml").unlink()
        ran = visualize(project)
        assert ran.code == 2
        assert "there are no stories and no rules in data" in ran.err

    @pytest.mark.parametrize("option", ["-s", "-u", "-d"])
    def test_paths_that_lead_nowhere(self, option: str, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path), option, "nowhere")
        assert ran.code == 2
        assert "error: there is no file or folder `nowhere`" in ran.err
        assert not (tmp_path / "graph.html").exists()

    @pytest.mark.parametrize("out", [".", "..", "graph.png", "folder/"])
    def test_what_is_no_picture(self, out: str, tmp_path: Path) -> None:
        ran = visualize(write(tmp_path), "--out", out)
        assert ran.code == 2
        assert f"error: no picture can be written as {out}\n" in ran.err

    def test_neither_domain_nor_components_are_needed(self, tmp_path: Path) -> None:
        project = write(tmp_path)
        (project / "domain.yml").unlink()
        (project / "graphbuild.yml").unlink()
        (project / "config.yml").write_text("pipeline:\n- name: NobodyHasThis\npolicies:\n- name: NorThis\n")
        assert ("start", "greet", "utter_greet") in edges(document(project))

    def test_a_name_that_several_stories_have_is_in_several_places(self, tmp_path: Path) -> None:
        project = write(tmp_path, {"data/stories.yml": ("- story: leaving", "- story: booking")})
        found = document(project)
        places = next(one["places"] for one in found["stories"] if one["name"] == "booking")
        assert [one["line"] for one in places] == [3, 14]


def test_nothing_is_trained(tmp_path: Path) -> None:
    """All that runs are importers and projections; nothing of it learns."""
    for name in ("StoryFile", "StoryGraphMerge", "NLUTrainingData", "IntentExamples", "StoryMapper", "StoryPicture"):
        assert not hasattr(load(name), "train")
        assert load(name).kind in ("importer", "projection")


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="GRAPHBUILD_CORPORA is not set")
@pytest.mark.parametrize("name", ["moodbot", "financial-demo", "retail-demo", "formbot", "e2ebot", "concertbot-1x"])
def test_assistants_of_all_kinds(name: str, tmp_path: Path) -> None:
    project = tmp_path / name
    shutil.copytree(CORPORA / "assistants" / name, project)
    found = document(project, "--out", "graph.svg")
    assert found["left_out"] == 0
    assert found["stories"]
    assert all(one["places"] for one in found["stories"])
    ET.parse(project / "graph.svg")
