"""ServerAction: an action that an action server runs, over HTTP, by the protocol of rasa-sdk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.runtime.actions import ActionRejected, Turn
from graphbuild.assistant.runtime.custom_actions import happened, said
from graphbuild.assistant.runtime.events import Event
from graphbuild.assistant.runtime.http_endpoint import EndpointRefused, HttpEndpoint
from graphbuild.assistant.runtime.tracker import Verbosity

PROTOCOL_VERSION = "3.6.21"
"""The Rasa whose protocol is spoken; rasa-sdk compares it with its own."""
_REJECTED = 400


@dataclass(frozen=True)
class ServerAction:
    """Sends the conversation, gets events and messages back."""

    name: str
    endpoint: HttpEndpoint

    async def run(self, turn: Turn) -> list[Event]:
        """Raises ActionRejected where the server says so (status 400), EndpointError where it fails."""
        what = f"action `{self.name}`"
        try:
            answer = await self.endpoint.post(self._request(turn), what)
        except EndpointRefused as error:
            if error.status == _REJECTED and (rejection := _rejection(error.body)) is not None:
                raise ActionRejected(str(rejection["action_name"]), str(rejection.get("error") or ""))
            raise
        answer = {} if answer is None else answer
        rows = answer.get("events") or [] if isinstance(answer, dict) else None
        messages = answer.get("responses") or [] if isinstance(answer, dict) else None
        if not _is_list_of_mappings(rows) or not _is_list_of_mappings(messages):
            raise self.endpoint.wrong(what, "did not answer with lists `events` and `responses`")
        utterances = [event for message in messages or () for event in await said(self.name, message, turn)]
        return [*utterances, *await happened(self.name, [row for row in rows or () if "event" in row], turn)]

    def _request(self, turn: Turn) -> dict[str, Any]:
        request: dict[str, Any] = {
            "next_action": self.name,
            "sender_id": turn.tracker.sender_id,
            "tracker": turn.tracker.current_state(Verbosity.ALL),
            "version": PROTOCOL_VERSION,
        }
        if not self.endpoint.settings.enable_selective_domain or turn.domain.custom_actions.get(self.name):
            request["domain"] = dict(turn.domain.document)
        return request


def _rejection(body: str) -> Mapping[str, Any] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) and said.get("action_name") else None


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)
