"""Whole conversations happen event by event as in Rasa 3.6.21, with the bot's actions as functions and on a server.

rasa_conversations.json is what Rasa did with the same domain, rules and stories (RulePolicy, MemoizationPolicy with
max_history 5), the same messages (bot_conversations.json) and an action server that answers as bot_actions.py. Turns
after which its store in memory had lost the session before have no `events` there.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from graphbuild.assistant.runtime.channel import Collector
from graphbuild.assistant.runtime.http_endpoint import EndpointSettings, HttpEndpoint
from graphbuild.assistant.runtime.processor import Processor
from graphbuild.assistant.runtime.tracker import Tracker
from tests.assistant.runtime.bot_functions import FUNCTIONS
from tests.assistant.runtime.models import HERE, RulesAndStories
from tests.assistant.runtime.servers import action_server

RASA = json.loads((HERE / "rasa_conversations.json").read_text("utf-8"))


def shown(event: dict[str, Any]) -> dict[str, Any]:
    """An event without times."""
    row = {key: value for key, value in event.items() if key != "timestamp"}
    if not row.get("metadata"):
        row.pop("metadata", None)
    if row["event"] == "user":
        parse = row["parse_data"]
        entities = [{key: one[key] for key in ("entity", "value", "role") if key in one} for one in parse["entities"]]
        intent = parse["intent"].get("name")
        return {**{k: row[k] for k in ("event", "text", "input_channel")}, "intent": intent, "entities": entities}
    if row["event"] == "bot":
        row["data"] = {key: value for key, value in row["data"].items() if value is not None}
    return row


def state(tracker: Tracker) -> dict[str, Any]:
    now = tracker.current_state()
    loop = {key: value for key, value in now["active_loop"].items() if key != "trigger_message"}
    kept = ("slots", "latest_action_name", "followup_action", "paused")
    return {**{key: now[key] for key in kept}, "active_loop": loop}


async def talk(processor: Processor, name: str) -> list[dict[str, Any]]:
    """What happens in a conversation, in the shape of the file."""
    turns = []
    done = 0
    for turn in RASA[name]:
        said = turn["said"]
        known = {"parse": said["parse"]} if isinstance(said, dict) else {}
        text = said["text"] if isinstance(said, dict) else said
        reply = await processor.handle(text, name, channel=Collector(), **known)
        whole = await processor.tracker(name)
        events = [event.as_dict() for event in whole.events]
        assert state(whole) == state(reply.tracker)
        turns.append(
            {
                "said": said,
                "messages": list(reply.messages),
                "events": [shown(event) for event in events[done:]],
                "state": state(reply.tracker),
                "applied": [event.type_name for event in reply.tracker.applied_events],
            }
        )
        done = len(events)
    return turns


def check(found: list[dict[str, Any]], name: str) -> None:
    for place, (ours, theirs) in enumerate(zip(found, RASA[name], strict=True)):
        for part in theirs.keys() - {"said"}:
            assert _sorted(ours[part]) == _sorted(theirs[part]), f"{part} of turn {place}: {theirs['said']}"


def _sorted(part: Any) -> Any:
    """Slots are filled in the order of the domain: Rasa's is that of its file, ours is sorted."""
    if not isinstance(part, list) or not part or not isinstance(part[0], dict) or "event" not in part[0]:
        return part
    runs: list[list[str]] = []
    for row in part:
        is_slot = row["event"] == "slot"
        if not (is_slot and runs and '"slot"' in runs[-1][-1]):
            runs.append([])
        runs[-1].append(json.dumps(row, sort_keys=True))
    return [sorted(run) for run in runs]


@pytest.mark.parametrize("name", RASA)
def test_with_functions(bot: RulesAndStories, name: str) -> None:
    async def main() -> None:
        processor = Processor(bot, actions=FUNCTIONS)
        check(await talk(processor, name), name)
        await processor.close()

    asyncio.run(main())


@pytest.mark.parametrize("name", ["form from nothing", "custom actions", "slots"])
def test_with_an_action_server(bot: RulesAndStories, name: str) -> None:
    async def main() -> None:
        with action_server() as url:
            processor = Processor(bot, action_server=HttpEndpoint(EndpointSettings(url)))
            check(await talk(processor, name), name)
            await processor.close()

    asyncio.run(main())
