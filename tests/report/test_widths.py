"""Columns of a terminal: wide characters take two, combining ones none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.report.widths import cut, filled, padded, printable, width_of


@pytest.mark.parametrize(
    ("text", "width"), [("", 0), ("abc", 3), ("日本", 4), ("e\u0301", 1), ("ａ", 2), ("\u200d", 0), ("é", 1)]
)
def test_the_width_of_a_text(text: str, width: int) -> None:
    assert width_of(text) == width


@pytest.mark.parametrize(
    ("name", "width", "expected"),
    [
        ("intent:train", 20, "intent:train"),
        ("a_long_name_of_a_node:train", 12, "a_lo…e:train"),
        ("read@data/日本語ファイル.txt", 12, "read…ル.txt"),
    ],
)
def test_a_long_name_keeps_both_its_ends(name: str, width: int, expected: str) -> None:
    assert cut(name, width) == expected


@given(st.text(max_size=30), st.integers(4, 20))
def test_a_text_is_never_wider_than_its_place(text: str, width: int) -> None:
    assert width_of(cut(text, width)) <= width
    assert width_of(padded(text, width)) == width


def test_what_moves_the_cursor_is_not_printed() -> None:
    assert printable("data/\033[2J\n日本.yml") == "data/\ufffd[2J\ufffd日本.yml"
    assert filled("日", 4) == "日  "
