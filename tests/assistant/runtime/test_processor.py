"""Processor: sessions, limits, pauses, what programs do to conversations, many at once, cancelling."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.actions import ActionFailed
from graphbuild.assistant.runtime.processor import Processor, Reply
from graphbuild.assistant.runtime.sql_tracker_store import SqlTrackerStore
from graphbuild.assistant.runtime.tracker_store import MemoryTrackerStore
from graphbuild.errors import StoreError, UsageError
from tests.assistant.runtime.bot_functions import FUNCTIONS
from tests.assistant.runtime.models import RulesAndStories

Work = Callable[[Processor], Coroutine[Any, Any, None]]


def within(bot: RulesAndStories, work: Work, **options: Any) -> None:
    """Does something with a processor, which is closed afterwards."""

    async def main() -> None:
        processor = Processor(bot, **{"actions": FUNCTIONS, **options})
        try:
            await work(processor)
        finally:
            await processor.close()

    asyncio.run(main())


def texts(reply: Reply) -> list[str]:
    return [part["text"] for part in reply.messages if "text" in part]


def names(events: list[kinds.Event]) -> list[str]:
    return [event.label for event in events if isinstance(event, kinds.ActionExecuted)]


def test_an_old_session_ends_and_its_slots_are_carried(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        store = processor.store
        old = [
            kinds.ActionExecuted("action_session_start"),
            kinds.SessionStarted(),
            kinds.ActionExecuted("action_listen"),
        ]
        turn = kinds.UserUttered.understood("/greet", {"intent": {"name": "greet"}})
        old += [turn, kinds.SlotSet("cuisine", "thai", metadata={"by": "me"}), kinds.ActionExecuted("action_listen")]
        await store.append("old", [replace(event, timestamp=time.time() - 3601) for event in old])
        await store.append("young", [replace(event, timestamp=time.time() - 3500) for event in old])
        reply = await processor.handle("/greet", "old", metadata={"from": "shop"})
        happened = [event.type_name for event in reply.tracker.events[5:11]]
        assert happened == ["slot", "action", "session_started", "slot", "slot", "action"]
        assert reply.tracker.get_slot("cuisine") == "thai"
        assert reply.tracker.get_slot("session_started_metadata") == {"from": "shop"}
        carried = [event for event in reply.tracker.applied_events if isinstance(event, kinds.SlotSet)]
        assert [dict(event.metadata) for event in carried] == [{"by": "me"}, {}]
        assert sum(isinstance(one, kinds.SessionStarted) for one in (await processor.tracker("old")).events) == 2
        again = await processor.handle("/greet", "old")
        assert again.tracker.events[0].type_name == "session_started"
        young = await processor.handle("/greet", "young")
        assert sum(isinstance(one, kinds.SessionStarted) for one in young.tracker.events) == 1

    within(bot, work)


def test_slots_are_not_carried_where_the_domain_says_so(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        await processor.handle('/inform{"cuisine": "thai"}')
        await processor.inject([kinds.SlotSet("goal", "Rome")])
        reply = await processor.handle("/session_start")
        assert reply.tracker.get_slot("cuisine") is None

    changed = RulesAndStories.__new__(RulesAndStories)
    changed.__dict__.update(bot.__dict__)
    changed.domain = {**bot.domain, "session_config": {"carry_over_slots_to_new_session": False}}
    within(changed, work)


def test_too_many_actions_in_a_turn_stop_it(bot: RulesAndStories) -> None:
    def once_more(tracker: Any, domain: Any) -> kinds.FollowupAction:
        return kinds.FollowupAction("action_followup")

    async def work(processor: Processor) -> None:
        reply = await processor.handle("/count")
        assert names(reply.tracker.events)[2:] == [*["action_followup"] * 4, "action_listen"]
        assert [problem.what for problem in reply.problems] == ["more than 4 actions in one turn: the rest is not done"]
        assert texts(await processor.handle("/greet")) == ["Hello!"]

    within(bot, work, actions={**FUNCTIONS, "action_followup": once_more}, most_predictions=4)


@pytest.mark.parametrize("said", ["x", "-1", "0", "", "1.5"])
def test_how_many_actions_must_be_a_number(bot: RulesAndStories, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("MAX_NUMBER_OF_PREDICTIONS", said)
    with pytest.raises(UsageError, match="MAX_NUMBER_OF_PREDICTIONS must be a whole number from 1"):
        Processor(bot)
    assert Processor(bot, most_predictions=3).assistant.most_predictions == 3


def test_a_paused_conversation_is_heard_and_not_answered(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        await processor.inject([kinds.ConversationPaused()])
        reply = await processor.handle('/book{"cuisine": "thai"}')
        assert (reply.messages, reply.tracker.get_slot("cuisine")) == ((), "thai")
        assert texts(await processor.handle("/restart")) == ["From the start"]
        await processor.inject([kinds.ConversationPaused(), kinds.ConversationResumed()])
        assert texts(await processor.handle("/greet")) == ["Hello!"]

    within(bot, work)


def test_half_a_character_loses_no_turn(bot: RulesAndStories, tmp_path: Path) -> None:
    """What can neither be kept nor be sent is a replacement character in what an action says, or a user."""
    made = [
        {"text": "a\ud800", "buttons": [{"title": "\udfff!", "payload": "/x"}]},
        "\ud83d",
        kinds.SlotSet("cuisine", ["\ud800"]),
    ]

    async def work(processor: Processor) -> None:
        reply = await processor.handle("/greet")
        assert reply.messages[0]["buttons"] == [{"title": "\ufffd!", "payload": "/x"}]
        assert texts(reply) == ["a\ufffd", "\ufffd"]
        assert reply.tracker.get_slot("cuisine") == ["\ufffd"]
        await processor.handle("\udc00x")
        rows = await processor.store.read("default", whole=True)
        assert [row["text"] for row in rows if row["event"] == "user"] == ["/greet", "\ufffdx"]

    store = SqlTrackerStore(f"sqlite:///{tmp_path}/t.db")
    within(bot, work, actions={**FUNCTIONS, "utter_greet": lambda tracker, domain: made}, store=store)


def test_a_response_that_is_not_there_is_told_and_the_rest_is_said(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        reply = await processor.handle("/greet")
        assert texts(reply) == ["Hi"]
        assert [problem.what for problem in reply.problems] == [
            "action `utter_greet` says the response `nope`, and there is none of that name for this moment"
        ]

    within(bot, work, actions={**FUNCTIONS, "utter_greet": lambda tracker, domain: [{"response": "nope"}, "Hi"]})


def test_what_fails_is_told_and_the_conversation_goes_on(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        reply = await processor.handle("/broken")
        (problem,) = reply.problems
        assert problem.what == "action `action_broken` failed"
        assert problem.facts == (("error", "ValueError: broken"),)
        assert texts(reply) == ["Hello!"]
        nobody = await Processor(bot).handle("/broken")
        assert "there is nobody who runs action `action_broken`" in [one.what for one in nobody.problems]

    within(bot, work)


def test_an_intent_can_be_triggered(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        await processor.handle("/greet", input_channel="rest")
        reply = await processor.trigger_intent("book", entities={"cuisine": "thai"})
        said = reply.tracker.latest_message
        assert said is not None
        assert (said.text, dict(said.metadata), said.input_channel) == ("EXTERNAL: book", {"is_external": True}, "rest")
        assert reply.tracker.get_slot("cuisine") == "thai"
        assert texts(reply) == ["How many people?"]
        with pytest.raises(UsageError, match="no intent `nothing`"):
            await processor.trigger_intent("nothing")

    within(bot, work)


def test_actions_can_be_foreseen_and_executed(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        await processor.inject([kinds.UserUttered.understood("/greet", {"intent": {"name": "greet"}})])
        found = await processor.predict_next()
        assert (found["policy"], found["confidence"]) == ("RulePolicy", 1.0)
        scores = {one["action"]: one["score"] for one in found["scores"]}
        assert (scores["utter_greet"], scores["action_listen"]) == (1.0, 0.0)
        assert list(scores) == list(processor.domain.actions)
        assert found["tracker"]["latest_message"]["text"] == "/greet"
        reply = await processor.execute_action("utter_chitchat", policy="me", confidence=0.5)
        assert [part.get("text") or part.get("image") for part in reply.messages] == [
            "Nice weather",
            "https://example.org/sun.png",
        ]
        done = reply.tracker.now.latest_action
        assert done is not None
        assert (done.name, done.policy, done.confidence) == ("utter_chitchat", "me", 0.5)
        with pytest.raises(UsageError, match="no action `action_nothing`"):
            await processor.execute_action("action_nothing")

    within(bot, work)


def test_events_of_others_can_be_sent_on(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        reply = await processor.inject([kinds.BotUttered("A person here"), kinds.SlotSet("goal", "Rome")], sends=True)
        assert texts(reply) == ["A person here"]
        assert (await processor.tracker()).get_slot("goal") == "Rome"

    within(bot, work)


def test_events_say_which_model_it_was(bot: RulesAndStories) -> None:
    async def work(processor: Processor) -> None:
        reply = await processor.handle("/greet")
        assert {event.metadata.get("model_id") for event in reply.tracker.events} == {"m1"}

    within(bot, work, stamp={"model_id": "m1"})


def test_a_model_without_policies_hears_and_does_nothing(bot: RulesAndStories) -> None:
    class Listener:
        language = "en"
        domain: ClassVar[dict[str, Any]] = {}
        parse = bot.parse
        decide = bot.decide

    async def main() -> None:
        processor = Processor(Listener())
        reply = await processor.handle("/greet")
        assert [event.type_name for event in reply.tracker.events] == ["user"]
        assert (await processor.parse("/greet"))["intent"]["name"] == "greet"
        with pytest.raises(UsageError, match="without policies"):
            await processor.predict_next()
        await processor.close()

    asyncio.run(main())


@pytest.mark.parametrize("in_memory", [True, False])
def test_many_conversations_at_once_each_one_in_order(bot: RulesAndStories, tmp_path: Any, in_memory: bool) -> None:
    async def work(processor: Processor) -> None:
        async def talk(sender: str) -> list[list[str]]:
            form = ["/book", '/inform{"cuisine": "thai"}', '/inform{"number": 4}', "/deny", '/inform{"number": 2}']
            return [texts(await processor.handle(text, sender)) for text in form]

        found = await asyncio.gather(*(talk(f"s{number}") for number in range(6)))
        asked = [["What cuisine?"], ["How many people?"], ["Outside?"], ["Anything else?"]]
        assert found == [[*asked, ["Booked thai for 4", "See you"]]] * 6
        # Messages of one sender that come at once are answered one after another, in their order.
        replies = await asyncio.gather(
            *(processor.handle(text, "one") for text in ("/greet", "/book", "/stop", "/bye"))
        )
        assert [len(reply.tracker.events) for reply in replies] == sorted(len(one.tracker.events) for one in replies)
        said = [e.text for e in (await processor.tracker("one")).events if isinstance(e, kinds.UserUttered)]
        assert said == ["/greet", "/book", "/stop", "/bye"]
        assert await processor.store.senders() == ["one", *(f"s{number}" for number in range(6))]

    store = MemoryTrackerStore() if in_memory else SqlTrackerStore(f"sqlite:///{tmp_path}/t.db")
    within(bot, work, store=store)


def test_cancelling_leaves_the_conversation_as_it_was(bot: RulesAndStories) -> None:
    begun = asyncio.Event()

    async def never(tracker: Any, domain: Any) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def work(processor: Processor) -> None:
        await processor.handle("/greet")
        before = await processor.tracker()
        turn = asyncio.ensure_future(processor.handle("/custom_slot"))
        await begun.wait()
        turn.cancel()
        with pytest.raises(asyncio.CancelledError):
            await turn
        assert await processor.tracker() == before
        assert texts(await processor.handle("/greet")) == ["Hello!"]

    within(bot, work, actions={**FUNCTIONS, "action_hello": never})


def test_cancelling_while_a_turn_is_kept_keeps_it_whole(bot: RulesAndStories) -> None:
    class SlowStore(MemoryTrackerStore):
        def __init__(self) -> None:
            super().__init__()
            self.begun, self.go_on = asyncio.Event(), asyncio.Event()

        async def append(self, sender_id: str, events: Any) -> None:
            self.begun.set()
            await self.go_on.wait()
            await super().append(sender_id, events)

    async def main() -> None:
        store = SlowStore()
        processor = Processor(bot, store=store)
        turn = asyncio.ensure_future(processor.handle("/greet"))
        await store.begun.wait()
        turn.cancel()
        await asyncio.sleep(0)
        turn.cancel()
        asyncio.get_running_loop().call_soon(store.go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await turn
        assert names((await processor.tracker()).events)[-2:] == ["utter_greet", "action_listen"]
        await processor.close()

    asyncio.run(main())


def test_a_turn_that_cannot_be_kept_has_not_happened(bot: RulesAndStories) -> None:
    class FullStore(MemoryTrackerStore):
        is_full = False

        async def append(self, sender_id: str, events: Any) -> None:
            if self.is_full:
                raise StoreError("the disk is full")
            await super().append(sender_id, events)

    async def main() -> None:
        store = FullStore()
        processor = Processor(bot, store=store)
        await processor.handle("/greet")
        before = await processor.tracker()
        store.is_full = True
        with pytest.raises(StoreError, match="the disk is full"):
            await processor.handle("/book")
        assert await processor.tracker() == before
        store.is_full = False
        assert texts(await processor.handle("/bye")) == ["Pardon?"]
        await processor.close()

    asyncio.run(main())


def test_a_channel_that_fails_stops_nobody(bot: RulesAndStories) -> None:
    class Broken:
        name = "broken"

        async def send(self, sender_id: str, message: Any) -> None:
            raise ConnectionError("gone")

    async def work(processor: Processor) -> None:
        reply = await processor.handle("/greet", channel=Broken())
        assert [problem.what for problem in reply.problems] == ["channel `broken` failed"]
        assert reply.tracker.latest_action_name == "action_listen"

    within(bot, work)


def test_what_functions_may_give(bot: RulesAndStories) -> None:
    given: list[Any] = []

    async def work(processor: Processor) -> None:
        async def said(what: Any) -> tuple[list[str], list[str]]:
            given[:] = [what]
            reply = await processor.handle("/custom_slot")
            return texts(reply), [problem.what for problem in reply.problems]

        assert await said("one text") == (["one text"], [])
        assert await said({"text": "a", "buttons": [{"title": "x"}]}) == (["a"], [])
        assert await said([{"response": "utter_bye"}, "b", kinds.SlotSet("goal", "Bonn")]) == (["Bye", "b"], [])
        assert (await processor.tracker()).get_slot("goal") == "Bonn"
        assert (await said({"event": "slot"}))[1] == ["action `action_hello`: an event `slot` has no `name`"]
        assert (await said([3]))[1] == ["action `action_hello` gives what is neither an event nor a message: 3"]
        assert await said(None) == ([], [])
        assert "`utter_nothing`" in (await said({"response": "utter_nothing"}))[1][0]
        assert (await said(ActionFailed("no luck")))[1] == ["no luck"]

    async def answer(tracker: Any, domain: Any) -> Any:
        if isinstance(given[0], Exception):
            raise given[0]
        return given[0]

    within(bot, work, actions={**FUNCTIONS, "action_hello": answer})


def test_what_is_odd_about_a_model_is_logged_once(bot: RulesAndStories, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever talks, and however often; another model, or the same loaded again, says its own."""

    def sets_what_is_no_slot(*_: Any) -> list[Any]:
        return [kinds.SlotSet("cuisin", "thai")]

    async def work(processor: Processor) -> None:
        caplog.clear()
        for sender in ("one", "other", "one"):
            reply = await processor.execute_action("action_compute", sender)
            assert "cuisin" not in reply.tracker.slots
            await processor.handle("hello", sender)
        assert [one for one in caplog.messages if "cuisin" in one] == [
            "slot cuisin is set, which the domain does not have; it is passed over"
        ]

    for _ in range(2):
        within(bot, work, actions={**FUNCTIONS, "action_compute": sets_what_is_no_slot})
