"""Events as conversations have them, at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from graphbuild.assistant.runtime import events as kinds

NAMES = st.sampled_from(["greet", "book", "stop"])
ACTIONS = st.sampled_from(["action_listen", "utter_greet", "booking_form", "action_hello"])
SLOTS = st.sampled_from(["cuisine", "people", "cities", "mood", "nobody_knows"])
ENTITIES = st.sampled_from(["cuisine", "city", "number"])
VALUES = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3) | st.lists(st.text(max_size=2), max_size=2)
)
LOOPS = st.sampled_from([None, "booking_form", "other_form"])


@st.composite
def turns(draw: st.DrawFn) -> kinds.UserUttered:
    entity = st.builds(lambda name, value: {"entity": name, "value": value}, ENTITIES, VALUES)
    parse: dict[str, Any] = {"entities": draw(st.lists(entity, max_size=2))}
    if name := draw(st.none() | NAMES):
        parse["intent"] = {"name": name, "confidence": draw(st.floats(0, 1))}
    return kinds.UserUttered.understood(draw(st.none() | st.text(max_size=5)), parse, input_channel="rest")


EVENTS: st.SearchStrategy[kinds.Event] = st.one_of(
    turns(),
    turns(),
    st.builds(kinds.ActionExecuted, ACTIONS, policy=st.none() | st.just("P"), hide_rule_turn=st.booleans()),
    st.builds(kinds.ActionExecuted, ACTIONS),
    st.builds(kinds.ActionExecuted, action_text=st.just("Hi there")),
    st.builds(kinds.SlotSet, SLOTS, VALUES),
    st.builds(kinds.ActiveLoop, LOOPS),
    st.builds(kinds.LoopInterrupted, st.booleans()),
    st.builds(kinds.ActionExecutionRejected, st.just("booking_form")),
    st.builds(kinds.FollowupAction, ACTIONS),
    st.builds(
        kinds.BotUttered, st.text(max_size=3), st.just({"buttons": None}), metadata=st.just({"utter_action": "x"})
    ),
    st.builds(kinds.DefinePrevUserUtteredFeaturization, st.booleans()),
    st.builds(kinds.EntitiesAdded, st.just([{"entity": "city", "value": "Rome"}])),
    st.builds(kinds.ReminderScheduled, NAMES, st.just("2030-01-01T10:00:00"), name=st.just("r")),
    st.builds(kinds.OtherEvent, st.just({"event": "unheard", "of": [1, 2]})),
    st.sampled_from(
        [kinds.Restarted, kinds.SessionStarted, kinds.UserUtteranceReverted, kinds.ActionReverted, kinds.AllSlotsReset]
    ).map(lambda kind: kind()),
    st.sampled_from([kinds.ConversationPaused, kinds.ConversationResumed, kinds.ReminderCancelled]).map(lambda k: k()),
    st.builds(kinds.AgentUttered, st.text(max_size=3), st.just({"a": 1})),
    st.builds(kinds.StoryExported, st.none() | st.just("x.yml")),
)
CONVERSATIONS = st.lists(EVENTS, max_size=25)
