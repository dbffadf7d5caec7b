"""The server process: a socket, uvicorn on it, and an end by SIGTERM or Ctrl-C after what is being answered."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from graphbuild.errors import Problem, UsageError

_PATIENCE_S = 60
"""How long answers may take at the end."""
_HEAD_BYTES = 1 << 16
_BACKLOG = 2048


@dataclass(frozen=True)
class Certificate:
    """What HTTPS needs."""

    certificate: Path
    keyfile: Path | None = None
    password: str | None = None

    def check(self) -> None:
        """Raises UsageError where it cannot be used."""
        try:
            made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            made.load_cert_chain(self.certificate, self.keyfile, self.password)
        except (OSError, ValueError) as error:
            hint = "--ssl-certificate names a chain in PEM, --ssl-keyfile its key"
            raise UsageError(
                Problem(f"the certificate {self.certificate} cannot be used: {error}", hint=hint)
            ) from error


def open_socket(interface: str, port: int) -> socket.socket:
    """A socket that listens; on any free port for 0. Raises UsageError."""
    try:
        (family, _, _, _, address), *_ = socket.getaddrinfo(
            interface, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        made = socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        hint = "-p names another port, -i another interface; 0 is any free port"
        what = f"cannot listen on {interface}, port {port}: {error.strerror or error}"
        raise UsageError(Problem(what, hint=hint)) from error
    made.setblocking(False)
    return made


def is_loopback(opened: socket.socket) -> bool:
    """Whether this machine alone reaches a socket."""
    return ipaddress.ip_address(opened.getsockname()[0].partition("%")[0]).is_loopback


def address_of(opened: socket.socket, certificate: Certificate | None = None) -> str:
    """The URL that a socket is reached by."""
    host, port = opened.getsockname()[:2]
    return f"http{'s' if certificate else ''}://{f'[{host}]' if ':' in host else host}:{port}"


def serve(
    app: Starlette,
    opened: socket.socket,
    end_work: Callable[[], Awaitable[None]],
    certificate: Certificate | None = None,
) -> None:
    """Answers until SIGTERM or SIGINT; then what is being answered is answered.

    `end_work`: stops what answers wait for, such as trainings.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_HEAD_BYTES,
        timeout_graceful_shutdown=_PATIENCE_S,
        ssl_certfile=certificate.certificate if certificate else None,
        ssl_keyfile=certificate.keyfile if certificate else None,
        ssl_keyfile_password=certificate.password if certificate else None,
    )
    server = _Server(config, end_work)

    def end(number: int, frame: FrameType | None) -> None:
        server.handle_exit(number, frame)

    # Uvicorn raises the signal again when all is done, for those who had a handler before: it has done its work then.
    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        asyncio.run(server.serve(sockets=[opened]))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, end_work: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._end_work = end_work

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before others are waited for: they may wait for a training.
        ending = asyncio.ensure_future(self._end_work())
        await super().shutdown(sockets)
        await ending
