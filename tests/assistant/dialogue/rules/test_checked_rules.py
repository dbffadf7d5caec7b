"""What is wrong with rules, and who tells it: RuleBook. The cases are Rasa's (RASA.md 4.3, 9.3)."""

from __future__ import annotations

import dataclasses

from graphbuild.assistant.data.space import SlotSpace
from graphbuild.assistant.data.stories import StoryStep
from graphbuild.assistant.validation.findings import Finding
from tests.assistant.dialogue.rules.ruling import RULED, read
from tests.assistant.dialogue.tales import SNIPPET, act, loop, rule, slot, step, user

GREET = rule(SNIPPET, user("greet"), act("utter_hi"))


def findings(told: dict[str, StoryStep], **options: bool) -> list[Finding]:
    return list(read(told, **options)[1].rows)


def whats(told: dict[str, StoryStep], **options: bool) -> list[str]:
    return [one.what for one in findings(told, **options)]


def test_a_story_that_contradicts_a_rule() -> None:
    (found,) = findings({"hello": GREET, "s": step(user("greet"), act("utter_bye"))})
    assert found.what == "story `s` goes on with `utter_bye`, where rule `hello` says `utter_hi`"
    assert (found.code, found.subjects, found.word, found.key) == ("GB316", ("story `s`",), "utter_bye", "action")


def test_all_stories_that_tell_the_contested_turn_are_named() -> None:
    told = {f"s{n}": step(user("greet"), act("utter_bye"), user("bye"), act(f"action_{n}")) for n in range(5)}
    found = findings({"hello": GREET, **told})
    assert [one.what for one in found] == [
        "story `s0`, story `s1`, story `s2` and 2 more goes on with `utter_bye`, where rule `hello` says `utter_hi`"
    ]
    assert len(found[0].subjects) == 5


def test_two_rules_that_contradict_each_other_are_both_named() -> None:
    other = rule(SNIPPET, user("greet"), act("utter_bye"))
    assert whats({"one": GREET, "other": other}) == [
        "rule `one` goes on with `utter_hi`, where rule `other` says something else",
        "rule `other` goes on with `utter_bye`, where rule `one` says something else",
    ]


def test_rules_that_a_condition_tells_apart_do_not_contradict() -> None:
    special = rule(slot("vip", True), SNIPPET, user("greet"), act("utter_bye"))
    assert findings({"one": GREET, "vip": special}) == []
    story = step(slot("vip", True), user("greet"), act("utter_hi"))
    assert whats({"one": GREET, "vip": special, "s": story}) == [
        "story `s` goes on with `utter_hi`, where rule `vip` says `utter_bye`"
    ]


def test_a_story_that_does_not_listen_where_a_rule_does() -> None:
    assert whats({"hello": GREET, "s": step(user("greet"), act("utter_hi"), act("utter_bye"))}) == [
        "story `s` goes on with `utter_bye`, where rule `hello` says `action_listen`"
    ]


def test_a_story_that_stops_listening_to_a_form() -> None:
    form = rule(SNIPPET, user("inform"), act("f"), loop("f"))
    story = step(user("greet"), act("f"), loop("f"), act("utter_hi"))
    assert whats({"form": form, "s": story}) == [
        "story `s` goes on with `utter_hi`, where listening after loop `f` says `action_listen`"
    ]


def test_a_rule_of_two_turns() -> None:
    long = rule(SNIPPET, user("greet"), act("utter_hi"), user("bye"), act("utter_bye"))
    (found,) = findings({"long": long})
    assert found.what == "rule `long` has more than one user turn: rules are no state machines"
    assert (found.code, found.subjects, found.word) == ("GB314", ("rule `long`",), "utter_bye")
    assert findings({"long": long}, restrict_rules=False) == []


def test_a_rule_that_leaves_out_a_slot() -> None:
    sets = rule(SNIPPET, user("greet"), act("action_x"), slot("vip", True))
    leaves = rule(SNIPPET, user("bye"), act("action_x"))
    (found,) = findings({"sets": sets, "leaves": leaves})
    assert found.what == "rule `leaves` leaves out what `action_x` sets in other rules: slots `vip`"
    assert (found.code, found.subjects, found.word) == ("GB315", ("rule `leaves`",), "action_x")
    ends = rule(SNIPPET, user("bye"), act("action_x"), SNIPPET)
    says_null = rule(SNIPPET, user("bye"), act("action_x"), slot("vip", None))
    assert findings({"sets": sets, "ends": ends}) == findings({"sets": sets, "says null": says_null}) == []


def test_slots_without_influence_may_be_left_out() -> None:
    sets = rule(SNIPPET, user("greet"), act("action_x"), slot("colour", "red"))
    leaves = rule(SNIPPET, user("bye"), act("action_x"))
    assert findings({"sets": sets, "leaves": leaves}) == []


def test_a_rule_that_leaves_out_a_loop() -> None:
    activates = rule(SNIPPET, user("inform"), act("f"), loop("f"))
    leaves = rule(SNIPPET, user("bye"), act("f"))
    assert whats({"activates": activates, "leaves": leaves}) == [
        "rule `leaves` leaves out what `f` sets in other rules: `active_loop` `f`"
    ]


def test_checks_can_be_switched_off() -> None:
    told = {"hello": GREET, "s": step(user("greet"), act("utter_bye"))}
    rules, found = read(told, check_for_contradictions=False)
    assert found.rows == ()
    assert not any(one.is_hidden for one in rules.rules)
    assert (rules.only_slots, rules.only_loops, rules.hidden) == ((), (), ())


def test_without_a_fallback_rules_that_say_nothing_listen() -> None:
    other = rule(SNIPPET, user("greet"), act("utter_bye"))
    assert whats({"one": GREET, "other": other}, enable_fallback_prediction=False) == [
        "rule `one` goes on with `utter_hi`, where rule `other` says `action_listen`",
        "rule `other` goes on with `utter_bye`, where rule `one` says `action_listen`",
    ]


def test_initial_values_hold_in_stories() -> None:
    domain = dataclasses.replace(RULED, slots=(SlotSpace("vip", "bool", initial_value=False),))
    named = rule(slot("vip", False), SNIPPET, user("greet"), act("utter_hi"))
    _, found = read({"no vip": named, "s": step(user("greet"), act("utter_bye"))}, domain)
    assert [one.what for one in found.rows] == [
        "story `s` goes on with `utter_bye`, where rule `no vip` says `utter_hi`"
    ]
