"""A proxy before a server that does to requests what networks and servers do: drops, stalls, cuts off, lies."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOP = ("connection", "transfer-encoding", "keep-alive", "date", "server", "content-length")


class FaultProxy:
    """`fault` is asked for each request, by method and path, what is done to it: None for nothing, or

    drop, stall, truncate, garbage, double, or a number for a status.
    """

    def __init__(self, host: str, port: int, fault: Callable[[str, str], str | int | None] = lambda *_: None) -> None:
        self.upstream = (host, port)
        self.fault = fault
        self.requests: list[tuple[str, str]] = []
        self.body_bytes = 0
        """Of all answers."""
        self.released = threading.Event()
        self._guard = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"proxy": self}))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def note(self, method: str, path: str) -> None:
        """A request came."""
        with self._guard:
            self.requests.append((method, path))

    def count(self, size: int) -> None:
        """An answer goes back."""
        with self._guard:
            self.body_bytes += size

    def close(self) -> None:
        """Ends it, and what stalls."""
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    protocol_version = "HTTP/1.1"

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.proxy.note(self.command, self.path)
        fault = self.proxy.fault(self.command, self.path)
        if fault == "stall":
            self.proxy.released.wait(60)
        if fault in ("drop", "stall"):
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if isinstance(fault, int):
            self._answer(fault, {}, b"")
            return
        if fault == "garbage":
            self._answer(200, {}, b"\x00garbage\xff" * 500)
            return
        status, headers, found = self._asked(body)
        if fault == "double":
            found += found
        if fault == "truncate" and self.command == "GET":
            self._answer(status, headers, found, cut=len(found) // 2)
            return
        self._answer(status, headers, found)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass_on  # noqa: N815
    do_MKCOL = do_PROPFIND = do_OPTIONS = do_MOVE = _pass_on  # noqa: N815

    def _asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(*self.proxy.upstream, timeout=60)
        try:
            connection.request(self.command, self.path, body or None, dict(self.headers.items()))
            answer = connection.getresponse()
            found = answer.read()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in HOP}
            if self.command == "HEAD":
                headers["Content-Length"] = answer.getheader("Content-Length") or "0"
            return answer.status, headers, found
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes, cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            sent = body if cut is None else body[:cut]
            self.wfile.write(sent)
            self.proxy.count(len(sent))
        if cut is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002
        """Says nothing."""
