"""Where findings stand, over tables as importers write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.builder import graph
from graphbuild.contract.artifact import PLACE, Records
from graphbuild.errors import About, Location, Problem
from graphbuild.graph.graph import NodeId
from graphbuild.plan.places import Places, tables_of
from graphbuild.session import BuildRequest
from graphbuild.store.memory import MemoryBlobs

TEXT = """\
stories:
- story: greet me    # action: greet
  steps:
  - intent: greet  # not action: hidden
  - action: utter_greet
- story: greet you
  steps:
  - intent: greet
  - action: utter_greet_you
"""
ROWS = (
    ("graph", "story a", 2, "story `greet me`"),
    ("names", "story `greet me`", 2, "story `greet me`"),
    ("graph", "story b", 6, "story `greet you`"),
    (PLACE, "the end", 9, "the end"),
)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    (tmp_path / "domain.yml").write_text("intents: [greet]\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.yml").write_text(TEXT)
    compiled = graph(BuildRequest(tmp_path, "recipe:rasa-base", targets=("checks",)))
    blobs = MemoryBlobs()
    outputs = {NodeId("training_file@data/a.yml"): {"records": blobs.put(Records(ROWS).encode())}}
    return Places(tables_of(compiled, outputs, blobs), tmp_path)


@pytest.mark.parametrize(
    ("about", "line", "column"),
    [
        (About(("story `greet you`",)), 6, 0),
        (About(("story `greet me`",), "utter_greet", "action"), 5, 13),
        # Below its head rather than in its name, and never in a comment.
        (About(("story `greet me`",), "greet", "intent"), 4, 13),
        (About(("story `greet me`",), "greet"), 4, 13),
        (About(("story `greet me`",), "hidden", "action"), 2, 0),
        (About(("story `greet me`",), "me"), 2, 16),
        # A word is whole.
        (About(("story `greet you`",), "utter_greet", "action"), 6, 0),
        (About(("story `unknown`", "the end"), "utter_greet_you"), 9, 13),
        (About(("data/a.yml",), "stories"), 1, 1),
    ],
)
def test_a_word_is_found_in_the_lines_of_its_record(about: About, line: int, column: int, places: Places) -> None:
    assert places.of(about) == Location("data/a.yml", line, column)


VALUES = """\
- story: nested
  steps:
  - slot_was_set:
    - a: {b: [1, {c: null}]}
    - d:
        b: 2
    - "b":
  - slot_was_set: {c: 3, b: 4}
  - slot_was_set: [size]
- form: city
  intent: city
  conditions:
  - active_loop: affirm
  not_intent:
  - inform

  - affirm  # city
  # deny
"""


@pytest.mark.parametrize(
    ("about", "line", "column"),
    [
        # An item of the key's value rather than what is somewhere inside of one.
        (About(("one",), "b", "slot_was_set"), 7, 8),
        (About(("one",), "c", "slot_was_set"), 8, 20),
        (About(("one",), "c", "steps"), 4, 19),
        (About(("one",), "size", "slot_was_set", is_bare=True), 9, 20),
        (About(("one",), "b", is_bare=True), 1, 0),
        # Below its key rather than where the word stands for something else.
        (About(("two `city`",), "affirm", "not_intent"), 17, 5),
        (About(("two `city`",), "affirm"), 13, 18),
        (About(("two `city`",), "city"), 11, 11),
        (About(("two `other`",), "city"), 10, 9),
    ],
)
def test_a_word_is_found_in_the_value_of_its_key(about: About, line: int, column: int, tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(VALUES)
    rows = ((PLACE, "", 1, "one"), (PLACE, "", 10, "two `city`"), (PLACE, "", 10, "two `other`"))
    assert Places([("a.yml", Records(rows))], tmp_path).of(about) == Location("a.yml", line, column)


def test_all_places_of_what_is_said_in_several_ways(tmp_path: Path) -> None:
    rows = [("a.yml", 3), ("b.yml", 5), ("c.yml", 7), ("c.yml", 7)]
    tables = [(path, Records((("space", "slot x", line, "slot `x`"),))) for path, line in rows]
    problem = Problem("two ways", about=About(("slot `x`",), every=True))
    located = Places(tables, tmp_path).located(problem)
    assert located.location == Location("c.yml", 7)
    assert located.facts == (("also at", "a.yml:3"), ("also at", "b.yml:5"))
    assert Places((), tmp_path).located(problem) == problem


def test_what_nobody_knows_has_no_place(places: Places) -> None:
    assert places.of(About(("story `unknown`",), "greet")) is None
    assert places.located(Problem("odd", about=About(("../secret.yml",), "greet"))).location is None


def test_a_place_that_is_known_stays(places: Places) -> None:
    known = Problem("odd", Location("x.yml", 3), about=About(("the end",)))
    assert places.located(known) == known
