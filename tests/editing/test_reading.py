"""The outline of YAML that somebody types: structure and cursor are found in what is no YAML yet."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.editing.outline import Part, Path, Role, Shape
from graphbuild.editing.reading import read_outline
from graphbuild.recipe.packaged import packaged_recipes
from tests.assistants import ASSISTANTS, CORPORA, assistants
from tests.editing.cursors import placed

KEY, VALUE, OPEN, NONE = Role.KEY, Role.VALUE, Role.OPEN, Role.NONE


def plain(part: Part) -> Any:
    """What an outline says, texts as they stand there."""
    if part.shape is Shape.MAPPING:
        return {one.key: plain(one.value) for one in part.entries}
    if part.shape is Shape.LIST:
        return [plain(one.value) for one in part.entries]
    return part.text if part.shape is Shape.TEXT else None


@pytest.mark.parametrize(
    ("drawn", "role", "path", "before"),
    [
        ("^", OPEN, (), ""),
        ("gr^", OPEN, (), "gr"),
        ("graphbuild: 1\n^", KEY, (), ""),
        ("graphbuild: 1\nno^des", KEY, (), "no"),
        ("graphbuild: ^", VALUE, ("graphbuild",), ""),
        ("graphbuild:^", NONE, (), ""),
        ("nodes:\n  ^", OPEN, ("nodes",), ""),
        ("nodes:\n  wo^\n  words:\n    uses: X", OPEN, ("nodes",), "wo"),
        ("nodes:\n  words:\n    ^", OPEN, ("nodes", "words"), ""),
        ("nodes:\n  words:\n    uses: A\n    ^", KEY, ("nodes", "words"), ""),
        ("nodes:\n  words:\n    uses: A\n    wi^\n  ted: {uses: B}", KEY, ("nodes", "words"), "wi"),
        ("nodes:\n  words:\n    uses: A\n  ^", KEY, ("nodes",), ""),
        ("nodes:\n  words:\n    uses: A\n^", KEY, (), ""),
        ("nodes:\n  words:\n    us^es: A", KEY, ("nodes", "words"), "us"),
        ("nodes:\n  words:\n    uses: A^b", VALUE, ("nodes", "words", "uses"), "A"),
        ("nodes:\n  words:\n    uses: A\n      ^", NONE, (), ""),
        ("a: # comm^ent", NONE, (), ""),
        ("# comm^ent\na: b", NONE, (), ""),
        ("  ^  a: b", NONE, (), ""),
        ("a: |2\n  bl^ock", NONE, (), ""),
        ("a: {^}", KEY, ("a",), ""),
        ("a: {b^}", KEY, ("a",), "b"),
        ("a: {b: ^}", VALUE, ("a", "b"), ""),
        ("a: {b: c, d^", KEY, ("a",), "d"),
        ("a: {b: [c, {d: e^}]}", VALUE, ("a", "b", 1, "d"), "e"),
        ("a: {b:^}", NONE, (), ""),
        ("a: [b, ^]", VALUE, ("a", 1), ""),
        ("a: [b,\n  c^", VALUE, ("a", 1), "c"),
        ("a: [b\nc: ^d", VALUE, ("c",), ""),
        ("a: {b: '${x^}'}", VALUE, ("a", "b"), "${x"),
        ("a: {b: ${x^}", VALUE, ("a", "b"), "${x"),
        ("a:\n- ^", OPEN, ("a", 0), ""),
        ("a:\n- name: b\n  ^", KEY, ("a", 0), ""),
        ("a:\n- name: b\n- na^", OPEN, ("a", 1), "na"),
        ("a:\n- name: b\n^", KEY, (), ""),
        ("a:\n  - - b\n    - c^", VALUE, ("a", 0, 1), "c"),
        ('a: "b^', VALUE, ("a",), "b"),
        ("'quo^ted key': 1", KEY, (), "quo"),
        ("a: &anchor {b: ^}", VALUE, ("a", "b"), ""),
        ("a:\r\n  b^: 1", KEY, ("a",), "b"),
        ("äöü: {ß: é^}", VALUE, ("äöü", "ß"), "é"),
    ],
)
def test_where_the_cursor_is(drawn: str, role: Role, path: Path, before: str) -> None:
    text, line, column = placed(drawn)
    cursor = read_outline(text, line, column).cursor
    found = cursor.role if cursor.role is not OPEN or role is OPEN else VALUE
    assert (found, cursor.path, cursor.before) == (role, path, before)
    if role is not NONE:
        assert cursor.start + len(before) == column


@pytest.mark.parametrize("name", packaged_recipes())
def test_the_outline_of_a_recipe_is_what_yaml_reads(name: str) -> None:
    text = packaged_recipes()[name].read_text()
    assert plain(read_outline(text).root) == yaml.load(text, yaml.BaseLoader)


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason="needs GRAPHBUILD_CORPORA")
@pytest.mark.parametrize("name", assistants())
def test_the_outline_of_a_config_is_what_yaml_reads(name: str) -> None:
    text = (ASSISTANTS / name / "config.yml").read_text("utf-8-sig")
    expected = yaml.load(text, yaml.BaseLoader)
    assert plain(read_outline(text).root) == _with_nothing(expected)


def _with_nothing(value: Any) -> Any:
    """An empty text as nothing: what stands there is the same."""
    if isinstance(value, dict):
        return {key: _with_nothing(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_nothing(one) for one in value]
    return value or None


def test_the_cursor_changes_nothing_of_what_stands_around_it() -> None:
    text = packaged_recipes()["default"].read_text()
    expected = plain(read_outline(text).root)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            assert plain(read_outline(text, number, len(line) + 1).root).keys() == expected.keys()


WORDS = st.sampled_from(
    [
        *"{}[],:-#'\"|>&!%* \n\t",
        "\r\n",
        ": ",
        "- ",
        "a",
        "nodes",
        "uses",
        "${x}",
        "${",
        "---",
        "é",
        "\x00",
        "\u2028",
        "  ",
    ]
)


@given(st.lists(WORDS, max_size=60).map("".join), st.integers(-1, 12), st.integers(-1, 40))
def test_no_text_is_too_odd(text: str, line: int, column: int) -> None:
    outline = read_outline(text, line, column)
    part = outline.root.at(outline.cursor.path)
    assert part is None or part.shape in Shape
    assert 1 <= outline.cursor.start <= len(text) + 2


@pytest.mark.parametrize(
    "many", ["[", "{a: ", "- ", "a: ", " ", "'", "a: {b: c}\n", "a:\n- b\n", "${", "# ", "&a ", "a " * 50]
)
def test_long_texts_are_read(many: str) -> None:
    """In time that grows as they do: as long as a recipe may be, and deeper than anything that is read."""
    text = many * (200_000 // len(many))
    outline = read_outline(text, 1, 5)
    assert outline.root.shape in Shape
