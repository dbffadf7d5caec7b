"""PolicyRules: rules as if they were written in a file."""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.domain import Triggers
from graphbuild.assistant.data.parts import StoryPart
from graphbuild.assistant.data.writers.story_writer import story_sections
from graphbuild.assistant.data.writers.writing import Writing
from graphbuild.assistant.importers.policy_rules import PolicyRules, PolicyRulesOutput
from graphbuild.contract.artifact import Origin, Origins

TRIGGERS = Triggers({"hello": "utter_hello"})


def made(**options: Any) -> PolicyRulesOutput:
    return PolicyRules(PolicyRules.Config(**options)).apply(TRIGGERS)


def rules(part: StoryPart) -> Any:
    return story_sections(part, Writing("x")).get("rules", [])


def test_triggers_are_followed_where_a_policy_followed_them() -> None:
    found = made(follows_triggers=True)
    assert rules(found.stories) == [
        {"rule": "hello triggers utter_hello", "steps": [{"intent": "hello"}, {"action": "utter_hello"}]}
    ]
    assert found.followed == TRIGGERS
    assert made() == PolicyRulesOutput(StoryPart(), Triggers(), Origins())


def test_each_rule_knows_what_it_was_made_of() -> None:
    found = made(follows_triggers=True, fallback_action="utter_what").origins
    assert Origins.decode(found.encode()) == found
    assert found.rows == (
        Origin("rule `hello triggers utter_hello`", "intent `hello`", "utter_hello", "triggers"),
        Origin("rule `the message is not understood`", option="fallback_action"),
    )


def test_what_is_not_understood_is_answered_at_once_or_asked_for() -> None:
    (at_once,) = rules(made(fallback_action="utter_what").stories)
    assert at_once["steps"] == [{"intent": "nlu_fallback"}, {"action": "utter_what"}]
    (asked,) = rules(made(fallback_action="utter_what", asks_first=True).stories)
    assert asked["steps"][1:] == [
        {"action": "action_two_stage_fallback"},
        {"active_loop": "action_two_stage_fallback"},
    ]
