"""`${name}` in any scalar: types kept, texts joined, unknown ones and circles reported."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import Location, Problem
from graphbuild.recipe.variables import as_yaml, resolve_variables, substitute

_PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab${}"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=8,
)


def filled(value: Any, **variables: Any) -> Any:
    problems: list[Problem] = []
    tree = substitute(as_yaml(value, Yaml(None, Location("a.yml", 1, 1))), variables, problems)
    assert problems == []
    return tree.plain()


def resolved(text: str, **given_values: Any) -> tuple[dict[str, Any], list[str]]:
    problems: list[Problem] = []
    values = resolve_variables(dict(parse_yaml(text, "a.yml")[0].items()), given_values, problems)
    return values, [f"{one.location}: {one.what}" for one in problems]


@given(_PLAIN)
def test_alone_it_takes_the_value_with_its_type(value: Any) -> None:
    assert filled(["${it}"], it=value) == [value]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("${a}", 3),
        (" ${a}", " 3"),
        ("${ a }", 3),
        ("x${a}y${b}", "x3ytrue"),
        ("${none}.", "."),
        ("$${a}", "${a}"),
        ("$${a} ${a}", "${a} 3"),
        ("$a {a}", "$a {a}"),
        ("${list}", [1, 2]),
    ],
)
def test_inside_a_text(text: str, result: Any) -> None:
    assert filled(text, a=3, b=True, none=None, list=[1, 2]) == result


def test_keys_are_left_alone_and_values_are_filled_at_any_depth() -> None:
    assert filled({"${a}": [{"b": "${a}"}]}, a=1) == {"${a}": [{"b": 1}]}


def test_a_list_cannot_be_part_of_a_text() -> None:
    problems: list[Problem] = []
    tree, _ = parse_yaml("x: data/${files}", "a.yml")
    substitute(tree, {"files": ["a", "b"]}, problems)
    assert [(str(one.location), one.what) for one in problems] == [
        ("a.yml:1:4", "variable `files` is a list and cannot be part of a text")
    ]


def test_an_unknown_variable_is_a_problem_with_the_closest_name() -> None:
    problems: list[Problem] = []
    substitute(parse_yaml("x: ${epoch}", "a.yml")[0], {"epochs": 1}, problems)
    assert problems == [Problem("there is no variable `epoch`", Location("a.yml", 1, 4), hint="did you mean `epochs`?")]


def test_variables_may_name_others_in_any_order() -> None:
    values, problems = resolved("nlu: ${root}/nlu\nroot: ${top}/data\ntop: here\n")
    assert (values, problems) == ({"nlu": "here/data/nlu", "root": "here/data", "top": "here"}, [])


def test_values_from_outside_win_and_are_taken_as_they_are() -> None:
    assert resolved("a: 1\nb: ${a}\n", a="${b}") == ({"a": "${b}", "b": "${b}"}, [])


def test_a_circle_is_shown_whole() -> None:
    _, problems = resolved("a: ${b}\nb: x${c}\nc: ${a}\n")
    assert problems == ["a.yml:1:4: variables are made of each other in a circle: a -> b -> c -> a"]
