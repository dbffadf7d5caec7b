"""The REST channel: a message comes in, what the assistant says goes out, at the end or part by part."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse

from graphbuild.agent import Agent
from graphbuild.assistant.runtime.channel import Collector, parts_of
from graphbuild.assistant.runtime.processor import SENDER
from graphbuild.serving.asking import flag_of, message_in, optional_in
from graphbuild.serving.desk import Desk, Endpoint, Question
from graphbuild.web.guards import json_response, mapping_of
from graphbuild.web.refused import Refused

NAME = "rest"
_NEEDS = 'the request body must be a JSON object such as {"sender": "me", "message": "hello"}'
_LOG = logging.getLogger(__name__)


async def health(_: Question) -> Response:
    """Whether the channel is there."""
    return json_response({"status": "ok"})


async def receive(question: Question) -> Response:
    """A message of a user. `?stream=true`: each part of the answer as a line, as soon as it is said."""
    said = mapping_of(question.body, _NEEDS)
    message = _Message(
        message_in(said, "message", _NEEDS, question.longest),
        optional_in(said, "sender", str, "a text") or SENDER,
        optional_in(said, "input_channel", str, "a text") or NAME,
        optional_in(said, "metadata", dict, "an object"),
    )
    if flag_of(question.request, "stream", default=False):
        async with question.desk.served.use() as agent:  # refused before the answer begins
            _needs_policies(agent)
        return StreamingResponse(_streamed(question.desk, message), media_type="text/event-stream")
    channel = Collector()
    await _handle(question.desk, message, channel)
    return json_response(channel.messages)


def _needs_policies(agent: Agent) -> None:
    """Nobody who waits for an answer is to get an empty one for good."""
    if agent.processor.domain.is_empty:
        what = "this model was trained without policies: it understands (/model/parse), and does nothing"
        raise Refused(HTTPStatus.CONFLICT, what)


@dataclass(frozen=True)
class _Message:
    text: str
    sender: str
    input_channel: str
    metadata: Mapping[str, Any] | None


@dataclass
class _Queue:
    """A channel whose parts somebody else takes out."""

    name: str = "queue"
    parts: asyncio.Queue[dict[str, Any] | None] = field(default_factory=asyncio.Queue)

    async def send(self, sender_id: str, message: Mapping[str, Any]) -> None:
        for part in parts_of(message):
            self.parts.put_nowait({"recipient_id": sender_id, **part})


async def _handle(desk: Desk, message: _Message, channel: Any) -> None:
    async with desk.served.use() as agent:
        _needs_policies(agent)
        await agent.processor.handle(
            message.text,
            message.sender,
            channel=channel,
            input_channel=message.input_channel,
            metadata=message.metadata,
        )


async def _streamed(desk: Desk, message: _Message) -> AsyncIterator[bytes]:
    """The parts, each a line of JSON. The turn goes on where the client goes away."""
    queue = _Queue()

    async def turn() -> None:
        try:
            async with asyncio.timeout(desk.settings.response_timeout_s):
                await _handle(desk, message, queue)
        except Exception:  # noqa: BLE001 - the answer has begun: it ends here, and the log says why
            _LOG.exception("a streamed message failed")
        finally:
            queue.parts.put_nowait(None)

    desk.go_on_with(turn())
    while (part := await queue.parts.get()) is not None:
        yield msgspec.json.encode(part, enc_hook=str) + b"\n"


ENDPOINTS = (
    Endpoint("GET", "/webhooks/rest/", health, is_open=True),
    Endpoint("POST", "/webhooks/rest/webhook", receive, is_open=True),
)
