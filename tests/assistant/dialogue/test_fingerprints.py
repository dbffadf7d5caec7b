"""ActionFingerprint: what actions set in the dialogues that tell of them. RASA.md 4.3, 9.3."""

from __future__ import annotations

from graphbuild import ActionFingerprint, create_action_fingerprints
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.retold import told_dialogues
from tests.assistant.dialogue.tales import CITY, DOMAIN, SNIPPET, act, loop, rule, slot, step, user


def fingerprints(*steps: object) -> dict[str, ActionFingerprint]:
    return create_action_fingerprints(told_dialogues(steps, DOMAIN, DOMAIN.slots), DOMAIN)  # type: ignore[arg-type]


def test_the_golden_fingerprint() -> None:
    made = fingerprints(rule(SNIPPET, user("bye"), act("f"), loop("f"), SNIPPET))
    assert made == {"f": ActionFingerprint(slots=[], active_loop=["f"])}


def test_all_dialogues_count_together() -> None:
    made = fingerprints(
        step(user("greet"), act("action_x"), slot("vip", True), slot("n", 3)),
        step(user("bye"), act("action_x"), slot("city", "Rome")),
    )
    assert made == {"action_x": ActionFingerprint(["city", "n", "vip"], [])}


def test_what_the_user_says_is_not_what_listening_sets() -> None:
    assert fingerprints(step(user("greet", {"entity": CITY.name, "value": "Rome"}), act("utter_hi"))) == {}


def test_slots_without_influence_do_not_count() -> None:
    assert fingerprints(step(user("greet"), act("action_x"), slot("colour", "red"))) == {
        "action_x": ActionFingerprint([], [])
    }


def test_a_rule_says_what_must_not_be_active() -> None:
    made = fingerprints(rule(SNIPPET, act("f"), loop(None), act("utter_bye")))
    assert made == {"f": ActionFingerprint([], ["should_not_be_set"])}


def test_stories_and_rules_are_told_where_they_are_given_as_a_graph() -> None:
    steps = step(user("greet"), act("action_x"), slot("vip", True)), rule(SNIPPET, user("bye"), act("f"), loop("f"))
    made = create_action_fingerprints(StoryGraph(steps), DOMAIN)
    assert made == fingerprints(*steps)
    assert set(made) == {"action_x", "f"}
