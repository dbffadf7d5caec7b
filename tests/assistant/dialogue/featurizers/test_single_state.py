"""What a network sees of states, and how they become rows."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.dialogue.featurizers.single_state import encode_states, features_of, vocabulary_of
from tests.assistant.dialogue.tales import GOLDEN_STORY, dialogues

LISTEN = {"prev_action": {"action_name": "action_listen"}}


def seen(**parts: Any) -> dict[str, dict[str, float]]:
    return features_of(json.dumps(parts))


def test_the_user_is_seen_only_right_after_listening() -> None:
    user = {"intent": "inform", "entities": ["city", "city#to"]}
    heard = seen(user=user, **LISTEN)
    assert heard["intent"] == {"inform": 1.0}
    assert heard["entities"] == {"city": 1.0, "city#to": 1.0}
    assert seen(user=user, prev_action={"action_name": "x"}) == {"action_name": {"x": 1.0}}


def test_texts_are_attributes_of_their_own() -> None:
    assert seen(user={"text": "hi"}, **LISTEN)["text"] == {"hi": 1.0}
    assert seen(prev_action={"action_text": "hello"}) == {"action_text": {"hello": 1.0}}


def test_slots_and_loops_are_seen_always() -> None:
    found = seen(slots={"n": [1.0, 0.5], "v": [1.0, 0.0], "c": "should_not_be_set"}, active_loop={"name": "f"})
    assert found["slots"] == {"n:0": 1.0, "n:1": 0.5, "v:0": 1.0, "c:should_not_be_set": 1.0}
    assert found["active_loop"] == {"f": 1.0}


def test_nothing_is_seen_before_anything_happened() -> None:
    assert features_of("{}") == {}
    assert vocabulary_of(["{}"]) == {}


def test_the_vocabulary_is_what_occurs() -> None:
    assert vocabulary_of(dialogues(GOLDEN_STORY).states) == {
        "intent": ("greet", "inform"),
        "entities": ("city", "city#to"),
        "action_name": ("action_listen", "action_x", "utter_hi"),
        "slots": ("city:0",),
    }


def test_what_was_never_seen_is_there_without_features() -> None:
    rows = encode_states(['{"active_loop": {"name": "new"}}', "{}"], {"active_loop": ("f",)})["active_loop"]
    assert (rows.is_there.tolist(), rows.splits.tolist(), len(rows.columns)) == ([True, False], [0, 0, 0], 0)


STATES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "prev_action": st.sampled_from([{"action_name": "action_listen"}, {"action_name": "b"}]),
            "user": st.fixed_dictionaries({"intent": st.sampled_from("xyz")}, optional={"entities": st.just(["e"])}),
            "slots": st.dictionaries(st.sampled_from("pq"), st.sampled_from([[1.0], [1.0, 0.5]]), min_size=1),
            "active_loop": st.just({"name": "f"}),
        },
    ).map(lambda parts: json.dumps(parts, sort_keys=True)),
    min_size=1,
    max_size=6,
)


@given(STATES)
def test_rows_say_what_is_seen(states: list[str]) -> None:
    vocabulary = vocabulary_of(states)
    for attribute, rows in encode_states(states, vocabulary).items():
        for number, state in enumerate(states):
            entries = slice(rows.splits[number], rows.splits[number + 1])
            names = [vocabulary[attribute][column] for column in rows.columns[entries]]
            found = dict(zip(names, rows.values[entries].tolist(), strict=True))
            assert found == features_of(state).get(attribute, {})
            assert rows.is_there[number] == (attribute in features_of(state))
            assert (np.diff(rows.columns[entries]) > 0).all()
