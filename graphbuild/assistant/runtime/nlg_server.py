"""NlgServer: a responder that asks a server for each response (`nlg:` of endpoints.yml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphbuild.assistant.runtime.http_endpoint import HttpEndpoint
from graphbuild.assistant.runtime.tracker import Tracker, Verbosity
from graphbuild.assistant.runtime.variations import Variation, identifier

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "id": str,
    "buttons": list,
    "elements": list,
    "attachment": (dict, str),
    "image": str,
    "custom": dict,
}


class NlgServer:
    """Says what a server says."""

    def __init__(self, endpoint: HttpEndpoint, responses: Mapping[str, Sequence[Variation]]) -> None:
        self._endpoint = endpoint
        self._responses = responses

    async def message(
        self, name: str, tracker: Tracker, channel: str, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        variations = self._responses.get(name, ())
        body = {
            "response": name,
            "id": identifier(variations, tracker.now.slots, channel),
            "arguments": dict(values),
            "tracker": tracker.current_state(Verbosity.ALL),
            "channel": {"name": channel},
        }
        what = f"response `{name}`"
        said = await self._endpoint.post(body, what)
        if said is None:
            return None
        if not isinstance(said, dict):
            raise self._endpoint.wrong(what, "did not answer with a JSON object")
        for key, kind in _KINDS.items():
            if said.get(key) is not None and not isinstance(said[key], kind):
                raise self._endpoint.wrong(what, f"answered with a wrong `{key}`")
        return said

    async def close(self) -> None:
        await self._endpoint.close()
