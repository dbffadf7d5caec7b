"""What is compared: names of configurations, and the document that tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.errors import ExitCode, UsageError
from graphbuild.project.comparison_document import (
    DOCUMENT,
    Comparing,
    comparison_text,
    read_comparison,
    short_names,
)

_PARTS = st.sampled_from(["a", "config", "config_1", "config_2", "config_1_2", "x.y"])
_CONFIGS = st.builds(lambda folder, stem, end: f"{folder}/{stem}{end}", _PARTS, _PARTS, st.sampled_from(["", ".yml"]))


def test_names_are_those_of_the_files() -> None:
    assert short_names(["config.yml", "b/light.yml", "recipe:full"]) == {
        "config": "config.yml",
        "light": "b/light.yml",
        "full": "recipe:full",
    }


def test_those_of_one_name_are_numbered() -> None:
    assert short_names(["a/config.yml", "x.yml", "b/config.yml"]) == {
        "config_1": "a/config.yml",
        "x": "x.yml",
        "config_3": "b/config.yml",
    }


def test_a_number_never_makes_the_name_of_another() -> None:
    assert short_names(["a/config.yml", "b/config.yml", "config_1.yml"]) == {
        "config_2": "a/config.yml",
        "config_3": "b/config.yml",
        "config_1": "config_1.yml",
    }


@given(st.lists(_CONFIGS, max_size=7))
def test_every_configuration_has_a_name(configs: list[str]) -> None:
    assert list(short_names(configs).values()) == configs


def test_what_is_written_is_read(tmp_path: Path) -> None:
    comparing = Comparing(("config.yml", "recipe:light"), (0, 50), 2, {"augmentation": 3})
    (tmp_path / DOCUMENT).write_text(comparison_text(comparing, [4, 2], {("config", 1, 0): "run_1/config.tar.gz"}))
    assert read_comparison(tmp_path) == comparing


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"percentages": [50, 50]}, "`percentages` names each once, not [50, 50]"),
        ({"percentages": [-50]}, "`percentages` is a list of whole numbers from 0 to 99, not [-50]"),
        ({"percentages": [500]}, "`percentages` is a list of whole numbers from 0 to 99, not [500]"),
        ({"percentages": [True]}, "`percentages` is a list of whole numbers from 0 to 99, not [true]"),
        ({"percentages": ["50"]}, '`percentages` is a list of whole numbers from 0 to 99, not ["50"]'),
        ({"percentages": []}, "`percentages` is a list of whole numbers from 0 to 99, not []"),
        ({"configs": "config.yml"}, '`configs` is a list of recipes, not "config.yml"'),
        ({"configs": [1]}, "`configs` is a list of recipes, not [1]"),
        ({"configs": []}, "`configs` is a list of recipes, not []"),
        ({"configs": None}, "`configs` is a list of recipes, and is not there"),
        ({"runs": 0}, "`runs` is a whole number from 1, not 0"),
        ({"runs": "3"}, '`runs` is a whole number from 1, not "3"'),
        ({"variables": [["a", 1]]}, '`variables` are names with values, not [["a", 1]]'),
    ],
)
def test_what_is_wrong_in_it_is_told(changes: dict[str, Any], what: str, tmp_path: Path) -> None:
    document = json.loads(comparison_text(Comparing(("config.yml",)), [], {}))
    path = tmp_path / DOCUMENT
    path.write_text(json.dumps({**document, **changes}))
    with pytest.raises(UsageError) as raised:
        read_comparison(tmp_path)
    assert [problem.what for problem in raised.value.problems] == [f"{path}: {what}"]
    assert raised.value.exit_code is ExitCode.USAGE


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / DOCUMENT).write_text('{"format": 1, "configs": "a", "percentages": [1], "runs": -1}')
    with pytest.raises(UsageError) as raised:
        read_comparison(tmp_path)
    assert len(raised.value.problems) == 3


@pytest.mark.parametrize("text", ["[]", "{}", "3", "null"])
def test_another_document(text: str, tmp_path: Path) -> None:
    (tmp_path / DOCUMENT).write_text(text)
    with pytest.raises(UsageError, match="is no comparison"):
        read_comparison(tmp_path)
