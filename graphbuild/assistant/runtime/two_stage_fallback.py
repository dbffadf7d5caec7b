"""TwoStageFallback: asks what the user meant, then to say it in other words, asks once more, then gives up."""

from __future__ import annotations

from collections.abc import Sequence

from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.actions import Turn
from graphbuild.assistant.runtime.default_actions import (
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    FALLBACK_INTENT,
    OUT_OF_SCOPE,
    surely,
)
from graphbuild.assistant.runtime.events import ActionExecuted, ActiveLoop, Event, UserUtteranceReverted, UserUttered
from graphbuild.assistant.runtime.loops import LoopAction
from graphbuild.assistant.runtime.tracker import Tracker


class TwoStageFallback(LoopAction):
    """The loop of Rasa's `action_two_stage_fallback`."""

    name = "action_two_stage_fallback"

    async def go_on(self, turn: Turn, so_far: Sequence[Event]) -> list[Event]:
        begins = any(isinstance(event, ActiveLoop) for event in so_far)
        asks = begins or _intent(turn.tracker) == FALLBACK_INTENT
        return await turn.book.find(ASK_AFFIRMATION if asks else ASK_REPHRASE).run(turn)

    def is_done(self, turn: Turn, so_far: Sequence[Event]) -> bool:  # noqa: ARG002 - the turn says it
        return _intent(turn.tracker) not in (FALLBACK_INTENT, OUT_OF_SCOPE) or _gives_up(turn.tracker)

    async def end(self, turn: Turn) -> list[Event]:
        if _gives_up(turn.tracker):
            return await turn.book.find("action_default_fallback").run(turn)
        said = turn.tracker.latest_message
        assert said is not None  # its intent is neither of the two
        return [UserUtteranceReverted(), ActionExecuted(LISTEN), surely(said)]


def _gives_up(tracker: Tracker) -> bool:
    """Not understood twice in a row, or twice not meant what was offered."""
    return _intents(tracker, 2) == [FALLBACK_INTENT] * 2 or _intents(tracker, 3) == [
        OUT_OF_SCOPE,
        FALLBACK_INTENT,
        OUT_OF_SCOPE,
    ]


def _intents(tracker: Tracker, count: int) -> list[str | None]:
    """The intents of the last turns, newest first; a turn that was taken back leaves a gap."""
    turns = [one for one in tracker.events_after_restart if isinstance(one, UserUttered | UserUtteranceReverted)]
    return [one.intent_name for one in turns[: -count - 1 : -1] if isinstance(one, UserUttered)]


def _intent(tracker: Tracker) -> str | None:
    return tracker.latest_message.intent_name if tracker.latest_message else None
