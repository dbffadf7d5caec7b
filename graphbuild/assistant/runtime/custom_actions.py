"""Actions of the user's own: Python functions here; those of an action server: action_server.py.

A function takes the tracker (a copy) and the domain, and gives what happened: events, dicts of Rasa's event shape,
messages as dicts (`{"text": ...}`, `{"response": "utter_x", ...}`), or plain texts; one of these, a list, or None.
It may be a coroutine function; others run in a thread, so that other conversations go on meanwhile.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.runtime.actions import ActionFailed, ActionRejected, Turn
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.event_json import events_of
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.responses import uttered
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.errors import GraphbuildError, Level, Problem

ActionFunction = Callable[[Tracker, RunningDomain], Any]


@dataclass(frozen=True)
class FunctionAction:
    """Calls a function."""

    name: str
    function: ActionFunction

    async def run(self, turn: Turn) -> list[Event]:
        tracker = turn.tracker.copy()
        try:
            if inspect.iscoroutinefunction(self.function):
                made = await self.function(tracker, turn.domain)
            else:
                made = await asyncio.to_thread(self.function, tracker, turn.domain)
                made = await made if inspect.isawaitable(made) else made
        except (ActionRejected, GraphbuildError):
            raise
        except Exception as error:
            facts = (("error", f"{type(error).__name__}: {error}"),)
            raise ActionFailed(Problem(f"action `{self.name}` failed", facts=facts)) from error
        rows = [] if made is None else [made] if isinstance(made, str | Mapping | Event) else list(made)
        return await happened(self.name, rows, turn)


@dataclass(frozen=True)
class MissingAction:
    """An action that nobody has."""

    name: str

    async def run(self, turn: Turn) -> list[Event]:  # noqa: ARG002 - as all actions
        hint = "name a server as `action_endpoint` in endpoints.yml, or give a function for it"
        raise ActionFailed(Problem(f"there is nobody who runs action `{self.name}`", hint=hint))


async def happened(action: str, rows: Sequence[Any], turn: Turn) -> list[Event]:
    """What an action gives as events: messages are utterances. Raises ActionFailed."""
    events: list[Event] = []
    for row in rows:
        if isinstance(row, Event):
            events.append(row)
        elif isinstance(row, str):
            events.append(uttered({"text": row}))
        elif isinstance(row, Mapping) and "event" in row:
            try:
                events += events_of([row])
            except GraphbuildError as error:
                raise ActionFailed(f"action `{action}`: {error.problems[0].what}")
        elif isinstance(row, Mapping):
            events += await said(action, row, turn)
        else:
            raise ActionFailed(f"action `{action}` gives what is neither an event nor a message: {row!r}")
    return events


async def said(action: str, message: Mapping[str, Any], turn: Turn) -> list[Event]:
    """The utterance of a message; one that names a response is that response, with what the message adds."""
    added = {key: value for key, value in message.items() if key not in ("response", "buttons")}
    draft: dict[str, Any] = {}
    if name := message.get("response"):
        made = await turn.responder.message(str(name), turn.tracker, turn.channel, added)
        if not made:
            what = f"action `{action}` says the response `{name}`, and there is none of that name for this moment"
            turn.problems.append(Problem(what, level=Level.WARNING))
            return []
        draft = {**made, "utter_action": name}
    if buttons := message.get("buttons"):
        draft["buttons"] = [*(draft.get("buttons") or ()), *buttons]
    return [uttered({**draft, **{key: value for key, value in added.items() if value}})]
