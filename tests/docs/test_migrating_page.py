"""docs/migrating.md: what is read of older Rasas is all in its tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphbuild.assistant.data.migration import renames

PAGE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text("utf-8")
SECTION = PAGE.split("\n## Pipelines of Rasa 1 and 2\n")[1].split("\n## ")[0]
POLICIES = PAGE.split("\n## Policies of Rasa 1 and 2\n")[1].split("\n## ")[0]
OF_POLICIES = ("droprate_a", "droprate_b", "droprate_dialogue", "droprate_label")


def rows(word: str, section: str = SECTION) -> list[str]:
    return [line for line in section.splitlines() if line.startswith("|") and f"`{word}`" in line]


@pytest.mark.parametrize("old", renames.COMPONENTS)
def test_every_old_component_has_its_row(old: str) -> None:
    (row,) = rows(old)
    new = renames.COMPONENTS[old]
    assert row.endswith(f"| {new} |") or f"`{new}`" in row


@pytest.mark.parametrize("name", renames.TEMPLATES)
def test_every_template_has_its_components(name: str) -> None:
    (row,) = rows(name)
    cells = row.split("|")[2].split("), ")
    named = [part.split(" (")[0] for cell in cells for part in cell.strip().split(", ") if part[:1].isupper()]
    assert named == [item["name"] for item in renames.TEMPLATES[name]]


@pytest.mark.parametrize("old", [one for one in renames.OPTIONS if one not in OF_POLICIES])
def test_every_old_option_has_its_row(old: str) -> None:
    (row,) = rows(old)
    assert row.endswith(f"| `{renames.OPTIONS[old]}` |")


@pytest.mark.parametrize("option", sorted({one for gone in renames.GONE_OPTIONS.values() for one in gone}))
def test_every_option_that_is_gone_is_named(option: str) -> None:
    assert any("nothing" in row for row in rows(option))


@pytest.mark.parametrize("option", renames.LIKE_EMBEDDING_CLASSIFIER)
def test_what_makes_diet_the_older_classifier_is_spelt_out(option: str) -> None:
    assert f"`{option}: " in rows("EmbeddingIntentClassifier")[0]


@pytest.mark.parametrize("old", [*renames.RULED, *renames.POLICIES, *renames.LEARNED, *renames.FEATURIZERS])
def test_every_old_policy_has_its_row(old: str) -> None:
    (row,) = rows(old, POLICIES)
    new = {**renames.POLICIES, **renames.FEATURIZERS}.get(old)
    assert new is None or f"| {new}" in row


@pytest.mark.parametrize("old", OF_POLICIES)
def test_every_old_option_of_policies_has_its_row(old: str) -> None:
    (row,) = rows(old, POLICIES)
    assert row.endswith(f"| `{renames.OPTIONS[old]}` |")


@pytest.mark.parametrize("old", [*renames.GONE_LAYERS, *sorted(set.union(*map(set, renames.RULED.values())))])
def test_every_option_of_policies_that_are_gone_is_named(old: str) -> None:
    assert rows(old, POLICIES)
