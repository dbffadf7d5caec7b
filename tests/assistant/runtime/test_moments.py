"""A running conversation as policies see it: the states of the same story told, turn by turn."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from graphbuild.assistant.data.dialogues import Dialogues
from graphbuild.assistant.data.stories import Event as ToldEvent
from graphbuild.assistant.dialogue.histories import Moment, histories
from graphbuild.assistant.dialogue.states import StateMaker
from graphbuild.assistant.dialogue.story_steps import told_moments
from graphbuild.assistant.dialogue.telling import Limits
from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.moments import MomentMaker
from graphbuild.assistant.runtime.tracker import Tracker
from tests.assistant.runtime.models import RulesAndStories

LISTEN = kinds.ActionExecuted("action_listen")


def happened(event: ToldEvent, maker: StateMaker) -> Iterator[Event]:
    """What happens in a running conversation where a story tells this."""
    if event.type == "user":
        parse = {"intent": {"name": event.name}, "entities": [dict(one) for one in event.entities]}
        yield kinds.UserUttered.understood(f"/{event.name}", parse)
        for filled in maker.filled_by(event):
            yield kinds.SlotSet(str(filled.name), filled.value)
        yield kinds.DefinePrevUserUtteredFeaturization(False)
    elif event.type == "action":
        yield kinds.ActionExecuted(event.name)
    elif event.type == "slot":
        yield kinds.SlotSet(str(event.name), event.value)
    elif event.type == "loop":
        yield kinds.ActiveLoop(event.name)


def states(made: Dialogues) -> list[list[Any]]:
    spans = zip(made.splits[:-1], made.splits[1:], strict=True)
    return [[json.loads(made.states[code]) for code in made.state_ids[first:last]] for first, last in spans]


def past(moment: Moment) -> Sequence[ToldEvent]:
    """All events before a moment, oldest first."""
    found, one = [], moment.history.before
    while one is not None:
        found.append(one.event)
        one = one.before
    return found[::-1]


def both_ways(model: RulesAndStories) -> tuple[list[Any], list[Any]]:
    """The states before every step of a model's stories: of trackers that what was told happened in, and as told."""
    domain = RunningDomain.of(model.domain)
    maker = StateMaker(domain.space)
    told = [moment for story in told_moments(model.graph, domain.space, Limits()) for moment in story]
    running = []
    for one in told:
        tracker = Tracker("s", domain.slots)
        for event in past(Moment(one)):
            for row in happened(event, maker):
                tracker.update(row)
        running.append(MomentMaker(domain).moment(tracker))
    ours, theirs = (histories(maker, moments) for moments in (running, [Moment(one) for one in told]))
    return states(ours), states(theirs)


def test_states_are_those_of_the_same_story_told(bot: RulesAndStories) -> None:
    ours, theirs = both_ways(bot)
    assert len(theirs) == 20
    assert ours == theirs


def moment(bot: RulesAndStories, *events: Event) -> Moment:
    domain = RunningDomain.of(bot.domain)
    return MomentMaker(domain).moment(Tracker.of("s", events, domain.slots))


def user(intent: str | None, text: str, **more: Any) -> kinds.UserUttered:
    return kinds.UserUttered.understood(text, {"intent": {"name": intent, "confidence": 0.7}, **more})


def present(bot: RulesAndStories, one: Moment) -> Any:
    return states(histories(StateMaker(RunningDomain.of(bot.domain).space), [one]))[0][-1]


def test_what_decided_is_what_a_turn_is_known_by(bot: RulesAndStories) -> None:
    said = (LISTEN, user("greet", "hi"))
    undecided = moment(bot, *said)
    assert (undecided.history.now.intent, undecided.history.now.text, undecided.confidence) == ("greet", "hi", 0.7)
    by_text = moment(bot, *said, kinds.DefinePrevUserUtteredFeaturization(True), kinds.ActionExecuted("utter_greet"))
    assert present(bot, by_text) == {"user": {"text": "hi"}, "prev_action": {"action_name": "utter_greet"}}
    by_intent = moment(bot, *said, kinds.DefinePrevUserUtteredFeaturization(False), kinds.ActionExecuted("utter_greet"))
    assert present(bot, by_intent)["user"] == {"intent": "greet"}
    assert by_intent.history.now.text is None


def test_entities_fill_no_slots_by_themselves(bot: RulesAndStories) -> None:
    entity = {"entity": "cuisine", "value": "thai"}
    plain = moment(bot, LISTEN, user("inform", "thai", entities=[entity]))
    assert present(bot, plain) == {
        "prev_action": {"action_name": "action_listen"},
        "user": {"intent": "inform", "entities": ["cuisine"]},
    }
    filled = moment(bot, LISTEN, user("inform", "thai", entities=[entity]), kinds.SlotSet("cuisine", "thai"))
    assert present(bot, filled)["slots"] == {"cuisine": [1.0]}


@pytest.mark.parametrize("is_run_again", [False, True])
def test_refusals_count_until_something_is_done(bot: RulesAndStories, is_run_again: bool) -> None:
    begun = (LISTEN, user("book", "x"), kinds.ActionExecuted("booking_form"), kinds.ActiveLoop("booking_form"))
    refused = (LISTEN, user("bye", "x"), kinds.ActionExecutionRejected("booking_form"))
    after = (kinds.ActionExecuted("utter_bye"),) if is_run_again else ()
    one = moment(bot, *begun, *refused, *after)
    assert one.is_rejected
    assert one.refused == ("" if is_run_again else "booking_form")


def test_hidden_turns_are_those_of_rules_alone(bot: RulesAndStories) -> None:
    hidden = kinds.ActionExecuted("utter_greet", hide_rule_turn=True)
    one = moment(bot, LISTEN, user("greet", "hi"), hidden, LISTEN)
    assert one.hidden == (False, True, False)


def test_an_action_before_the_user_spoke_is_no_turn_as_in_stories(bot: RulesAndStories) -> None:
    one = moment(bot, kinds.ActionExecuted("utter_greet"), LISTEN, user("bye", "x"))
    made = states(histories(StateMaker(RunningDomain.of(bot.domain).space), [one]))[0]
    assert made == [
        {"prev_action": {"action_name": "utter_greet"}},
        {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "bye"}},
    ]
