"""Error screens: where the caret stands, what a long or odd text looks like, colours. Whole screens: tests/golden."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.errors import GraphbuildError, Location, Problem
from graphbuild.report.as_json import problems_document
from graphbuild.report.problems import render_problems, texts_of


def screen(problem: Problem, text: str = "", *, colour: bool = False) -> str:
    return render_problems([problem], {"a.yml": text}, colour=colour)


def test_everything_that_a_problem_may_have() -> None:
    problem = Problem("no", Location("a.yml", 2, 3), (("is", "this"), ("should be", "that")), "mend it")
    assert screen(problem, "one\n  two\n") == (
        "a.yml:2:3: error: no\n  2 |   two\n    |   ^\n  is:        this\n  should be: that\n  hint: mend it\n"
    )


@pytest.mark.parametrize(
    ("location", "first"),
    [
        (None, "error: no"),
        (Location("a.yml"), "a.yml: error: no"),
        (Location("a.yml", 9, 1), "a.yml:9:1: error: no"),
        (Location("other.yml", 1, 1), "other.yml:1:1: error: no"),
    ],
)
def test_without_a_line_there_is_no_excerpt(location: Location | None, first: str) -> None:
    assert screen(Problem("no", location), "one\n") == f"{first}\n"


def test_without_a_column_there_is_no_caret() -> None:
    assert screen(Problem("no", Location("a.yml", 1)), "one\n") == "a.yml:1: error: no\n  1 | one\n"


def test_further_lines_are_indented() -> None:
    problem = Problem("no:\nnot at all", None, (("said", "one\ntwo"),), "do\nthis")
    assert screen(problem) == "error: no:\n  not at all\n  said: one\n        two\n  hint: do\n        this\n"


def test_no_text_can_steer_the_terminal() -> None:
    shown = screen(Problem("\x1b[2J\x9b", Location("a.yml", 1, 1), (("\x07", "\x08"),)), "\x1b[31mred\n")
    assert not any(not (one.isprintable() or one == "\n") for one in shown.replace("\x07:", ""))


def test_colours_only_where_they_are_asked_for() -> None:
    problem = Problem("no", Location("a.yml", 1, 1), (("is", "this"),), "mend it")
    assert "\x1b" not in screen(problem, "one\n")
    assert "\x1b[31merror:\x1b[0m no" in screen(problem, "one\n", colour=True)


@given(st.text("aé語😀\t ", min_size=1, max_size=400), st.data())
def test_the_caret_stands_under_its_word(before: str, data: st.DataObject) -> None:
    """In columns of a terminal: 語 and 😀 take two."""
    after = data.draw(st.text("ab", max_size=200))
    shown = screen(Problem("no", Location("a.yml", 1, len(before) + 1)), f"{before}X{after}\n").splitlines()
    line, caret = shown[1], shown[2]

    def width(text: str) -> int:
        return sum(2 if one in "語😀" else 1 for one in text)

    assert width(line[: line.index("X")]) == width(caret[: caret.index("^")])
    assert len(line) <= 120 + len("  1 | ......")


def test_texts_are_read_as_far_as_they_can_be(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("\ufeffone", "utf-8")
    (tmp_path / "b.yml").write_bytes(b"\xff")
    problems = [Problem("no", Location(path, 1)) for path in ("a.yml", "b.yml", "c.yml")]
    assert texts_of([*problems, Problem("no")], tmp_path) == {"a.yml": "one"}


def test_nothing_is_read_where_no_line_is_shown(tmp_path: Path) -> None:
    (tmp_path / "zero.yml").symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "pipe.yml")
    places = [Location("zero.yml"), Location("zero.yml", 1), Location("pipe.yml", 1)]
    assert texts_of([Problem("no", place) for place in places], tmp_path) == {}


def test_a_file_is_split_once_for_all_its_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    split: list[str] = []
    monkeypatch.setattr("graphbuild.report.problems.lines_of", lambda text: split.append(text) or text.split("\n"))
    render_problems([Problem("no", Location("a.yml", line)) for line in (1, 2)], {"a.yml": "one\ntwo"})
    assert split == ["one\ntwo"]


def test_what_is_said_at_endless_length_is_cut() -> None:
    problem = Problem("x" * 100_000, None, (("is", "y" * 100_000),), "z" * 2000)
    drawn = screen(problem)
    assert len(drawn) < 10_000
    assert "xxx... and 98,000 characters more\n" in drawn
    assert "zzz\n" in drawn
    (row,) = problems_document([problem])
    assert len(row["what"]) < 3000
    assert len(str(GraphbuildError(problem))) < 10_000


def test_no_name_of_a_file_can_steer_the_terminal() -> None:
    assert "\x1b" not in screen(Problem("no", Location("a\x1b[2J.yml", 1)))
