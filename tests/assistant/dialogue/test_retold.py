"""Events of dialogues as people see them: those that Rasa 3.6.21 has in its trackers (RASA.md 3.3, 9.3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.domain_merge import merge_domain, slot_spaces, space_of
from graphbuild.assistant.data.show import show
from graphbuild.assistant.data.space import SlotSpace
from graphbuild.assistant.data.stories import FILLED, START, Event, StoryStep
from graphbuild.assistant.dialogue.retold import told_dialogues
from graphbuild.assistant.importers.domain_file import DomainFile
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.source import SourceFile
from tests.assistant.dialogue.retelling import retell, told
from tests.assistant.dialogue.tales import (
    CITY,
    DOMAIN,
    GOLDEN_STORY,
    SNIPPET,
    act,
    dialogues,
    loop,
    rule,
    slot,
    step,
    user,
)

LISTENS = {"action": "action_listen"}
GOLDEN_DOMAIN = """\
version: "3.1"
intents: [greet, {inform: {use_entities: [city]}}, bye]
entities: [{city: {roles: [from, to]}}, name]
slots:
  city: {type: text, mappings: [{type: from_entity, entity: city}]}
  vip: {type: bool, mappings: [{type: custom}]}
  n: {type: float, min_value: 0, max_value: 10, mappings: [{type: custom}]}
  kind: {type: categorical, values: [A, b], mappings: [{type: custom}]}
  tags: {type: list, mappings: [{type: custom}]}
  free: {type: any, mappings: [{type: custom}]}
responses: {utter_hi: [{text: Hi}], utter_bye: [{text: Bye}]}
actions: [action_x, utter_hi]
forms: {f: {required_slots: [city]}}
"""


def events(*steps: StoryStep, slots: tuple[SlotSpace, ...] = DOMAIN.slots) -> list[list[dict[str, Any]]]:
    return [one["events"] for one in told_dialogues(steps, DOMAIN, slots)]


def test_a_story_is_told_with_its_listening_and_its_slots() -> None:
    entities = [{"entity": "city", "role": "to", "value": "Rome"}, {"entity": "name", "value": "Bo"}]
    assert events(GOLDEN_STORY) == [
        [
            *(LISTENS, {"user": "greet"}, {"action": "utter_hi"}),
            *(LISTENS, {"user": "inform", "entities": entities}, {"slot": "city", "value": "Rome"}),
            *({"action": "action_x"}, LISTENS),
        ]
    ]


def test_a_rule_says_what_must_not_be_set() -> None:
    made = told_dialogues([rule(slot("vip", True), loop(None), SNIPPET, user("bye"), act("utter_bye"))], DOMAIN, ())
    loops = [{"slot": "vip", "value": True}, {"loop": "should_not_be_set"}]
    turns = [{"action": "..."}, LISTENS, {"user": "bye"}, {"action": "utter_bye"}, LISTENS]
    assert made == [{"rule": True, "events": loops + turns}]


def test_a_rule_that_does_not_wait_ends_with_its_snippet() -> None:
    (made,) = events(rule(SNIPPET, user("inform"), act("f"), loop("f"), SNIPPET))
    snippet = {"action": "..."}
    assert made == [snippet, LISTENS, {"user": "inform"}, {"action": "f"}, {"loop": "f"}, snippet, LISTENS]


def test_an_entity_fills_its_slot_even_one_that_influences_nothing() -> None:
    hidden = SlotSpace("town", "list", fills_from=CITY.fills_from)
    said = user("greet", {"entity": "city", "value": "Rome"})
    (made,) = events(step(said), slots=(*DOMAIN.slots, hidden))
    assert made[2:4] == [{"slot": "city", "value": "Rome"}, {"slot": "town", "value": ["Rome"]}]


def test_a_slot_without_a_value_gets_what_its_type_can_have() -> None:
    free = SlotSpace("free", "any")
    steps = step(user("greet"), slot("free", FILLED), slot("tags", FILLED), slot("unknown", FILLED))
    (made,) = events(steps, slots=(*DOMAIN.slots, free))
    assert [one["value"] for one in made if "slot" in one] == [None, ["filled"], "filled"]


def test_words_and_other_events_are_told_as_they_are() -> None:
    (made,) = events(step(Event("user", text="hi you"), Event("bot", text="hello"), Event("event", "pause")))
    assert made[1:4] == [{"user": None, "text": "hi you"}, {"bot": "hello"}, {"event": "pause"}]


def test_of_dialogues_that_look_alike_the_first_is_told() -> None:
    steps = [step(user("greet"), slot("hidden", value), act("utter_hi")) for value in (2, 1)]
    (made,) = events(*steps)
    assert {"slot": "hidden", "value": 2} in made


EVENTS = st.sampled_from(
    [
        *(user("greet"), user("inform", {"entity": "city", "value": "Rome"}), act("utter_hi"), act("action_x")),
        *(slot("vip", True), slot("vip", None), slot("tags", FILLED), loop("f"), loop(None)),
    ]
)
STEPS = st.builds(
    # `retell` knows no first action of a story in another step than its first.
    lambda first, events, start, end, is_rule: step(
        *first, user("bye"), *events, start=start or START, end=end or None, rule=is_rule
    ),
    st.sampled_from(((), (act("utter_hi"),))),
    st.lists(EVENTS, max_size=3),
    st.sampled_from(("", "a", "b")),
    st.sampled_from(("", "a", "b")),
    st.booleans(),
)


@given(st.lists(STEPS, max_size=5))
def test_the_events_tell_the_states_of_the_dialogues(steps: list[StoryStep]) -> None:
    """A second, plain way from the events to what policies see gives what the generator gives."""
    events = told_dialogues(steps, DOMAIN, DOMAIN.slots)
    found = [(one["rule"], retell(one["events"], DOMAIN, rule=one["rule"])) for one in events]
    assert sorted(map(encode_json, found)) == sorted(map(encode_json, told(dialogues(*steps))))


def test_the_domain_of_the_goldens_has_the_states_that_rasa_has(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(GOLDEN_DOMAIN)
    part = DomainFile().apply(SourceFile(path, "domain.yml")).part
    shown = show([part], [], [], [])["domain"]
    assert shown["actions"][13:] == ["action_x", "utter_hi", "utter_bye", "f"]
    assert len(shown["actions"]) == 17
    states = ["city_0", "vip_0", "vip_1", "n_0", "n_1", "kind_0", "kind_1", "kind_2", "tags_0"]
    assert shown["input_states"][8:21] == ["city", "name", "city#from", "city#to", *states]
    assert len(shown["input_states"]) == 39
    merged = merge_domain([part], [])
    assert [one.name for one in slot_spaces(merged)] == sorted(
        ["city", "vip", "n", "kind", "tags", "free", "requested_slot", "session_started_metadata"]
    )
    assert space_of(merged).slots == DOMAIN.slots
