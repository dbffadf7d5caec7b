"""`action_revert_fallback_events` of Rasa 2: what is left is the turn as it was meant."""

from __future__ import annotations

import asyncio

import pytest

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.action_book import ActionBook
from graphbuild.assistant.runtime.actions import Turn
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.responses import DomainResponder
from graphbuild.assistant.runtime.tracker import Tracker

DOMAIN = RunningDomain.of({"intents": ["greet", "bye"]})
LISTEN = kinds.ActionExecuted("action_listen")
ASKED, REPHRASE = (kinds.ActionExecuted(f"action_default_ask_{word}") for word in ("affirmation", "rephrase"))


def said(intent: str) -> kinds.UserUttered:
    return kinds.UserUttered.understood(f"/{intent}", {"intent": {"name": intent, "confidence": 0.4}})


@pytest.mark.parametrize(
    ("events", "confidence"),
    [
        ([LISTEN, said("x"), ASKED, LISTEN, said("bye")], 1.0),
        ([LISTEN, said("x"), ASKED, LISTEN, said("no"), REPHRASE, LISTEN, said("bye")], 0.4),
    ],
)
def test_what_was_asked_is_taken_back(events: list[kinds.Event], confidence: float) -> None:
    before = [LISTEN, said("greet")]
    tracker = Tracker.of("s", [*before, *events], DOMAIN.slots)
    book = ActionBook(DOMAIN)
    turn = Turn(tracker, DOMAIN, book, DomainResponder({}), "rest")
    after = tracker.with_events(asyncio.run(book.find("action_revert_fallback_events").run(turn)))
    turns = [
        (one.intent_name, one.intent["confidence"])
        for one in after.applied_events
        if isinstance(one, kinds.UserUttered)
    ]
    assert turns == [("greet", 0.4), ("bye", confidence)]


def test_nothing_is_taken_back_where_nothing_was_asked() -> None:
    book = ActionBook(DOMAIN)
    tracker = Tracker.of("s", [LISTEN, said("greet")], DOMAIN.slots)
    turn = Turn(tracker, DOMAIN, book, DomainResponder({}), "rest")
    assert asyncio.run(book.find("action_revert_fallback_events").run(turn)) == []
