"""Reminders: done at their time, unless the user spoke, the conversation began anew, or somebody took them back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.channel import Collector
from graphbuild.assistant.runtime.processor import Processor
from graphbuild.assistant.runtime.reminders import Reminders, still_counts
from graphbuild.assistant.runtime.tracker import Tracker
from tests.assistant.runtime.models import RulesAndStories

PAST, FUTURE = ((datetime.now(UTC) + timedelta(hours=hours)).isoformat() for hours in (-1, 1))
TURN = kinds.UserUttered.understood("/greet", {"intent": {"name": "greet"}})


def reminder(name: str = "r", when: str = FUTURE, **more: Any) -> kinds.ReminderScheduled:
    return kinds.ReminderScheduled("book", when, name=name, **more)


class Spoken(Collector):
    """A channel that says when something came."""

    def __init__(self) -> None:
        super().__init__()
        self.came = asyncio.Event()

    async def send(self, sender_id: str, message: Any) -> None:
        await super().send(sender_id, message)
        self.came.set()


def test_what_is_due_is_done(bot: RulesAndStories) -> None:
    async def main() -> None:
        processor, channel = Processor(bot), Spoken()
        await processor.inject([reminder(when=PAST, entities={"cuisine": "thai"})], "me", channel=channel)
        await channel.came.wait()
        tracker = await processor.tracker("me")
        assert tracker.get_slot("cuisine") == "thai"
        assert [event.text for event in tracker.events if isinstance(event, kinds.UserUttered)] == ["EXTERNAL: book"]
        await processor.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        ([], True),
        ([TURN], False),
        ([kinds.Restarted()], False),
        ([kinds.SessionStarted()], False),
        ([kinds.SlotSet("goal", 1)], True),
    ],
)
def test_what_counts_still(after: list[kinds.Event], counts: bool) -> None:
    one, patient = reminder(), reminder(kill_on_user_msg=False)
    assert still_counts(one, Tracker.of("s", [one, *after], {})) is counts
    assert still_counts(patient, Tracker.of("s", [patient, *after], {})) is (counts or after == [TURN])


def within(work: Callable[[Reminders], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        reminders = Reminders()
        await work(reminders)
        await reminders.close()
        assert len(reminders) == 0

    asyncio.run(main())


async def nothing(sender_id: str, event: kinds.ReminderScheduled) -> None:
    raise AssertionError("its time has not come")


def test_those_that_are_taken_back_wait_no_more() -> None:
    async def work(reminders: Reminders) -> None:
        events = [reminder("a"), reminder("b", entities={"x": 1}), reminder("a")]
        reminders.note("me", events, nothing)
        reminders.note("you", events, nothing)
        assert len(reminders) == 4
        reminders.note("me", [kinds.ReminderCancelled("a")], nothing)
        reminders.note("me", [kinds.ReminderCancelled(intent="other")], nothing)
        reminders.note("you", [kinds.ReminderCancelled(entities={"x": 1})], nothing)
        assert len(reminders) == 2
        reminders.note("me", [kinds.ReminderCancelled()], nothing)
        assert len(reminders) == 1

    within(work)


@pytest.mark.parametrize("when", ["soon", "0001-01-01T00:00:00+14:00"])
def test_what_is_no_moment_is_passed_over(caplog: pytest.LogCaptureFixture, when: str) -> None:
    async def work(reminders: Reminders) -> None:
        reminders.note("me", [reminder(when=when)], nothing)
        assert len(reminders) == 0

    within(work)
    assert f"its date_time is no moment: {when!r}" in caplog.text
