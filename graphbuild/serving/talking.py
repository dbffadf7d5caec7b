"""A conversation in the terminal: the user's text in, messages out. Knows no terminal: lines come, texts go."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphbuild.agent import Agent
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.runtime.channel import Part, lines_of, parts_of
from graphbuild.assistant.runtime.events import ActionExecuted, UserUttered
from graphbuild.assistant.runtime.processor import Reply
from graphbuild.errors import Problem

CHANNEL = "cmdline"
STOP = "/stop"
"""What ends a conversation."""
Show = Callable[[str], None]


@dataclass
class Terminal:
    """The channel of a terminal: keeps the parts of a turn, and shows each as soon as it is said."""

    show: Show | None
    """None where nothing is shown before the end of a turn."""
    name: str = CHANNEL
    parts: list[Part] = field(default_factory=list)

    async def send(self, sender_id: str, message: Mapping[str, Any]) -> None:
        for part in parts_of(message):
            self.parts.append({"recipient_id": sender_id, **part})
            if self.show is not None:
                for line in lines_of(part):
                    self.show(line)


async def talk(
    agent: Agent,
    lines: AsyncIterator[str],
    sender_id: str,
    show: Show,
    tell: Callable[[Sequence[Problem]], None],
    *,
    as_json: bool = False,
) -> None:
    """Answers each line, until `/stop` or the end. `show` gets lines of output, `tell` what went wrong in a turn.

    A number that is typed after a message with buttons is that button. `as_json`: one line for each turn.
    """
    channel = Terminal(None if as_json else show)
    async for line in lines:
        text = line.strip()
        if text == STOP:
            return
        text, channel.parts = chosen(text, channel.parts), []
        reply = await agent.processor.handle(text, sender_id, channel=channel)
        if as_json:
            show(json.dumps(document(reply, channel.parts), ensure_ascii=False, default=str))
        if reply.problems:
            tell(reply.problems)


def chosen(text: str, parts: Sequence[Part]) -> str:
    """What a text means after some messages: a number stands for a button of the last one that has any."""
    buttons: Sequence[Mapping[str, Any]] = next(
        (part["buttons"] for part in reversed(parts) if part.get("buttons")), []
    )
    if text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= len(buttons):
        button = buttons[int(text) - 1]
        return str(button.get("payload") or button.get("title") or text)
    return text


def document(reply: Reply, parts: Sequence[Part]) -> dict[str, Any]:
    """A turn, for programs."""
    # Of what happened, and not of what counts: a fallback takes the user's turn back.
    happened = reply.tracker.events[::-1]
    turns = (event for event in happened if isinstance(event, UserUttered))
    actions = (event.label for event in happened if isinstance(event, ActionExecuted) and event.label != LISTEN)
    message = next(turns, None)
    return {
        "messages": list(parts),
        "intent": message.intent_name if message else None,
        "latest_action": next(actions, None),
        "slots": reply.tracker.slots,
        "problems": [problem.what for problem in reply.problems],
    }
