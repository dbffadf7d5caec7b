"""The actions that every assistant has, but for forms and fallbacks. Their names and ways are Rasa's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from graphbuild.assistant.data.domain import REQUESTED_SLOT
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.actions import ActionFailed, Turn
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.replay import SESSION_START
from graphbuild.assistant.runtime.responses import uttered

FALLBACK_INTENT, OUT_OF_SCOPE = "nlu_fallback", "out_of_scope"
ASK_AFFIRMATION, ASK_REPHRASE = "action_default_ask_affirmation", "action_default_ask_rephrase"


@dataclass(frozen=True)
class Happen:
    """Says a response where the domain has it, then lets some events happen."""

    name: str
    response: str | None
    then: tuple[type[Event], ...] = ()

    async def run(self, turn: Turn) -> list[Event]:
        said = await turn.say(self.response) if self.response is not None else []
        return [*said, *(kind() for kind in self.then)]


@dataclass(frozen=True)
class StartSession:
    """A new session begins, with the slots of the last one where the domain wants that."""

    name: str = SESSION_START

    async def run(self, turn: Turn) -> list[Event]:
        carried: list[Event] = []
        if turn.domain.session.carries_slots:
            sets = [one for one in turn.tracker.applied_events if isinstance(one, kinds.SlotSet)]
            carried = [kinds.SlotSet(one.name, one.value, metadata=_own(one.metadata)) for one in sets]
        return [kinds.SessionStarted(), *carried, kinds.ActionExecuted(LISTEN)]


@dataclass(frozen=True)
class DeactivateLoop:
    """No loop is active any more."""

    name: str = "action_deactivate_loop"

    async def run(self, turn: Turn) -> list[Event]:  # noqa: ARG002 - as all actions
        return [kinds.ActiveLoop(None), kinds.SlotSet(REQUESTED_SLOT, None)]


@dataclass(frozen=True)
class AskAffirmation:
    """Asks whether the user meant the intent that comes first."""

    name: str = ASK_AFFIRMATION

    async def run(self, turn: Turn) -> list[Event]:
        message = turn.tracker.latest_message
        if message is None:
            raise ActionFailed(f"action `{self.name}` runs before the user said anything")
        intent = message.intent_name
        ranking = message.parse_data.get("intent_ranking") or []
        if intent == FALLBACK_INTENT and len(ranking) > 1:
            intent = ranking[1].get("name")
        buttons = [{"title": "Yes", "payload": f"/{intent}"}, {"title": "No", "payload": f"/{OUT_OF_SCOPE}"}]
        return [uttered({"text": f"Did you mean '{intent}'?", "buttons": buttons, "utter_action": self.name})]


@dataclass(frozen=True)
class RevertFallback:
    """Takes back what was asked because the user was not understood: what is left is the turn as it was meant."""

    name: str = "action_revert_fallback_events"

    async def run(self, turn: Turn) -> list[Event]:
        tracker = turn.tracker
        done = [*tracker.last_actions(), "", ""][:2]
        last = tracker.last_turn()
        if last is None or done[0] not in (ASK_AFFIRMATION, ASK_REPHRASE):
            return []
        back = kinds.UserUtteranceReverted
        rephrasing: list[Event] = [back(), back(), back(), kinds.ActionExecuted(LISTEN)]
        if done[0] == ASK_REPHRASE:
            return [*rephrasing, replace(last)]
        affirming: list[Event] = [back(), back(), kinds.ActionExecuted(LISTEN)]
        return [*affirming, *(rephrasing if done[1] == ASK_REPHRASE else ()), surely(last)]


def surely(turn: kinds.UserUttered) -> kinds.UserUttered:
    """The same turn of the user, of whose intent there is no doubt."""
    intent = {**turn.intent, "confidence": 1.0}
    return replace(turn, parse_data={**turn.parse_data, "intent": intent})


def _own(metadata: Any) -> dict[str, Any]:
    return dict(metadata or {})


def default_actions() -> dict[str, Any]:
    """By name; two_stage_fallback and extract_slots have files of their own."""
    back = kinds.UserUtteranceReverted
    found = (
        Happen(LISTEN, None),
        Happen("action_restart", "utter_restart", (kinds.Restarted,)),
        StartSession(),
        Happen("action_default_fallback", "utter_default", (back,)),
        DeactivateLoop(),
        RevertFallback(),
        AskAffirmation(),
        Happen(ASK_REPHRASE, "utter_ask_rephrase"),
        Happen("action_unlikely_intent", None),
        Happen("action_back", "utter_back", (back, back)),
    )
    return {one.name: one for one in found}
