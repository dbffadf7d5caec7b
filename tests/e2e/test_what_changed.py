"""Why a node would run, down to the line: every kind of data, edited in the sample assistant, told as a small diff."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from graphbuild.builder import build
from graphbuild.errors import DataError, ExitCode
from graphbuild.explaining import explain
from graphbuild.plan.decision import Verdict
from graphbuild.report.explanation import explanation_text
from graphbuild.report.reasons import record_lines
from graphbuild.session import BuildRequest

SAMPLE = Path(__file__).parents[2] / "recipes" / "sample"
LOOKUP = 'version: "3.1"\nnlu:\n- lookup: wheel\n  examples: data/wheels.txt\n'
MARKDOWN = "## intent:whistle\n- tweet\n- [ring](part)\n\n## synonym:bell\n- ding\n\n## lookup:bell\n- brass\n"
TALES = "## a tale\n* greet\n  - utter_greet\n* goodbye\n  - utter_goodbye\n"
JSON = """{"rasa_nlu_data": {"common_examples": [
{"text": "ping", "intent": "ping"},
{"text": "pong", "intent": "ping"}
]}}
"""
RULE = "  - rule: take thanks\n    steps:\n      - intent: thank\n      - action: utter_welcome\n"
FAQ = """version: "3.1"
nlu:
- intent: faq/price
  examples: |
    - what does it cost
responses:
  utter_faq/price:
  - text: It is cheap.
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuildRequest:
    """The sample with data in other formats, too, read once."""
    project = tmp_path_factory.mktemp("changed") / "project"
    shutil.copytree(SAMPLE, project, ignore=shutil.ignore_patterns("models", ".graphbuild"))
    for name, text in {
        "data/wheels.txt": "front\nrear\n",
        "data/wheels.yml": LOOKUP,
        "data/old.md": MARKDOWN,
        "data/tales.md": TALES,
        "data/old.json": JSON,
        "data/faq.yml": FAQ,
    }.items():
        (project / name).write_text(text, "utf-8")
    (project / "domain").mkdir()
    (project / "domain.yml").rename(project / "domain" / "all.yml")
    request = BuildRequest(
        project, "graphbuild.yml", targets=("domain", "nlu", "stories"), package=False, variables={"domain": "domain"}
    )
    report = build(request)
    assert report.code is ExitCode.DONE, report.problems
    return request


EDITS = {
    "example added": ("data/nlu.yml", "      - hi there\n", "      - hi there\n      - hullo\n", "nlu",
        ["data/nlu.yml:9: + example of `greet`: hullo"]),
    "example changed": ("data/nlu.yml", "- hi there\n", "- hi you\n", "nlu",
        ["data/nlu.yml:8: - example of `greet`: hi there", "data/nlu.yml:8: + example of `greet`: hi you"]),
    "entity of an example": ("data/nlu.yml", "[Saturday](day)", "[Saturday](part)", "nlu",
        ["data/nlu.yml:64: - example of `opening_hours`: are you open on [Saturday](day)?",
         "data/nlu.yml:64: + example of `opening_hours`: are you open on [Saturday](part)?"]),
    "synonym": ("data/nlu.yml", "      - tire\n", "", "nlu", ["data/nlu.yml:138: - synonym of `tyre`: tire"]),
    "regex": ("data/nlu.yml", r"- \b(mon|", r"- \b(mo|", "nlu",
        [r"data/nlu.yml:144: - pattern of regex `day`: \b(mon|tues|wednes|thurs|fri|satur|sun)day\b",
         r"data/nlu.yml:144: + pattern of regex `day`: \b(mo|tues|wednes|thurs|fri|satur|sun)day\b"]),
    "lookup": ("data/nlu.yml", "      - dynamo\n", "", "nlu", ["data/nlu.yml:153: - entry of lookup `part`: dynamo"]),
    "two examples swapped": ("data/nlu.yml", "      - hello\n      - hi\n", "      - hi\n      - hello\n", "nlu", []),
    "file of a lookup": ("data/wheels.txt", "rear\n", "back\n", "nlu",
        ["data/wheels.txt:2: - entry of lookup `wheel`: rear", "data/wheels.txt:2: + entry of lookup `wheel`: back"]),
    "markdown example": ("data/old.md", "- tweet\n", "- chirp\n", "nlu",
        ["data/old.md:2: - example of `whistle`: tweet", "data/old.md:2: + example of `whistle`: chirp"]),
    "markdown synonym": ("data/old.md", "- ding\n", "", "nlu", ["data/old.md:6: - synonym of `bell`: ding"]),
    "markdown lookup": ("data/old.md", "- brass\n", "- brass\n- steel\n", "nlu",
        ["data/old.md:10: + entry of lookup `bell`: steel"]),
    "markdown story": ("data/tales.md", "* goodbye\n", "* thank\n", "stories",
        ["data/tales.md:4: - story `a tale`: * goodbye", "data/tales.md:4: + story `a tale`: * thank"]),
    "JSON": ("data/old.json", '"text": "pong"', '"text": "peng"', "nlu",
        ["data/old.json:3: - example of `ping`: pong", "data/old.json:3: + example of `ping`: peng"]),
    "retrieval response": ("data/faq.yml", "It is cheap", "It is free", "domain",
        ["data/faq.yml:8: - response `utter_faq/price`: text: It is cheap.",
         "data/faq.yml:8: + response `utter_faq/price`: text: It is free."]),
    "step of a story": ("data/stories.yml", "      - action: utter_offer_booking\n      - intent: affirm\n",
        "      - intent: affirm\n", "stories",
        ["data/stories.yml:12: - story `a price, then a repair`: action: utter_offer_booking"]),
    "steps in another order": ("data/stories.yml", "      - action: utter_price\n      - action: utter_offer_booking\n",
        "      - action: utter_offer_booking\n      - action: utter_price\n", "stories",
        ["data/stories.yml:11: + story `a price, then a repair`: action: utter_offer_booking",
         "data/stories.yml:12: - story `a price, then a repair`: action: utter_offer_booking"]),
    "story renamed": ("data/stories.yml", "story: a price, then a repair", "story: another", "stories",
        ["data/stories.yml:4: - story `a price, then a repair`", "data/stories.yml:4: + story `another`"]),
    "rule removed": ("data/rules.yml", RULE, "", "stories", ["data/rules.yml:14: - rule `take thanks`"]),
    "condition of a rule": ("data/rules.yml", "condition:\n      - active_loop: repair_form",
        "condition:\n      - active_loop: null", "stories",
        ["data/rules.yml:27: - rule `the repair is booked`: condition: active_loop: repair_form",
         "data/rules.yml:27: + rule `the repair is booked`: condition: active_loop: null"]),
    "intent of the domain": ("domain/all.yml", "  - inform\n", "  - inform\n  - extra\n", "domain",
        ["domain/all.yml:14: + intent `extra`"]),
    "entities of an intent": ("domain/all.yml", "        - place\n\n", "        - day\n\n", "domain",
        ["domain/all.yml:16: - intent `pick_up_bike`: use_entities: place",
         "domain/all.yml:16: + intent `pick_up_bike`: use_entities: day"]),
    "role of an entity": ("domain/all.yml", "        - from\n", "", "domain",
        ["domain/all.yml:23: - entity `place`: roles: from"]),
    "slot": ("domain/all.yml", "influence_conversation: false", "influence_conversation: true", "domain",
        ["domain/all.yml:34: - slot `day`: influence_conversation: false",
         "domain/all.yml:34: + slot `day`: influence_conversation: true"]),
    "form": ("domain/all.yml", "      - part\n      - day\n", "      - day\n", "domain",
        ["domain/all.yml:42: - form `repair_form`: required_slots: part"]),
    "response": ("domain/all.yml", "and ride safely", "and ride well", "domain",
        ["domain/all.yml:49: - response `utter_goodbye`: text: Goodbye, and ride safely!",
         "domain/all.yml:49: + response `utter_goodbye`: text: Goodbye, and ride well!"]),
    "session settings": ("domain/all.yml", "session_expiration_time: 60", "session_expiration_time: 5", "domain",
        ["domain/all.yml:75: - session settings: session_expiration_time: 60",
         "domain/all.yml:75: + session settings: session_expiration_time: 5"]),
}  # fmt: skip


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_told_with_its_line(built: BuildRequest, edit: str) -> None:
    name, before, after, node, expected = EDITS[edit]
    path = built.project / name
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    try:
        (found,) = explain(built, node)
        assert list(record_lines(found.records)) == expected
        # To tell it, importers ran: what they made is known by now, and the change is told none the less.
        (again,) = explain(built, node)
        assert list(record_lines(again.records)) == expected
    finally:
        path.write_text(text, "utf-8")


def test_files_that_go_and_are_renamed(built: BuildRequest) -> None:
    tales = built.project / "data" / "tales.md"
    other = tales.with_name("stories_of_old.md")
    tales.rename(other)
    try:
        (found,) = explain(built, "stories")
        assert list(record_lines(found.records)) == [], "what is in it is what was in the other"
        away = built.project / "tales.md"
        other.rename(away)
        (found,) = explain(built, "stories")
        assert list(record_lines(found.records)) == ["data/tales.md:1: - story `a tale`"]
        away.rename(other)
    finally:
        other.rename(tales)


def test_what_is_known_already_is_told_as_such(built: BuildRequest) -> None:
    path = built.project / "domain" / "all.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("and ride safely", "and ride on", 1), "utf-8")
    try:
        told = [explanation_text(*explain(built, node)) for node in ("domain", "domain_file@domain/all.yml")]
    finally:
        path.write_text(text, "utf-8")
    for one in told:
        assert "would not run: what it makes now is known already. Since the last build this changed" in one
        assert "domain/all.yml:49: + response `utter_goodbye`: text: Goodbye, and ride on!" in one


def test_a_file_that_cannot_be_read_is_an_error_and_no_change(built: BuildRequest) -> None:
    path = built.project / "domain" / "all.yml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("  - goodbye\n", "- goodbye\n", 1), "utf-8")
    try:
        with pytest.raises(DataError) as caught:
            explain(built, "domain")
        assert [one.decision.verdict for one in explain(built, "nlu")] == [Verdict.HIT]
    finally:
        path.write_text(text, "utf-8")
    (problem, *_) = caught.value.problems
    assert str(problem.location).startswith("domain/all.yml:5")
