"""What is shown of a project of Rasa 1 or 2 is what Rasa 2.8 would show."""

from __future__ import annotations

from graphbuild.assistant.data.domain import DEFAULT_ACTIONS
from graphbuild.assistant.data.parts import DomainPart, EntityEntry, ResponsesPart
from graphbuild.assistant.data.show import show

DOMAIN = DomainPart(
    entities=(EntityEntry("name", ("last", "first")), EntityEntry("city")),
    slots=(("s", {"type": "unfeaturized"}),),
    actions=(("action_b", False), ("action_a", False), ("f", False)),
    forms=(("f", {"required_slots": [], "ignored_intents": []}),),
    is_legacy=True,
)
FAQ = ResponsesPart((("utter_faq/a", ({"text": "a"},)),), ("faq",))


def test_actions_and_entities_stand_in_the_order_of_rasa_2() -> None:
    domain = show([DOMAIN], [], [], [], is_legacy=True)["domain"]
    defaults = list(DEFAULT_ACTIONS[:-1])
    assert domain["actions"] == [*defaults, "action_b", "action_a", "f"]
    labels = ["name", "city", "name#last", "name#first"]
    assert [one for one in domain["input_states"] if one in labels] == labels
    assert domain["slots"]["s"]["type"] == "unfeaturized"


def test_retrieval_intents_sort_the_actions() -> None:
    actions = show([DOMAIN], [], [], [FAQ], is_legacy=True)["domain"]["actions"]
    assert actions[-5:] == ["action_a", "action_b", "f", "utter_faq", "utter_faq/a"]
    assert show([DOMAIN], [], [], [FAQ])["domain"]["actions"][-5:] == [
        "action_b",
        "action_a",
        "f",
        "utter_faq",
        "utter_faq/a",
    ]
