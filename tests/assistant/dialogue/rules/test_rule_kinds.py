"""RulePolicy: what each kind of rule does. Facts: RASA.md 4.3; each of them was looked up in a running Rasa 3.6.21."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.data.dialogues import Dialogues, Mark
from graphbuild.assistant.data.space import SlotSpace
from graphbuild.assistant.data.stories import Event, StoryStep
from graphbuild.assistant.dialogue.histories import Moment, histories
from graphbuild.assistant.dialogue.policies.rule_policy import RulePolicy
from graphbuild.assistant.dialogue.rules.learned import LearnedRules
from graphbuild.assistant.dialogue.states import StateMaker
from graphbuild.assistant.dialogue.teller import History
from graphbuild.assistant.validation.rules import RuleBook
from tests.assistant.dialogue.rules.ruling import RULED, at_the_end, learned, read, steps
from tests.assistant.dialogue.tales import SNIPPET, act, loop, rule, slot, step, user

GREET = rule(SNIPPET, user("greet"), act("utter_hi"))
BYE = rule(SNIPPET, user("bye"), act("utter_bye"))
START_FORM = rule(SNIPPET, user("inform"), act("f"), loop("f"))
END_FORM = rule(loop("f"), SNIPPET, act("f"), loop(None), act("utter_bye"))


def test_a_plain_rule_holds_at_any_turn() -> None:
    assert steps(learned(GREET, BYE), step(user("bye"), act("utter_bye"), user("greet"), act("utter_hi"))) == [
        *("utter_bye", "action_listen", "utter_hi", "action_listen"),
    ]


def test_where_no_rule_fits_is_the_fallback() -> None:
    rules = learned(GREET)
    story = step(user("bye"), act("utter_bye"))
    assert steps(rules, story) == ["utter_bye: ?", "action_listen: ?"]
    made = histories_of(user("bye"))
    found, _ = at_the_end(rules, made, core_fallback_threshold=0.7, core_fallback_action_name="action_x")
    assert dict(zip(found.actions, found.probabilities[0].tolist(), strict=True))["action_x"] == pytest.approx(0.7)
    silent, _ = at_the_end(rules, made, enable_fallback_prediction=False)
    assert silent.probabilities.sum() == 0.0


def histories_of(*events: Event, is_rejected: bool = False, confidence: float = 1.0) -> Dialogues:
    """One conversation after these events, which begin after listening."""
    maker = StateMaker(RULED)
    now, history = maker.begin(), None
    for event in (act("action_listen"), *events):
        history = History(event, 0, now, history)
        if event.type == "action":
            now = now.with_action(str(event.name), is_text=False)
        else:
            now = maker.after(now, event, is_rule=False)
    last = History(act("action_listen"), 0, now, history)
    return histories(maker, [Moment(last, is_rejected=is_rejected, confidence=confidence)])


def test_a_condition_must_hold() -> None:
    rules = learned(rule(slot("vip", True), SNIPPET, user("greet"), act("utter_bye")), GREET)
    assert steps(rules, step(user("greet"), act("utter_hi")))[0] == "utter_hi"
    assert steps(rules, step(slot("vip", True), user("greet"), act("utter_bye")))[1] == "utter_bye"
    assert steps(rules, step(slot("vip", False), user("greet"), act("utter_hi")))[1] == "utter_hi"


def test_a_slot_that_must_not_be_set() -> None:
    rules = learned(rule(slot("city", None), SNIPPET, user("greet"), act("utter_hi")))
    assert steps(rules, step(user("greet"), act("utter_hi")))[0] == "utter_hi"
    assert steps(rules, step(slot("city", "Rome"), user("greet"), act("utter_hi")))[1] == "utter_hi: ?"


def test_initial_values_are_no_conditions_unless_a_rule_names_them() -> None:
    domain = dataclasses.replace(RULED, slots=(SlotSpace("vip", "bool", initial_value=False),))
    plain = learned(GREET, domain=domain)
    assert steps(plain, step(slot("vip", True), user("greet"), act("utter_hi")), domain)[1] == "utter_hi"
    named = learned(rule(slot("vip", False), SNIPPET, user("greet"), act("utter_hi")), domain=domain)
    assert steps(named, step(user("greet"), act("utter_hi")), domain)[0] == "utter_hi"
    assert steps(named, step(slot("vip", True), user("greet"), act("utter_hi")), domain)[1] == "utter_hi: ?"


def test_a_conversation_start_is_no_later_turn() -> None:
    rules = learned(rule(user("greet"), act("utter_hi")))
    story = step(user("greet"), act("utter_hi"), user("greet"), act("utter_hi"))
    assert steps(rules, story) == ["utter_hi", "action_listen", "utter_hi: ?", "action_listen: ?"]


def test_a_conversation_start_with_an_action_is_no_later_action() -> None:
    rules = learned(rule(act("action_x"), act("utter_hi")))
    assert steps(rules, step(act("action_x"), act("utter_hi")))[0] == "utter_hi"
    assert steps(rules, step(user("greet"), act("action_x"), act("utter_hi")))[1] == "utter_hi: ?"


def test_a_rule_that_does_not_wait_says_nothing_of_what_follows() -> None:
    rules = learned(rule(SNIPPET, user("greet"), act("utter_hi"), SNIPPET))
    assert steps(rules, step(user("greet"), act("utter_hi"))) == ["utter_hi", "action_listen: ?"]


def test_entities_are_all_or_do_not_count() -> None:
    city = {"entity": "city", "value": "Rome"}
    name = {"entity": "name", "value": "Bo"}
    rules = learned(rule(SNIPPET, user("bye", city), act("action_x")), BYE)
    assert steps(rules, step(user("bye"), act("utter_bye")))[0] == "utter_bye"
    assert steps(rules, step(user("bye", city), act("action_x")))[0] == "action_x"
    assert steps(rules, step(user("bye", city, name), act("utter_bye")))[0] == "utter_bye"


def test_a_form_goes_on_and_listens_by_itself() -> None:
    rules = learned(START_FORM, END_FORM)
    story = step(user("inform"), act("f"), loop("f"), user("greet"), act("f"), loop(None), act("utter_bye"))
    assert steps(rules, story) == ["f", "action_listen", "f", "utter_bye", "action_listen"]
    _, marks = at_the_end(rules, histories_of(user("inform"), act("f"), loop("f")))
    assert marks == [Mark.NO_USER | Mark.HIDES_TURN]


def test_a_form_that_refused_lets_rules_speak_and_then_goes_on() -> None:
    rules = learned(START_FORM, BYE)
    story = step(user("inform"), act("f"), loop("f"), user("bye"), act("utter_bye"), act("f"), loop("f"))
    assert steps(rules, story) == ["f", "action_listen", "utter_bye", "f", "action_listen"]


def test_a_story_may_leave_a_form_after_a_rule() -> None:
    asked = step(user("inform"), act("f"), loop("f"), user("bye"), act("utter_bye"), act("action_x"))
    rules = learned(START_FORM, BYE, asked, check_for_contradictions=False)
    assert steps(rules, asked)[2:4] == ["utter_bye", "action_x: ?"]


def test_a_form_is_told_that_something_came_into_it() -> None:
    unhappy = rule(loop("f"), SNIPPET, user("bye"), act("f"), loop("f"))
    rules = learned(START_FORM, unhappy)
    _, marks = at_the_end(rules, histories_of(act("f"), loop("f"), act("action_listen"), user("bye"), is_rejected=True))
    assert Mark.LOOP_INTERRUPTED in marks[0]


def test_default_intents_overrule_rules_and_forms() -> None:
    rules = learned(START_FORM)
    assert steps(rules, step(user("restart"), act("action_restart")))[0] == "action_restart"
    found, marks = at_the_end(rules, histories_of(act("f"), loop("f"), act("action_listen"), user("restart")))
    assert found.actions[found.probabilities[0].argmax()] == "action_restart"
    assert Mark.NO_USER not in marks[0]


def test_the_text_of_the_user_goes_before_the_intent() -> None:
    said = Event("user", None, text="hello there")
    rules = learned(rule(SNIPPET, said, act("action_x")), GREET)
    found, marks = at_the_end(rules, histories_of(Event("user", "greet", text="hello there")))
    assert found.actions[found.probabilities[0].argmax()] == "action_x"
    assert Mark.END_TO_END in marks[0]
    found, marks = at_the_end(rules, histories_of(Event("user", "greet", text="hello")))
    assert found.actions[found.probabilities[0].argmax()] == "utter_hi"
    assert Mark.END_TO_END not in marks[0]


def test_rules_may_be_only_as_sure_as_the_intent() -> None:
    made = histories_of(user("greet"), confidence=0.6)
    found, _ = at_the_end(learned(GREET), made, use_nlu_confidence_as_score=True)
    assert found.probabilities[0].max() == pytest.approx(0.6)


def test_what_only_rules_have_is_told() -> None:
    rules = learned(rule(slot("vip", True), SNIPPET, user("bye"), act("utter_bye")), START_FORM)
    assert (rules.only_slots, rules.only_loops) == (("vip",), ("f",))
    story = step(slot("vip", True), user("greet"), act("utter_hi"), user("inform"), act("f"), loop("f"))
    both = learned(rule(slot("vip", True), SNIPPET, user("bye"), act("utter_bye")), START_FORM, story)
    assert (both.only_slots, both.only_loops) == ((), ())


def test_turns_that_no_story_has_are_hidden() -> None:
    rules = learned(GREET, BYE, step(user("greet"), act("utter_hi")))
    hidden = {one.action: one.is_hidden for one in rules.rules if one.action != "action_listen"}
    assert hidden == {"utter_hi": False, "utter_bye": True}


def test_a_step_of_a_rule_that_another_goes_on_from_gives_way() -> None:
    """A rule may begin with an action; that it says to listen after it is not meant."""
    opening = rule(SNIPPET, act("action_x"), user("greet"), act("utter_hi"))
    other = step(user("bye"), act("action_x"), act("utter_bye"))
    rules = learned(opening, other)
    assert steps(rules, other)[1] == "utter_bye: ?"


def test_learnt_rules_are_canonical() -> None:
    rules = learned(GREET, BYE, START_FORM, END_FORM)
    assert LearnedRules.decode(rules.encode()) == rules


TOLD = [GREET, BYE, START_FORM, END_FORM, step(user("greet"), act("utter_hi")), step(user("inform"), act("action_x"))]


@given(st.permutations(TOLD), st.sets(st.integers(0, len(TOLD) - 1)))
def test_the_order_of_stories_and_rules_does_not_matter(told: list[StoryStep], left_out: set[int]) -> None:
    by_name = {f"number {TOLD.index(one)}": one for one in told if TOLD.index(one) not in left_out}
    assert read(by_name) == read(dict(sorted(by_name.items())))


def test_the_policy_names_the_options_of_its_check() -> None:
    options = RulePolicy.helpers(RulePolicy.Config(restrict_rules=False))["book"].options
    assert RuleBook.Config(**options) == RuleBook.Config(restrict_rules=False)
