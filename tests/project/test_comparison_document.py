"""What is compared: names of configurations, and the document that tells it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.project.comparison_document import short_names

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
