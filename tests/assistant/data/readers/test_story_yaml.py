"""Stories in YAML: no document whatever crashes the reader, and what is read can be written and merged."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.readers.story_yaml import read_stories
from graphbuild.assistant.data.story_steps import merge_blocks
from graphbuild.contract.yaml_tree import parse_yaml
from graphbuild.errors import DataError

STEP_WORDS = (
    *("intent", "user", "entities", "action", "bot", "or", "checkpoint", "slot_was_set", "active_loop", "metadata"),
    *("role", "group", "city"),
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.sampled_from(["", "a", "/a", "a/b", "...", '/a{"b": [1, {}]}', "[a]{"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(STEP_WORDS), inner, max_size=3),
    max_leaves=6,
)
STEPS = st.lists(st.dictionaries(st.sampled_from(STEP_WORDS), VALUES, max_size=2) | VALUES, max_size=4)
BLOCKS = st.fixed_dictionaries(
    {},
    optional={
        "story": SCALARS,
        "rule": SCALARS,
        "steps": STEPS | VALUES,
        "condition": STEPS | VALUES,
        "conversation_start": VALUES,
        "wait_for_user_input": VALUES,
        "metadata": VALUES,
    },
)
DOCUMENTS = st.fixed_dictionaries({"stories": st.lists(BLOCKS, max_size=2), "rules": st.lists(BLOCKS, max_size=2)})


@given(DOCUMENTS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_any_document_is_read_or_refused(document: dict[str, Any]) -> None:
    tree, problems = parse_yaml(json.dumps(document), "stories.yml")
    assert problems == []
    reading = Reading("stories.yml")
    with contextlib.suppress(DataError):
        part = read_stories(tree, reading)
        reading.finish()
        assert type(part).decode(part.encode()) == part
        graph, _ = merge_blocks(part.blocks)
        assert type(graph).decode(graph.encode()) == graph


def findings(steps: str) -> tuple[list[str], list[tuple[int, str]]]:
    """Problems, and warnings with their lines, of a story with these steps; they begin on line 2."""
    tree, _ = parse_yaml(f"stories: [{{story: s, steps: [\n{steps}\n]}}]\n", "s.yml")
    reading = Reading("s.yml")
    read_stories(tree, reading)
    try:
        return [], [row[:2] for row in reading.finish()[1].rows]
    except DataError as error:
        return str(error).splitlines(), []


def test_an_entity_must_name_its_type() -> None:
    problems, _ = findings("{intent: a, entities: [{role: to}]}")
    assert problems == ["s.yml:2:24: an entity names no type (such as `- city: Rome`)"]


@pytest.mark.parametrize(
    ("steps", "warnings"),
    [
        ("{checkpoint: c, slot_was_set: [{a: 1}]}, {action: b}", []),
        (
            "{action: b},\n{checkpoint: c, slot_was_set: [{a: 1}]}",
            [(3, "conditions of a checkpoint count at the start of a story only")],
        ),
    ],
)
def test_conditions_in_the_middle_are_warned_of(steps: str, warnings: list[tuple[int, str]]) -> None:
    assert findings(steps) == ([], warnings)
