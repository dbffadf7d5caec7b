"""Trackers: the same events give the same tracker, however it came about; what takes back takes back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.applied import applied
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.event_json import event_of, events_of
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.tracker import Tracker, Verbosity
from graphbuild.errors import DataError
from tests.assistant.runtime.models import BOT, read_domain
from tests.assistant.runtime.strategies import CONVERSATIONS

SLOTS = RunningDomain.of(read_domain(BOT / "domain.yml")).slots


def tracker(*events: Event) -> Tracker:
    return Tracker.of("s", events, SLOTS)


def user(intent: str, **parse: Any) -> kinds.UserUttered:
    return kinds.UserUttered.understood(f"/{intent}", {"intent": {"name": intent}, **parse})


def done(name: str) -> kinds.ActionExecuted:
    return kinds.ActionExecuted(name)


LISTEN = done("action_listen")
REWIND = kinds.UserUtteranceReverted()


@given(CONVERSATIONS)
def test_replaying_a_serialised_tracker_gives_the_same_tracker(events: list[Event]) -> None:
    made = tracker(*events)
    dump = made.current_state(Verbosity.ALL)
    again = Tracker.from_dict("s", json.loads(json.dumps(dump["events"])), SLOTS)
    assert again == made
    assert again.current_state(Verbosity.ALL) == dump


@given(CONVERSATIONS, st.integers(0, 25))
def test_it_does_not_matter_when_a_tracker_is_written_down(events: list[Event], place: int) -> None:
    first = tracker(*events[:place])
    later = first.with_events(events[place:])
    assert later == tracker(*events)
    assert first == tracker(*events[:place])


@given(CONVERSATIONS)
def test_events_that_count_are_kept_up_as_if_found_at_the_end(events: list[Event]) -> None:
    assert tracker(*events).applied_events == applied(events)


def test_what_a_user_said_is_taken_back_with_the_listening_before_it() -> None:
    made = tracker(LISTEN, user("greet"), done("utter_greet"), LISTEN, user("bye"), done("utter_bye"), REWIND)
    assert [event.type_name for event in made.applied_events] == ["action", "user", "action"]
    assert made.latest_message is not None
    assert (made.latest_message.intent_name, made.latest_action_name) == ("greet", "utter_greet")
    assert len(made.events) == 7


def test_undo_takes_back_one_action_and_what_it_set() -> None:
    made = tracker(LISTEN, user("book"), done("action_hello"), kinds.SlotSet("cuisine", "thai"), kinds.ActionReverted())
    assert made.get_slot("cuisine") is None
    assert made.latest_action_name == "action_listen"


def test_restart_and_session_forget_all_but_the_events() -> None:
    set_slot = kinds.SlotSet("cuisine", "thai")
    made = tracker(LISTEN, set_slot, kinds.ActiveLoop("booking_form"), kinds.Restarted())
    assert (made.get_slot("cuisine"), made.active_loop_name, made.now.followup) == (None, None, "action_session_start")
    assert made.events_after_restart == []
    assert tracker(set_slot, kinds.SessionStarted()).get_slot("cuisine") is None


def test_runs_of_a_form_that_goes_on_are_no_events_of_their_own() -> None:
    form = (done("booking_form"), kinds.ActiveLoop("booking_form"))
    going_on = (LISTEN, user("inform"), done("booking_form"), kinds.SlotSet("cuisine", "thai"))
    made = tracker(LISTEN, user("book"), *form, *going_on)
    assert [event.type_name for event in made.applied_events] == ["action", "user", "action", "active_loop", "slot"]
    rejected = (LISTEN, user("chitchat"), kinds.ActionExecutionRejected("booking_form"), done("utter_chitchat"))
    back = tracker(LISTEN, user("book"), *form, *rejected, done("booking_form"))
    assert [event.label for event in back.applied_events if isinstance(event, kinds.ActionExecuted)] == [
        "action_listen",
        "booking_form",
        "action_listen",
        "utter_chitchat",
        "booking_form",
    ]


def test_a_form_that_refuses_is_rejected_until_it_runs_again() -> None:
    made = tracker(done("booking_form"), kinds.ActiveLoop("booking_form"), LISTEN, user("x"))
    made.update(kinds.LoopInterrupted(True))
    made.update(kinds.ActionExecutionRejected("booking_form"))
    assert made.now.loop is not None
    assert made.now.loop.is_rejected
    assert made.now.loop.is_interrupted
    made.update(done("utter_greet"))
    assert made.now.loop.is_rejected
    assert not made.now.loop.is_interrupted
    made.update(done("booking_form"))
    assert not made.now.loop.is_rejected


def test_entities_of_policies_are_part_of_the_message() -> None:
    found = [{"entity": "city", "value": "Rome"}]
    made = tracker(
        LISTEN, user("inform", entities=found), kinds.EntitiesAdded([*found, {"entity": "number", "value": 2}])
    )
    assert made.latest_entity_values("city") == ["Rome"]
    assert made.latest_entity_values("number") == [2]
    assert len(made.current_state()["latest_message"]["entities"]) == 2
    late = tracker(LISTEN, user("inform"), done("utter_greet"), kinds.EntitiesAdded(found))
    assert late.latest_entity_values("city") == []


def test_lists_hold_one_value_as_a_list_and_unknown_slots_nothing() -> None:
    made = tracker(kinds.SlotSet("cities", "Rome"), kinds.SlotSet("nobody_knows", 1))
    assert made.get_slot("cities") == ["Rome"]
    assert "nobody_knows" not in made.slots
    assert made.get_slot("mood") == {"kind": "fine"}
    assert tracker(kinds.SlotSet("mood", 1), kinds.AllSlotsReset()).get_slot("mood") == {"kind": "fine"}


def test_the_state_of_a_new_tracker_is_that_of_rasa() -> None:
    state = tracker().current_state()
    empty = {"intent": {}, "entities": [], "text": None, "message_id": None, "metadata": {}}
    assert state.pop("slots")["cuisine"] is None
    assert state == {
        "sender_id": "s",
        "latest_message": empty,
        "latest_event_time": None,
        "followup_action": "action_listen",
        "paused": False,
        "events": None,
        "latest_input_channel": None,
        "active_loop": {},
        "latest_action": {},
        "latest_action_name": None,
    }


def test_verbosities() -> None:
    made = tracker(LISTEN, user("greet"), kinds.Restarted(), LISTEN, user("greet"), REWIND)
    sizes = {one: len(made.current_state(one)["events"] or ()) for one in Verbosity}
    assert sizes == {"NONE": 0, "APPLIED": 0, "AFTER_RESTART": 3, "ALL": 6}


def test_what_older_rasas_wrote_is_read_and_what_nobody_knows_is_kept() -> None:
    rows = [
        {"event": "form", "name": "f", "timestamp": 1.0},
        {"event": "form_validation", "validate": False, "timestamp": 2.0},
        {"event": "topic", "name": "x"},
        {"event": "unheard", "of": 1, "timestamp": 3.0},
        {"event": "slot", "name": "cuisine", "value": 1, "timestamp": None},
    ]
    form, validation, other, slot = events_of(rows)
    assert form.as_dict() == {"event": "active_loop", "timestamp": 1.0, "name": "f"}
    assert validation.as_dict() == {"event": "loop_interrupted", "timestamp": 2.0, "is_interrupted": True}
    assert other.as_dict() == rows[3]
    assert slot.timestamp > 1e9


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (1, "no event"),
        ({}, "no event"),
        ({"event": "slot"}, "has no `name`"),
        ({"event": "action"}, "neither a `name` nor an `action_text`"),
        ({"event": "action", "name": 3}, "`name` of an event `action` must be a text, not 3"),
        ({"event": "action", "name": "x", "timestamp": True}, "must be a number"),
        ({"event": "entities", "entities": [1]}, "must be a list of mappings"),
        ({"event": "bot", "data": [1]}, "must be a mapping"),
        ({"event": "user", "text": "x", "parse_data": {"intent": "greet"}}, "`parse_data`"),
        ({"event": "reminder", "intent": "x"}, "has no `date_time`"),
    ],
)
def test_what_is_no_event_is_an_error_that_says_why(row: Any, why: str) -> None:
    with pytest.raises(DataError, match=why):
        event_of(row)
