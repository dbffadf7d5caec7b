"""HttpEndpoint: a server that is asked with JSON: action servers and the like. Knows not what is asked."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphbuild.errors import GraphbuildError, Problem

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 300.0
"""How long an answer may take, as in Rasa."""
_LONGEST_SHOWN = 500


class EndpointError(GraphbuildError):
    """A server does not answer, or not as it should."""


class EndpointRefused(EndpointError):
    """A server answers with a status that says no."""

    def __init__(self, problem: Problem, status: int = 0, body: str = "") -> None:
        super().__init__(problem)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class EndpointSettings:
    """Where a server is and how it is asked; the words are Rasa's."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    token: str | None = None
    token_name: str = "token"  # noqa: S105 - a name
    """The parameter of the URL that the token is sent as."""
    basic_auth: Mapping[str, str] = field(default_factory=dict)
    """username, password"""
    cafile: str | None = None
    timeout_s: float = TIMEOUT_S
    enable_selective_domain: bool = False
    """Of an action server: whether it gets the domain only with actions that ask for it."""


class HttpEndpoint:
    """One server. Connections are kept open between requests."""

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings = settings
        self._client: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def post(self, body: Mapping[str, Any], what: str) -> Any:
        """Asks, and gives the JSON of the answer; None where it is empty. Raises EndpointError. `what`: for errors."""
        import httpx

        settings = self.settings
        params = {**settings.params, **({settings.token_name: settings.token} if settings.token else {})}
        try:
            answer = await self._open().post(settings.url, json=body, params=params)
        except httpx.TimeoutException:
            raise EndpointError(self._problem(what, f"did not answer within {settings.timeout_s:g} seconds"))
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise EndpointError(self._problem(what, f"cannot be reached: {error}", "is the server running?"))
        except httpx.RequestError as error:
            raise EndpointError(self._problem(what, f"did not answer with what can be read: {error}"))
        if answer.status_code >= 300:
            problem = self._problem(what, f"answered with status {answer.status_code}", said=answer.text)
            raise EndpointRefused(problem, answer.status_code, answer.text)
        if not answer.content.strip():
            return None
        try:
            return answer.json()
        except (ValueError, RecursionError):
            raise EndpointError(self._problem(what, "did not answer with JSON", said=answer.text))

    def wrong(self, what: str, why: str) -> EndpointError:
        """The error that an answer is not what was asked for."""
        return EndpointError(self._problem(what, why))

    async def close(self) -> None:
        """Lets go of the connections."""
        client, self._client = self._client, None
        if client is not None and self._loop is asyncio.get_running_loop():
            await client.aclose()

    def _open(self) -> httpx.AsyncClient:
        import httpx

        loop = asyncio.get_running_loop()
        if self._client is None or self._loop is not loop:  # connections belong to the loop that opened them
            settings = self.settings
            auth = None
            if settings.basic_auth:
                auth = httpx.BasicAuth(settings.basic_auth.get("username", ""), settings.basic_auth.get("password", ""))
            # What the environment says of proxies does not count: the server is named by the user.
            self._client = httpx.AsyncClient(
                headers=dict(settings.headers),
                auth=auth,
                timeout=settings.timeout_s,
                verify=_trust(settings),
                trust_env=False,
            )
            self._loop = loop
        return self._client

    def _problem(self, what: str, why: str, hint: str | None = None, said: str = "") -> Problem:
        facts = (("server", self.settings.url), *((("answer", said[:_LONGEST_SHOWN]),) if said.strip() else ()))
        return Problem(f"{what}: the server {why}", facts=facts, hint=hint)


def _trust(settings: EndpointSettings) -> bool | ssl.SSLContext:
    if settings.cafile is None:
        return settings.url.startswith("https:")
    if not Path(settings.cafile).is_file():
        raise EndpointError(Problem("the certificates of a server are not there", facts=(("cafile", settings.cafile),)))
    return ssl.create_default_context(cafile=settings.cafile)
