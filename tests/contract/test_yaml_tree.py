"""YAML's values are those of the 1.2 core schema, every word has its place, and no text brings the reader down."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract.yaml_events import variables_in
from graphbuild.contract.yaml_tree import parse_yaml

_TEXT = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")))
_SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | _TEXT
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXT, inner, max_size=4), max_leaves=20
)


def plain(text: str) -> Any:
    tree, problems = parse_yaml(text, "a.yml")
    assert problems == []
    return tree.plain()


def complaints(text: str) -> list[str]:
    return [f"{problem.location}: {problem.what}" for problem in parse_yaml(text, "a.yml")[1]]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("", None),
        ("~", None),
        ("null", None),
        ("12", 12),
        ("-7", -7),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("2024-01-31", "2024-01-31"),
        ("1.2.3", "1.2.3"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("=", "="),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(word: str, value: Any) -> None:
    found = plain(f"key: {word}")["key"]
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_in_all_its_spellings() -> None:
    assert all(math.isnan(one) for one in plain("[.nan, .NaN, .NAN]"))


@given(_JSON)
def test_json_reads_as_itself(value: Any) -> None:
    """JSON is YAML, but for its escaped surrogates and characters that no one types."""
    assert plain(json.dumps(value, ensure_ascii=False)) == value


def test_every_key_and_value_has_its_place() -> None:
    tree, _ = parse_yaml("a:\n  b: [x, {c: 1}]\n", "a.yml")
    assert str(tree.key_location("a")) == "a.yml:1:1"
    assert str(tree["a"].key_location("b")) == "a.yml:2:3"
    assert str(tree["a"]["b"][0].location) == "a.yml:2:7"
    assert str(tree["a"]["b"][1]["c"].location) == "a.yml:2:14"


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.integers(), min_size=1))
def test_a_key_stands_where_its_location_says(values: dict[str, int]) -> None:
    text = "".join(f"{' ' * 2}{key}x: {value}\n" for key, value in values.items())
    tree, problems = parse_yaml(text, "a.yml")
    assert problems == []
    lines = text.splitlines()
    for key, item in tree.items():
        place, value_place = tree.key_location(key), item.location
        assert lines[place.line - 1][place.column - 1 :].startswith(f"{key}: ")
        assert lines[value_place.line - 1][value_place.column - 1 :] == str(item.value)


def test_a_duplicate_key_names_both_places_and_keeps_the_first() -> None:
    tree, (problem,) = parse_yaml("a: 1\nb: 2\na: 3\n", "a.yml")
    assert (str(problem.location), problem.facts) == ("a.yml:3:1", (("first", "a.yml:1:1"),))
    assert tree.plain() == {"a": 1, "b": 2}


def test_aliases_and_merge_keys() -> None:
    text = "base: &base {a: 1, b: 2}\nmore: {<<: *base, b: 3}\nlist: {<<: [*base, {c: 4}]}\n"
    assert plain(text)["more"] == {"a": 1, "b": 3}
    assert plain(text)["list"] == {"a": 1, "b": 2, "c": 4}


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert plain("\ufeffa: 1") == {"a": 1}


def test_an_empty_document_is_nothing() -> None:
    assert plain("# only a comment\n") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a:\n  b: 'x\n", "a.yml:2:6: this is not YAML: found unexpected end of stream while scanning a quoted scalar"),
        ("a: b: c", "a.yml:1:5: this is not YAML: mapping values are not allowed in this context"),
        ("a: 1\n---\nb: 2\n", "a.yml:2:1: only one document may be in a file"),
        ("a: 1\nb: \x07\n", "a.yml:2:4: this is not YAML: it holds the character U+0007, which YAML forbids"),
        ("a: *b", "a.yml:1:4: there is no anchor `b` for this alias"),
        ("a: &a [*a]", "a.yml:1:8: an alias stands inside what it names"),
        ("? [a]\n: b", "a.yml:1:3: a key must be a plain word"),
        ("a: !!int b", "a.yml:1:4: `b` is not a number that can be read"),
        (f"a: {'9' * 5000}", f"a.yml:1:4: `{'9' * 40}...` is not a number that can be read"),
        (f"a: 0x{'f' * 6000}", f"a.yml:1:4: `0x{'f' * 38}...` is not a number that can be read"),
        (f"a: !!int 0o{'7' * 6000}", f"a.yml:1:4: `0o{'7' * 38}...` is not a number that can be read"),
        (f"? {'k' * 65537}\n: 1", "a.yml:1:3: this key is longer than 65,536 characters"),
        ("a: !!binary aGk=", "a.yml:1:4: tag `tag:yaml.org,2002:binary` is not known here"),
        ("<<: 3", "a.yml:1:5: `<<` takes mappings, not a number"),
        ("[" * 101 + "]" * 101, "a.yml:1:101: this is nested more than 100 levels deep"),
    ],
)
def test_a_wrong_document_is_a_problem_with_a_place(text: str, complaint: str) -> None:
    assert complaints(text) == [complaint]


def test_aliases_cannot_fill_the_memory() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)]
    (complaint,) = complaints("a0: &a0 [x]\n" + "".join(levels))
    assert complaint == "a.yml: the aliases of this document make too many values of it"


@pytest.mark.parametrize("anchored", ["{}", "[{}]", "{{b: {}}}", "{{? {} : b}}"])
def test_aliases_cannot_repeat_what_is_long(anchored: str) -> None:
    """A tree shares what is repeated; what is made of it writes it out each time."""
    text = "x" * 60_000
    assert complaints(f"a: &a {anchored.format(text)}\nb: [{'*a, ' * 500}]") == []
    found = complaints(f"a: &a {anchored.format(text)}\nb: &b [{'*a, ' * 200}]\nc: [*b, *b, *b]")
    assert found == ["a.yml: the aliases of this document repeat too many characters of it"]


@given(st.text(st.characters(codec="utf-8"), max_size=60) | st.text("[]{}:,&*!|>'\"#%@-? \n\tab", max_size=60))
def test_no_text_brings_the_reader_down(text: str) -> None:
    tree, problems = parse_yaml(text, "a.yml")
    assert problems or tree.plain() is None or isinstance(tree.plain(), str | int | float | bool | list | dict)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{a: "])
def test_no_nesting_is_too_deep_to_be_refused(opening: str) -> None:
    """A reader that went down by recursion would end the process."""
    (complaint,) = complaints(opening * 200_000)
    assert "this is nested more than 100 levels deep" in complaint


def test_a_scalar_has_an_end() -> None:
    assert complaints(f"a: {'x' * (32 << 20)}y\nb: 1") == ["a.yml:1:4: this text is longer than 33,554,432 characters"]


VALUES = {"CITY": "Rome", "EMPTY": "", "UNSET": None}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("${CITY}", "Rome"),
        ("to ${CITY}!", "to Rome!"),
        ("${CITY}$CITY", "RomeRome"),
        ("${EMPTY}", ""),
        ("$CITY", "$CITY"),  # without braces it is a word, as in Rasa
        ("'${CITY}'", "${CITY}"),
        ('"${CITY}"', "${CITY}"),
        ("|\n  ${CITY}\n", "${CITY}\n"),
        ("!!str ${CITY}", "${CITY}"),
    ],
)
def test_the_environment_is_filled_in_where_there_are_no_quotes(written: str, read: str) -> None:
    tree, problems = parse_yaml(f"a: {written}", "a.yml", VALUES)
    assert (problems, tree["a"].value) == ([], read)


def test_a_variable_that_is_not_set_is_a_problem_at_its_place() -> None:
    (problem,) = parse_yaml("a:\n- ${UNSET}\n", "a.yml", VALUES)[1]
    assert (str(problem.location), problem.what) == ("a.yml:2:3", "the environment has no `UNSET`")


@given(_TEXT, st.sampled_from(["'{}'", '"{}"', "{}", "|\n {}"]))
def test_every_variable_that_may_be_filled_in_is_known_beforehand(text: str, how: str) -> None:
    document = f"a: {how.format(text)} ${{CITY}}"
    asked: set[str] = set()

    class Asked(dict[str, str | None]):
        def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override]
            asked.add(name)
            return "x"

    parse_yaml(document, "a.yml", Asked())
    assert asked <= set(variables_in(document.encode()))


@pytest.mark.parametrize("odd", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("written", ["a{}b", "'a{}b'", '"a{}b"', "|-\n  a{}b", ">-\n  a{}b"])
def test_a_character_that_ends_lines_elsewhere_is_one_like_others(odd: str, written: str) -> None:
    tree, problems = parse_yaml(f"x{odd}y: {written.format(odd)}\nnext: '\ue000'\n", "a.yml")
    assert problems == []
    assert tree.plain() == {f"x{odd}y": f"a{odd}b", "next": "\ue000"}
    assert tree.key_location("next").line == 2 + written.count("\n")
