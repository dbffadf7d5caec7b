"""Conversations as test stories: sessions, texts with their entities, and what stories have no word for."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from graphbuild.assistant.importers.training_data_file import TrainingDataFile
from graphbuild.assistant.runtime.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.contract.source import SourceFile
from graphbuild.serving.stories import sessions_of, story_text

EVENTS = st.sampled_from([SessionStarted(), ActionExecuted("action_listen"), SlotSet("city", "Rome")])


@given(st.lists(EVENTS))
def test_sessions_are_all_events_in_their_order(events: list[Event]) -> None:
    sessions = sessions_of(events)
    assert [event for session in sessions for event in session] == events
    assert all(sessions)
    assert len(sessions) == max(events.count(SessionStarted()), bool(events)) or SessionStarted() not in events
    assert all(sum(isinstance(event, SessionStarted) for event in session) <= 1 for session in sessions)


def test_a_story_reads_as_what_happened(tmp_path: Path) -> None:
    city = {"entity": "city", "value": "Rome", "start": 3, "end": 7, "extractor": "DIETClassifier"}
    events = [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
        UserUttered.understood("in Rome", {"intent": {"name": "book"}, "entities": [city]}),
        SlotSet("city", "Rome"),
        ActionExecuted("booking_form"),
        ActiveLoop("booking_form"),
        BotUttered("When?"),
        ActionExecuted("action_listen"),
        UserUttered.understood('/inform{"city": "Oslo"}', {"intent": {"name": "inform"}, "entities": []}),
        ActiveLoop(None),
        ActionExecuted(action_text="It is done: 1 + 1"),
    ]
    text = story_text([Tracker.of("me", events, {})])
    (story,) = yaml.safe_load(text)["stories"]
    assert story["steps"] == [
        {"intent": "book", "user": "in [Rome](city)"},
        {"slot_was_set": [{"city": "Rome"}]},
        {"action": "booking_form"},
        {"active_loop": "booking_form"},
        {"intent": "inform"},
        {"active_loop": None},
        {"bot": "It is done: 1 + 1"},
    ]
    path = tmp_path / "test_me.yml"
    path.write_text(text)
    read = TrainingDataFile().apply(SourceFile(path, path.name))
    assert [block.name for block in read.stories.blocks] == ["me"]
    assert read.warnings.rows == ()
