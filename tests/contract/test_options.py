"""Options from what a recipe says: all that is wrong at once, bounds and numbers that are none included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import pytest

from graphbuild.assistant.learning.options import LearningOptions
from graphbuild.contract.component import Options
from graphbuild.contract.options import (
    AtLeastOne,
    NotNegative,
    OptionProblem,
    Positive,
    Share,
    option,
    read_options,
    schema_of,
    to_plain,
    training_only_of,
    without,
)


@dataclass(frozen=True)
class Config(Options):
    epochs: AtLeastOne = option(100)
    history: AtLeastOne | None = option(None)
    length: NotNegative = option(10)
    rate: Positive = option(0.1)
    share: Share = option(0.5)
    sizes: dict[str, float] = option({"text": 1.0, "label": 2.0})
    strategy: Literal["balanced", "sequence"] = option("balanced")
    inner: dict[str, dict[Literal["text", "label"], int]] = option({})
    steps: list[int | dict[Literal["text", "label"], list[int]]] = option([])

    def __post_init__(self) -> None:
        if self.history is not None and self.history > self.epochs:
            raise ValueError("`history` is greater than `epochs`")


def test_defaults_are_filled_in_and_nested_ones_merged() -> None:
    assert read_options(Config, {"sizes": {"text": 3.0}, "epochs": 1}) == (
        Config(epochs=1, sizes={"text": 3.0, "label": 2.0}),
        [],
    )


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"epochs": 0}, "option `epochs`: expected `int` >= 1"),
        ({"history": -3}, "option `history`: expected `int` >= 1"),
        ({"length": -1}, "option `length`: expected `int` >= 0"),
        ({"rate": 0}, "option `rate`: expected `float` > 0.0"),
        ({"share": 1.5}, "option `share`: expected `float` <= 1.0"),
        ({"rate": float("nan")}, "option `rate`: expected `float` > 0.0"),
        ({"rate": float("inf")}, "option `rate`: a number must be finite"),
        ({"sizes": {"text": float("-inf")}}, "option `sizes`: a number must be finite"),
        ({"history": 200}, "`history` is greater than `epochs`"),
    ],
)
def test_what_is_out_of_bounds_is_refused(given: dict[str, Any], what: str) -> None:
    config, problems = read_options(Config, given)
    assert config is None
    assert [problem.what for problem in problems] == [what]


@pytest.mark.parametrize(
    ("given", "path", "what", "hint"),
    [
        (
            {"strategy": "seqence"},
            ("strategy",),
            "option `strategy`: it cannot be `seqence`",
            "did you mean `sequence`?",
        ),
        ({"strategy": "x"}, ("strategy",), "option `strategy`: it cannot be `x`", "there is `balanced`, `sequence`"),
        (
            {"strategy": "it's"},
            ("strategy",),
            "option `strategy`: it cannot be `it's`",
            "there is `balanced`, `sequence`",
        ),
        ({"steps": [1, "x"]}, ("steps", "1"), "option `steps.1`: expected `int | object`, got `str`", None),
        ({"steps": [1, {"text": [1, "x"]}]}, ("steps", "1"), "option `steps.1`: expected `int`, got `str`", None),
        ({"sizes": {"text": "x"}}, ("sizes",), "option `sizes`: expected `float`, got `str`", None),
    ],
)
def test_what_is_wrong_inside_of_an_option_is_named(
    given: dict[str, Any], path: tuple[str, ...], what: str, hint: str | None
) -> None:
    _, problems = read_options(Config, given)
    assert problems == [OptionProblem(path, what, hint)]


def test_every_key_that_an_option_cannot_have_is_named_with_its_path() -> None:
    given = {"steps": [1, {"txt": [1], "text": [2], "x": []}], "epochs": 3}
    _, problems = read_options(Config, given)
    assert problems == [
        OptionProblem(
            ("steps", "1", "txt"), "there is no option `steps.1.txt`", "did you mean `text`?", is_unknown=True
        ),
        OptionProblem(
            ("steps", "1", "x"), "there is no option `steps.1.x`", "there is `label`, `text`", is_unknown=True
        ),
    ]
    for problem in problems:
        given = without(given, problem.path)
    assert given == {"steps": [1, {"text": [2]}], "epochs": 3}
    # Of mappings in mappings it is not told in which one a key is.
    _, problems = read_options(Config, {"inner": {"a": {"text": 1}, "b": {"txt": 2}, "c": {"label": 3, "lbl": 4}}})
    assert [problem.path for problem in problems] == [("inner", "b", "txt"), ("inner", "c", "lbl")]


def test_all_that_is_wrong_comes_at_once() -> None:
    _, problems = read_options(Config, {"epochs": 0, "epocs": 3, "share": "x"})
    assert [problem.path for problem in problems] == [("epochs",), ("epocs",), ("share",)]
    assert problems[1].hint == "did you mean `epochs`?"


def test_what_only_trainings_have_a_use_for_is_shown_and_counts_for_nothing() -> None:
    assert training_only_of(LearningOptions) == {"tensorboard_log_directory", "tensorboard_log_level", "use_gpu"}
    assert training_only_of(LearningOptions) <= set(to_plain(LearningOptions()))
    assert training_only_of(LearningOptions).isdisjoint(to_plain(LearningOptions(), with_display_only=False))


def test_bounds_are_in_the_schema() -> None:
    properties = schema_of(Config)["properties"]
    assert properties["epochs"]["minimum"] == 1
    assert properties["share"]["maximum"] == 1
