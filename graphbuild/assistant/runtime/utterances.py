"""Actions that say something: responses, responses that a selector chose, texts word for word."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.domain import RESPONSE_PREFIX
from graphbuild.assistant.runtime.actions import ActionFailed, Turn
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.responses import uttered

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Utter:
    """Says a response of the domain. Where there is none, it says nothing, and the log says so."""

    name: str

    async def run(self, turn: Turn) -> list[Event]:
        said = await turn.say(self.name)
        if not said:
            _LOG.error("there is no response `%s` that fits", self.name)
        return said


@dataclass(frozen=True)
class SayText:
    """Says a text word for word (end to end)."""

    name: str

    async def run(self, turn: Turn) -> list[Event]:  # noqa: ARG002 - as all actions
        return [uttered({"text": self.name})]


@dataclass(frozen=True)
class UtterSelected:
    """Says the response of a retrieval intent that a response selector chose for the user's message."""

    name: str

    async def run(self, turn: Turn) -> list[Event]:
        message = turn.tracker.latest_message
        chosen = selected(message.parse_data if message else {}, self.name.removeprefix(RESPONSE_PREFIX))
        if chosen is None:
            what = f"action `{self.name}` has nothing to say: no response selector chose a response for the message"
            raise ActionFailed(what)
        said = await turn.say(chosen)
        if not said:
            _LOG.error("there is no response `%s` that fits", chosen)
        return said


def selected(parse: Mapping[str, Any], retrieval_intent: str) -> str | None:
    """The response that the selector of an intent, or of all of them, puts first in a parse."""
    by_intent = parse.get("response_selector") or {}
    one = by_intent.get(retrieval_intent) or by_intent.get("default") or {}
    best = one.get("response") or {}
    if best.get("utter_action"):
        return str(best["utter_action"])
    key = best.get("intent_response_key") or next(
        (ranked.get("intent_response_key") for ranked in one.get("ranking") or ()), None
    )
    return f"{RESPONSE_PREFIX}{key}" if key else None
