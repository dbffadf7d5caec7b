"""Responders: what the assistant says by the name of a response. Of the domain's texts here; a server's: nlg_server."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from graphbuild.assistant.runtime.events import BotUttered
from graphbuild.assistant.runtime.interpolation import interpolate
from graphbuild.assistant.runtime.once import Once
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.assistant.runtime.variations import Variation, fitting

_FILLED_IN = ("text", "image", "custom", "buttons", "attachment", "quick_replies")
"""What of a response may name slots."""
_DATA = ("elements", "quick_replies", "buttons", "attachment", "image", "custom")


class Responder(Protocol):
    """Says responses."""

    async def message(
        self, name: str, tracker: Tracker, channel: str, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        """What a response says now: text, buttons and so on; None where there is no such response.

        `values` are more things beside slots that a text may name.
        """

    async def close(self) -> None:
        """Lets go of connections."""


class DomainResponder:
    """Says what the domain says, one of the variations that fit, chosen at random."""

    def __init__(self, responses: Mapping[str, Sequence[Variation]], seed: int | None = None) -> None:
        self._responses = responses
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._once = Once()

    async def message(
        self, name: str, tracker: Tracker, channel: str, values: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        found = fitting(self._responses.get(name, ()), tracker.now.slots, channel)
        if not found:
            return None
        chosen = copy.deepcopy(dict(self._random.choice(found)))
        known = {**tracker.now.slots, **values}
        return {key: interpolate(one, known, self._once) if key in _FILLED_IN else one for key, one in chosen.items()}

    async def close(self) -> None:
        """Nothing to let go of."""


def uttered(message: Mapping[str, Any]) -> BotUttered:
    """The event of saying a message. What is no part of the message itself is its metadata."""
    data = {key: message.get(key) for key in _DATA}
    data["attachment"] = message.get("attachment") or message.get("image")  # as Rasa does, for old events
    rest = {key: value for key, value in message.items() if key not in ("text", *_DATA)}
    return BotUttered(message.get("text"), data, metadata=rest)
