"""What policies say beside an action: texts word for word, selected responses, surprises; and what was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import ActionPredictions, ChosenActions, Mark
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.dialogue.histories import Moment
from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.model import Decided
from graphbuild.assistant.runtime.processor import Processor, Reply

DOMAIN = {
    "intents": ["greet", "faq"],
    "entities": ["name"],
    "slots": {"name": {"type": "text", "mappings": [{"type": "from_entity", "entity": "name"}]}},
    "actions": ["action_session_start"],
    "responses": {
        "utter_faq/a": [{"text": "A, {name}"}],
        "utter_faq/b": [{"text": "B"}],
        "utter_late": [{"text": "x"}],
    },
    "e2e_actions": ["Hi there!"],
}


class Scripted:
    """Says what it is told to, one action after another, then listens."""

    language = "en"
    domain = DOMAIN

    def __init__(
        self, *script: tuple[str, Mark], parse: dict[str, Any] | None = None, policies: Sequence[ActionPredictions] = ()
    ) -> None:
        self.script = list(script)
        self.policies = policies
        self.understood = parse or {"intent": {"name": "greet", "confidence": 0.5}, "entities": []}
        self.moments: list[Moment] = []

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        return [{"text": text, **self.understood} for text in texts]

    def decide(self, moments: Sequence[Moment]) -> Decided:
        self.moments += moments
        action, mark = self.script.pop(0) if self.script else ("action_listen", Mark(0))
        surprises = {0: {"query_intent": {"name": "greet"}}} if action == "action_unlikely_intent" else {}
        marks = np.array([mark], dtype=np.uint8)
        chosen = ChosenActions((action,), ("P",), np.array([0.7], dtype=np.float32), marks, surprises)
        return Decided(chosen, self.policies)


def said(model: Scripted, text: str = "hello", **options: Any) -> Reply:
    async def main() -> Reply:
        processor = Processor(model, **options)
        try:
            return await processor.handle(text)
        finally:
            await processor.close()

    return asyncio.run(main())


def test_texts_are_said_word_for_word() -> None:
    model = Scripted(("Hi there!", Mark.END_TO_END))
    reply = said(model)
    assert [part["text"] for part in reply.messages] == ["Hi there!"]
    rows = [event.as_dict() for event in reply.tracker.events if isinstance(event, kinds.ActionExecuted)]
    assert [(row["name"], row["action_text"], row["confidence"]) for row in rows[2:]] == [
        (None, "Hi there!", 0.7),
        ("action_listen", None, 0.7),
    ]
    (featurized,) = [one for one in reply.tracker.events if isinstance(one, kinds.DefinePrevUserUtteredFeaturization)]
    assert featurized.use_text is True
    asked, after = (moment.history.now for moment in model.moments)
    assert (asked.intent, asked.text) == ("greet", "hello")
    assert (after.intent, after.text, after.previous, after.previous_is_text) == (None, "hello", "Hi there!", True)


ACTIONS = ("action_listen", "utter_late", "utter_faq/a")


def sure(policy: str, *scores: float, entity: str = "") -> ActionPredictions:
    """What a policy says of ACTIONS; `entity`: the name that it finds at the end of a text."""
    found = EntityPredictions.found(
        [[{"start": 5, "end": 7, "entity": entity, "value": "Bo"}] if entity else []], policy
    )
    return ActionPredictions(ACTIONS, np.array([scores], dtype=np.float32), policy, entities=found if entity else None)


def test_what_a_policy_finds_in_a_text_fills_slots_before_its_action() -> None:
    policies = [sure("Q", 0, 0.7, 0, entity="wrong"), sure("P", 0, 0.7, 0, entity="name")]
    parse = {"intent": {"name": "greet", "confidence": 0.5}, "entities": []}
    model = Scripted(("utter_late", Mark.END_TO_END), parse=parse, policies=policies)
    reply = said(model, "i am Bo")
    kinds_of = [event.type_name for event in reply.tracker.events][3:]
    assert kinds_of == ["user", "entities", "slot", "user_featurization", "action", "bot", "action"]
    (added,) = [one for one in reply.tracker.events if isinstance(one, kinds.EntitiesAdded)]
    assert [(one["entity"], one["value"], one["extractor"]) for one in added.entities] == [("name", "Bo", "P")]
    assert reply.tracker.slots["name"] == "Bo"


def test_by_intent_nothing_is_found() -> None:
    reply = said(Scripted(("utter_late", Mark(0)), policies=[sure("P", 0, 0.7, 0, entity="name")]), "i am Bo")
    assert "entities" not in [event.type_name for event in reply.tracker.events]


def test_scores_are_those_of_the_policy_that_was_listened_to() -> None:
    async def main() -> dict[str, float]:
        # What is likelier than what was chosen is what has just refused.
        policies = [sure("Q", 0.6, 0.6, 0.6), sure("P", 0.25, 0.7, 0.9)]
        processor = Processor(Scripted(("utter_late", Mark(0)), policies=policies))
        found = await processor.predict_next()
        await processor.close()
        return {one["action"]: one["score"] for one in found["scores"]}

    scores = asyncio.run(main())
    assert scores.pop("action_listen") == 0.25
    assert scores.pop("utter_late") == 0.7
    assert set(scores.values()) == {0.0}


def test_turns_of_rules_alone_are_hidden_and_surprises_are_kept() -> None:
    reply = said(Scripted(("action_unlikely_intent", Mark.HIDES_TURN)))
    (surprise,) = [one for one in reply.tracker.events if getattr(one, "name", "") == "action_unlikely_intent"]
    assert surprise.as_dict()["hide_rule_turn"] is True
    assert surprise.metadata == {"query_intent": {"name": "greet"}}


@pytest.mark.parametrize("key", ["faq", "default"])
def test_selected_responses_are_said(key: str) -> None:
    best = {"utter_action": "utter_faq/a", "intent_response_key": "faq/a"}
    selector = {"all_retrieval_intents": ["faq"], key: {"response": best, "ranking": []}}
    parse = {"intent": {"name": "faq"}, "entities": [{"entity": "name", "value": "Bo"}], "response_selector": selector}
    reply = said(Scripted(("utter_faq", Mark(0)), parse=parse))
    assert [part["text"] for part in reply.messages] == ["A, Bo"]
    assert reply.tracker.latest_message is not None
    full = reply.tracker.latest_message.intent.get("full_retrieval_intent_name")
    assert full == ("faq/a" if key == "faq" else None)
    bot = reply.tracker.now.latest_bot_utterance
    assert bot is not None
    assert bot.metadata == {"utter_action": "utter_faq/a"}


def test_no_selected_response_is_a_problem() -> None:
    reply = said(Scripted(("utter_faq", Mark(0))))
    (problem,) = reply.problems
    assert "`utter_faq` has nothing to say" in problem.what
    assert reply.tracker.latest_action_name == "action_listen"


def test_the_start_of_a_session_may_be_the_users_own() -> None:
    def begin(tracker: Any, domain: Any) -> list[Any]:
        return [
            kinds.SessionStarted(),
            "Welcome",
            kinds.FollowupAction("utter_late"),
            kinds.ActionExecuted("action_listen"),
        ]

    reply = said(Scripted(), actions={"action_session_start": begin})
    assert [part["text"] for part in reply.messages] == ["Welcome"]
    assert [event.type_name for event in reply.tracker.events] == [
        *("action", "session_started", "bot", "followup", "action", "user", "user_featurization", "action")
    ]


def test_what_is_to_follow_follows_or_is_passed_over() -> None:
    async def main() -> None:
        processor = Processor(Scripted())
        await processor.inject([kinds.FollowupAction("utter_late")])
        found = await processor.predict_next()
        assert (found["policy"], found["confidence"]) == ("followup_action", 1.0)
        await processor.inject([kinds.FollowupAction("utter_nothing")])
        assert (await processor.predict_next())["policy"] == "P"
        await processor.close()

    asyncio.run(main())
