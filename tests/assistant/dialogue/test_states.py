"""States: features of slots as Rasa 3.6.21 gives them (RASA.md 3.5, 9.3), and how user turns fill slots."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from graphbuild.assistant.data.space import SlotSpace
from graphbuild.assistant.data.stories import FILLED
from graphbuild.assistant.dialogue.states import StateMaker, slot_features
from graphbuild.contract.artifact import decode_json
from tests.assistant.dialogue.tales import DOMAIN, slot, user

SLOTS = {one.name: one for one in DOMAIN.slots}


@pytest.mark.parametrize(
    ("name", "value", "features"),
    [
        ("city", None, [0.0]),
        ("city", "", [1.0]),
        ("city", "Rome", [1.0]),
        ("n", None, [0.0, 0.0]),
        ("n", 5, [1.0, 0.5]),
        ("n", "5", [1.0, 0.5]),
        ("n", 20, [1.0, 1.0]),
        ("n", -3, [1.0, 0.0]),
        ("n", "many", [0.0, 0.0]),
        ("vip", None, [0.0, 0.0]),
        ("vip", True, [1.0, 1.0]),
        ("vip", False, [1.0, 0.0]),
        ("vip", 1, [1.0, 1.0]),
        ("vip", 2, [1.0, 0.0]),
        ("vip", "1", [1.0, 1.0]),
        ("vip", " True ", [1.0, 1.0]),
        ("vip", "perhaps", [0.0, 0.0]),
        ("kind", None, [0.0, 0.0, 0.0]),
        ("kind", "A", [1.0, 0.0, 0.0]),
        ("kind", "b", [0.0, 1.0, 0.0]),
        ("kind", "c", [0.0, 0.0, 1.0]),
        ("tags", None, [0.0]),
        ("tags", [], [0.0]),
        ("tags", ["x"], [1.0]),
    ],
)
def test_features_of_slots_are_those_of_rasa(name: str, value: Any, features: list[float]) -> None:
    assert slot_features(SLOTS[name], value) == features


def test_a_float_slot_without_a_range_says_only_that_it_is_set() -> None:
    assert slot_features(SlotSpace("n", "float", min_value=1.0, max_value=1.0), 1) == [1.0, 0.0]


def seen(*events: Any, domain: Any = DOMAIN, is_rule: bool = False) -> dict[str, Any]:
    maker = StateMaker(domain)
    now = maker.begin()
    for event in events:
        now = maker.after(now, event, is_rule=is_rule)
    return dict(decode_json(maker.state(now).encode()))


def with_fills(kind: str, *fills: tuple[str, str | None, str | None, tuple[str, ...], tuple[str, ...]]) -> Any:
    return dataclasses.replace(DOMAIN, slots=(SlotSpace("s", kind, fills_from=fills),))


def test_at_the_beginning_nothing_is_seen_but_initial_values() -> None:
    assert seen() == {}
    domain = dataclasses.replace(DOMAIN, slots=(SlotSpace("vip", "bool", initial_value=False),))
    assert seen(domain=domain) == {"slots": {"vip": [1.0, 0.0]}}


def test_an_intent_keeps_the_entities_that_it_uses() -> None:
    entities = ({"entity": "name", "value": "Bo"}, {"entity": "city", "role": "to", "value": "Rome"})
    assert seen(user("inform", *entities))["user"] == {"intent": "inform", "entities": ["city", "city#to"]}
    assert seen(user("greet", *entities))["user"]["entities"] == ["city", "city#to", "name"]


def test_entities_stay_until_the_next_user_turn() -> None:
    assert seen(user("greet", {"entity": "name", "value": "Bo"}), user("bye"))["user"] == {"intent": "bye"}


def test_an_entity_fills_the_slot_of_its_mapping() -> None:
    to, any_city = ("city", "to", None, (), ()), ("city", None, None, (), ())
    rome, bonn = {"entity": "city", "role": "to", "value": "Rome"}, {"entity": "city", "value": "Bonn"}
    assert "slots" in seen(user("greet", rome), domain=with_fills("text", to))
    assert "slots" not in seen(user("greet", rome), domain=with_fills("text", any_city))
    assert "slots" not in seen(user("greet", bonn), domain=with_fills("text", to))
    assert seen(user("greet", rome, bonn), domain=with_fills("list", to))["slots"] == {"s": [1.0]}


def test_the_last_mapping_wins_and_intents_of_mappings_do_not_count_in_stories() -> None:
    fills = (("name", None, None, ("bye",), ()), ("city", None, None, (), ("greet",)))
    domain = with_fills("bool", *fills)
    event = user("greet", {"entity": "city", "value": True}, {"entity": "name", "value": False})
    assert seen(event, domain=domain)["slots"] == {"s": [1.0, 1.0]}


def test_an_entity_that_no_slot_is_filled_from_sets_nothing() -> None:
    assert "slots" not in seen(user("greet", {"entity": "name", "value": "Bo"}))


@pytest.mark.parametrize(("name", "features"), [("city", [1.0]), ("tags", [1.0]), ("vip", None), ("n", None)])
def test_a_slot_named_without_a_value_is_filled_as_its_type_can_be(name: str, features: list[float] | None) -> None:
    assert seen(slot(name, FILLED)).get("slots", {}).get(name) == features


def test_a_slot_that_the_domain_does_not_have_is_passed_over() -> None:
    assert seen(slot("unknown", "x")) == {}
