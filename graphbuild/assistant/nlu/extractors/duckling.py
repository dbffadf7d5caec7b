"""DucklingEntityExtractor: dates, amounts, numbers and the like, from a Duckling server. RASA.md 5.4.

https://github.com/facebook/duckling: POST /parse, form fields text, locale, tz, dims, reftime; answers a JSON list.
What it says depends on the moment that texts are about: now, unless told otherwise. Where the server is changes nothing
of it, so its address is in no action key.
"""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from graphbuild.assistant.data.messages import Messages, Span
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.contract.artifact import Ports, encode_json
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import Positive, option

URL_VARIABLE = "RASA_DUCKLING_HTTP_URL"
_AT_ONCE = 8
"""Messages that are asked about at the same time."""


@dataclass(frozen=True)
class DucklingOutput(Ports):
    """The entities, and why some may be missing."""

    output: EntityPredictions
    warnings: Warnings


class DucklingEntityExtractor(Component):
    """Finds dates, amounts and the like with a Duckling server; without one it warns and finds nothing."""

    kind = "extractor"
    waits = True

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        dimensions: list[str] | None = option(None, "What to look for, such as time or number; all when null.")
        url: str | None = option(None, f"The server's address; {URL_VARIABLE} goes before it.", display_only=True)
        locale: str | None = option(None, "Language and country, such as de_DE.")
        timezone: str | None = option(None, "Such as Europe/Berlin.")
        timeout: Positive = option(3, "Seconds to wait for an answer.", display_only=True)
        reference_time: int | None = option(None, "What `now` is, in milliseconds since 1970; the moment when null.")

    config: Config

    def apply(self, messages: Messages) -> DucklingOutput:
        """N messages -> the entities that the server finds in each; what it says beyond text is in the details."""
        url = os.environ.get(URL_VARIABLE) or self.config.url
        if not url:
            hint = f"set the option `url`, or the variable {URL_VARIABLE}"
            return self._output([[]] * len(messages), "Duckling has no address: it finds no entities", hint)
        server = _Server(url, self._fields(), self.config.timeout)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            rows = list(threads.map(server.ask, messages.texts))
        if not server.failures:
            return self._output(rows)
        what = f"Duckling did not answer for {len(server.failures)} of {len(messages)} messages: {server.failures[0]}"
        return self._output(rows, what, f"is there a Duckling server at {url}?")

    def _fields(self) -> dict[str, str]:
        config = self.config
        now = int(time.time()) * 1000 if config.reference_time is None else config.reference_time
        dimensions = None if config.dimensions is None else json.dumps(config.dimensions)
        fields = {"locale": config.locale, "tz": config.timezone, "dims": dimensions, "reftime": str(now)}
        return {name: value for name, value in fields.items() if value is not None}

    def _output(
        self, rows: Sequence[Sequence[Mapping[str, Any]]], warning: str | None = None, hint: str | None = None
    ) -> DucklingOutput:
        dimensions = self.config.dimensions
        kept = [[one for one in row if not dimensions or one["dim"] in dimensions] for row in rows]
        found = EntityPredictions.found(
            [[_span(one) for one in row] for row in kept],
            type(self).__name__,
            [_details(one) for row in kept for one in row],
        )
        return DucklingOutput(found, Warnings(((0, warning, hint),) if warning is not None else ()))


class _Server:
    """Asks a server, and gives up once it cannot be reached."""

    def __init__(self, url: str, fields: Mapping[str, str], timeout: float) -> None:
        self._url = url.rstrip("/") + "/parse"
        self._fields = fields
        self._timeout = timeout
        self._is_gone = threading.Event()
        self.failures: list[str] = []
        """What went wrong, once a message."""

    def ask(self, text: str) -> list[dict[str, Any]]:
        """What the server finds in a text; nothing where it fails."""
        if self._is_gone.is_set():
            self.failures.append("not asked any more")
            return []
        try:
            return self._answer(text)
        except urllib.error.HTTPError as error:  # It is there, and does not like this text.
            self.failures.append(f"it says {error.code} {error.reason}")
        except (OSError, http.client.HTTPException) as error:
            self._is_gone.set()
            self.failures.insert(0, str(getattr(error, "reason", error)))
        except (ValueError, KeyError, TypeError) as error:
            self.failures.append(f"its answer cannot be read: {error}")
        return []

    def _answer(self, text: str) -> list[dict[str, Any]]:
        if not self._url.startswith(("http://", "https://")):
            raise ValueError(f"`{self._url}` is no address of a server")
        fields = {"text": text.encode("utf-8", "replace"), **self._fields}
        data = urllib.parse.urlencode(fields).encode("ascii")
        kind = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        request = urllib.request.Request(self._url, data, kind)  # noqa: S310 - checked above
        with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
            found = [dict(one) for one in json.load(answer)]
        for one in found:
            _span(one), _details(one)
        return found


def _span(match: Mapping[str, Any]) -> Span:
    value = _value(match)
    text = value if isinstance(value, str) else encode_json(value).decode()
    return {"start": int(match["start"]), "end": int(match["end"]), "entity": str(match["dim"]), "value": text}


def _details(match: Mapping[str, Any]) -> str:
    """Rasa's keys of what is more than text."""
    text = match.get("body", match.get("text"))
    return encode_json({"value": _value(match), "text": text, "additional_info": match["value"]}).decode()


def _value(match: Mapping[str, Any]) -> Any:
    value = match["value"]
    if value.get("type") != "interval":
        return value.get("value")
    return {side: (value.get(side) or {}).get("value") for side in ("to", "from")}
