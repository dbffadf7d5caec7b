"""The domain and stories of RASA.md 9.3, and short words to tell more of them."""

from __future__ import annotations

from typing import Any

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.space import DomainSpace, IntentSpace, SlotSpace
from graphbuild.assistant.data.stories import RULE_SNIPPET, START, Checkpoint, Event, StoryGraph, StoryStep
from graphbuild.assistant.dialogue.trackers import TrackerGenerator

CITY = SlotSpace("city", "text", fills_from=(("city", None, None, (), ()),))
DOMAIN = DomainSpace(
    intents=(
        IntentSpace("bye", ("city", "city#from", "city#to", "name")),
        IntentSpace("greet", ("city", "city#from", "city#to", "name")),
        IntentSpace("inform", ("city", "city#from", "city#to")),
    ),
    entities=("city", "name", "city#from", "city#to"),
    slots=(
        CITY,
        SlotSpace("kind", "categorical", values=("a", "b")),
        SlotSpace("n", "float", max_value=10.0),
        SlotSpace("tags", "list"),
        SlotSpace("vip", "bool"),
    ),
    actions=("action_listen", "action_x", "utter_hi", "utter_bye", "f"),
    forms=("f",),
)


def user(intent: str, *entities: dict[str, Any]) -> Event:
    return Event("user", intent, entities=tuple(tuple(sorted(entity.items())) for entity in entities))


def act(name: str) -> Event:
    return Event("action", name)


def slot(name: str, value: Any) -> Event:
    return Event("slot", name, value)


def loop(name: str | None) -> Event:
    return Event("loop", name)


def step(
    *events: Event, start: str = START, end: str | None = None, rule: bool = False, **conditions: Any
) -> StoryStep:
    starts = (Checkpoint(start, tuple(sorted(conditions.items()))),)
    return StoryStep(starts, (Checkpoint(end),) if end else (), events, rule)


def rule(*events: Event) -> StoryStep:
    return step(*events, rule=True)


GOLDEN_STORY = step(
    user("greet"),
    act("utter_hi"),
    user("inform", {"entity": "city", "role": "to", "value": "Rome"}, {"entity": "name", "value": "Bo"}),
    slot("city", "Rome"),
    act("action_x"),
)
SNIPPET = act(RULE_SNIPPET)


def dialogues(*steps: StoryStep, domain: DomainSpace = DOMAIN, **options: Any) -> Dialogues:
    return TrackerGenerator(TrackerGenerator.Config(**options)).apply(StoryGraph(steps), domain).dialogues


def actions(made: Dialogues) -> list[str]:
    """The actions of each dialogue, one line a dialogue, sorted; that of a rule begins with "rule"."""
    names = [made.actions[label] for label in made.labels]
    spans = zip(made.is_rule.tolist(), made.splits[:-1], made.splits[1:], strict=True)
    return sorted("rule " * is_rule + " ".join(names[first:last]) for is_rule, first, last in spans)
