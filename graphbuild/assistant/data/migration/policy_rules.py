"""The rules that stand for what MappingPolicy and the fallback policies of Rasa 1 and 2 did without any."""

from __future__ import annotations

from collections.abc import Mapping

from graphbuild.assistant.data.parts import StoryBlock, StoryElement
from graphbuild.assistant.data.stories import RULE_SNIPPET, Event

FALLBACK_INTENT = "nlu_fallback"
TWO_STAGES = "action_two_stage_fallback"


def policy_rules(
    triggers: Mapping[str, str], fallback_action: str | None = None, *, asks_first: bool = False
) -> tuple[StoryBlock, ...]:
    """A rule for each trigger (intent -> action), and one for what is not understood, where there is an action for it.

    `asks_first`: whether the user is asked what was meant, in two stages.
    """
    rules = [
        _rule(f"{intent} triggers {action}", Event("user", intent), Event("action", action))
        for intent, action in triggers.items()
    ]
    if fallback_action is not None:
        events = [Event("action", fallback_action)]
        if asks_first:
            events = [Event("action", TWO_STAGES), Event("loop", TWO_STAGES)]
        rules.append(_rule("the message is not understood", Event("user", FALLBACK_INTENT), *events))
    return tuple(rules)


def _rule(name: str, *events: Event) -> StoryBlock:
    happens = (Event("action", RULE_SNIPPET), *events)
    return StoryBlock(name, is_rule=True, elements=tuple(StoryElement((event,)) for event in happens))
