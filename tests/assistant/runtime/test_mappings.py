"""Slots: which mappings fill which, whatever type they have. The rules are Rasa's (RASA.md 3.5)."""

from __future__ import annotations

from typing import Any

import pytest

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.mappings import counts_now, values_of
from graphbuild.assistant.runtime.tracker import Tracker

FORM = {"active_loop": "f"}
DOCUMENT = {
    "intents": ["inform", "deny", "chitchat"],
    "entities": [{"city": {"roles": ["from"], "groups": ["1"]}}, "number"],
    "slots": {
        "goal": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]},
        "origin": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city", "role": "from"}]},
        "other": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]},
    },
    "forms": {"f": {"required_slots": ["goal", "origin", "other"], "ignored_intents": ["chitchat"]}},
}
DOMAIN = RunningDomain.of(DOCUMENT)


def found(
    mapping: dict[str, Any],
    *before: kinds.Event,
    intent: str = "inform",
    entities: Any = (),
    slot: str = "elsewhere",
    rejected: bool = False,
) -> list[Any]:
    """What a mapping of a slot finds in a message."""
    said = kinds.UserUttered.understood("the text", {"intent": {"name": intent}, "entities": list(entities)})
    after = [kinds.ActionExecutionRejected("f")] if rejected else []
    tracker = Tracker.of("s", [*before, said, *after], DOMAIN.slots)
    return values_of(mapping, tracker) if counts_now(slot, mapping, tracker, DOMAIN) else []


IN_FORM = kinds.ActiveLoop("f")
ASKED = kinds.SlotSet("requested_slot", "elsewhere")
TEXT = {"type": "from_text"}


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ({"entity": "city"}, ["Bonn", "Rome"]),
        ({"entity": "city", "role": "from"}, ["Kiel"]),
        ({"entity": "city", "group": "1"}, ["Jena"]),
        ({"entity": "number"}, []),
        ({"entity": "unheard"}, []),
        ({"entity": "city", "intent": "deny"}, []),
        ({"entity": "city", "not_intent": ["inform"]}, []),
        ({"entity": "city", "intent": ["inform", "deny"]}, ["Bonn", "Rome"]),
    ],
)
def test_from_entities(mapping: dict[str, Any], expected: list[Any]) -> None:
    entities = [
        {"entity": "city", "value": "Bonn"},
        {"entity": "city", "value": "Kiel", "role": "from"},
        {"entity": "city", "value": "Jena", "group": "1"},
        {"entity": "city", "value": "Rome"},
    ]
    assert found({"type": "from_entity", **mapping}, entities=entities) == expected


def test_an_entity_that_could_fill_several_slots_of_a_form_fills_what_was_asked_for() -> None:
    city = [{"entity": "city", "value": "Bonn"}, {"entity": "city", "value": "Kiel", "role": "from"}]
    plain, role = ({"type": "from_entity", "entity": "city", **more} for more in ({}, {"role": "from"}))
    assert found(plain, entities=city, slot="goal") == ["Bonn"]
    assert found(plain, IN_FORM, entities=city, slot="goal") == []
    assert found(plain, IN_FORM, kinds.SlotSet("requested_slot", "goal"), entities=city, slot="goal") == ["Bonn"]
    assert found(role, IN_FORM, entities=city, slot="origin") == ["Kiel"]
    assert found(plain, IN_FORM, entities=city, slot="elsewhere") == ["Bonn"]


def test_from_intents_and_texts() -> None:
    value = {"type": "from_intent", "value": False, "intent": "deny"}
    assert (found(value), found(value, intent="deny")) == ([], [False])
    assert found({**value, "intent": "unheard"}, intent="unheard") == []
    assert found(TEXT) == ["the text"]
    assert found({"type": "custom", "action": "a"}) == []


@pytest.mark.parametrize(
    ("conditions", "before", "fits"),
    [
        ([FORM], [], False),
        ([FORM], [IN_FORM], True),
        ([{**FORM, "requested_slot": "elsewhere"}], [IN_FORM], False),
        ([{**FORM, "requested_slot": "elsewhere"}], [IN_FORM, ASKED], True),
        ([{"active_loop": "g"}], [IN_FORM], False),
        ([{"active_loop": "g"}, FORM], [IN_FORM], True),
        ([{"active_loop": None}], [], True),
        ([{"active_loop": None}], [IN_FORM], False),
    ],
)
def test_conditions(conditions: list[Any], before: list[kinds.Event], fits: bool) -> None:
    assert found({**TEXT, "conditions": conditions}, *before) == (["the text"] if fits else [])


def test_a_form_that_refused_does_not_fill_what_it_asked_for() -> None:
    mapping = {**TEXT, "conditions": [FORM]}
    assert found(mapping, IN_FORM, ASKED, rejected=True) == []
    assert found(mapping, IN_FORM, rejected=True) == ["the text"]


def test_ignored_intents_fill_nothing_in_the_form() -> None:
    assert found(TEXT, intent="chitchat") == ["the text"]
    assert found(TEXT, IN_FORM, intent="chitchat") == []
    assert found({**TEXT, "conditions": [{"active_loop": None}]}, IN_FORM, intent="chitchat") == []
    assert found({**TEXT, "intent": "chitchat"}, IN_FORM, intent="chitchat") == ["the text"]


def test_triggers_fill_slots_of_the_form_that_they_begin() -> None:
    trigger = {"type": "from_trigger_intent", "intent": "inform", "value": "x", "conditions": [FORM]}
    assert found(trigger) == []
    assert found(trigger, IN_FORM) == ["x"]
    assert found({**trigger, "conditions": [{"active_loop": "g"}]}, IN_FORM) == []
    assert found(trigger, IN_FORM, intent="deny") == []
