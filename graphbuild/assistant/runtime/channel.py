"""Channels: where messages of the assistant go. A message is what an utterance says; a channel sends it in parts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

Part = dict[str, Any]


class Channel(Protocol):
    """A way to the user."""

    @property
    def name(self) -> str:
        """Responses may be meant for one channel, by this name."""

    async def send(self, sender_id: str, message: Mapping[str, Any]) -> None:
        """Sends a message of the assistant to a user."""


class Collector:
    """Keeps what is sent, in parts as Rasa's REST channel answers: text, buttons, image, attachment, custom."""

    def __init__(self, name: str = "collector") -> None:
        self._name = name
        self.messages: list[Part] = []

    @property
    def name(self) -> str:
        """Its own name."""
        return self._name

    async def send(self, sender_id: str, message: Mapping[str, Any]) -> None:
        self.messages += [{"recipient_id": sender_id, **part} for part in parts_of(message)]


def parts_of(message: Mapping[str, Any]) -> Iterator[Part]:
    """A message as parts that are sent one after another; paragraphs of a text are parts of their own."""
    text = message.get("text")
    buttons = message.get("quick_replies") or message.get("buttons")
    if buttons:
        yield {**({"text": text} if text is not None else {}), "buttons": buttons}
    elif text:
        yield from _paragraphs(str(text))
    for key in ("custom", "image", "attachment"):
        if message.get(key):
            yield {key: message[key]}
    for element in message.get("elements") or ():
        title = f"{element.get('title', '')} : {element.get('subtitle', '')}"
        yield {"text": title, "buttons": element.get("buttons", [])}


def _paragraphs(text: str) -> Iterator[Part]:
    for paragraph in text.strip().split("\n\n"):
        yield {"text": paragraph}


def lines_of(part: Part) -> list[str]:
    """A part as a terminal shows it."""
    lines = [str(part["text"])] if "text" in part else []
    for number, button in enumerate(part.get("buttons") or (), start=1):
        payload = f" ({button['payload']})" if button.get("payload") else ""
        lines.append(f"  {number}: {button.get('title', '')}{payload}")
    lines += [f"{word}: {part[word.lower()]}" for word in ("Image", "Attachment") if word.lower() in part]
    return [*lines, json.dumps(part["custom"], ensure_ascii=False)] if "custom" in part else lines
