"""Real HTTP servers on the loopback, for what is asked over HTTP."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.assistant.runtime.bot_actions import served

Answer = Callable[[dict[str, Any]], tuple[int, Any]]


@contextmanager
def server(
    answer: Answer, seen: list[dict[str, Any]] | None = None, headers: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The URL of a server; `seen` gets what is asked: path, headers, body. Answers that are bytes are sent as such."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if seen is not None:
                seen.append({"path": self.path, "headers": dict(self.headers), "body": body})
            status, said = answer(body)
            data = said if isinstance(said, bytes) else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}/webhook"
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


@contextmanager
def action_server() -> Iterator[str]:
    """The bot's action server."""
    with server(served) as url:
        yield url
