"""The bot's own actions as Python functions, some with `async`; the same answers as its action server gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphbuild.assistant.runtime.actions import ActionRejected
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.tracker import Tracker, Verbosity
from tests.assistant.runtime.bot_actions import served

NAMES = (
    *("validate_booking_form", "action_hello", "action_book", "action_compute", "action_broken", "action_rejected"),
    *("action_followup", "action_ask_booking_form_people"),
)


def function(name: str) -> Callable[[Tracker, RunningDomain], Any]:
    def answer(tracker: Tracker, domain: RunningDomain) -> list[dict[str, Any]]:
        status, answer = served({"next_action": name, "tracker": tracker.current_state(Verbosity.ALL)})
        if status == 400:
            raise ActionRejected(name, answer["error"])
        if status != 200:
            raise ValueError(answer["error"])
        return [*answer["responses"], *answer["events"]]

    async def answer_later(tracker: Tracker, domain: RunningDomain) -> list[dict[str, Any]]:
        return answer(tracker, domain)

    return answer_later if name == "action_hello" else answer


FUNCTIONS = {name: function(name) for name in NAMES}
