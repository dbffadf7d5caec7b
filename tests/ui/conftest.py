"""Fixtures of the live page's tests: a server over a workspace of toys, asked over HTTP as a browser asks it."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from graphbuild.session import BuildRequest
from graphbuild.ui.app import make_app
from graphbuild.ui.desk import Desk, open_desk
from graphbuild.web.server import open_socket
from tests.conftest import Workspace
from tests.toys import LOG_VARIABLE

RECIPE = """
nodes:
  read:  {uses: "tests.toys:ReadText", reads: [a.txt], with: {tag: read}}
  line:  {uses: "tests.toys:FirstLine", needs: {text: read}, with: {tag: line}}
  steps: {uses: "tests.ui.stepping:Steps", needs: {text: line}, with: {tag: steps, gate: "%s"}}
  fail:  {uses: "tests.toys:Fail", needs: {text: line}, with: {tag: fail, when: "%s"}}
  after: {uses: "tests.toys:Upper", needs: {text: fail}, with: {tag: after}}
targets: {all: [steps, after]}
"""


class Live:
    """A server that runs, and a client that has its cookie."""

    def __init__(self, request: BuildRequest) -> None:
        self.socket = open_socket("127.0.0.1", 0)
        self.desk: Desk = open_desk(request, self.socket.getsockname()[1])
        self.base = f"http://127.0.0.1:{self.desk.port}"
        config = uvicorn.Config(make_app(self.desk), log_config=None, lifespan="on", http="h11", ws="none")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        self.client = httpx.Client(base_url=self.base, timeout=60)
        assert self.client.get("/", params={"token": self.desk.token}).status_code == 200

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self.socket]))

    def get(self, path: str, **params: str) -> Any:
        """What an answer says."""
        answer = self.client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> httpx.Response:
        return self.client.post(path, json={} if body is None else body)

    def follow(self, until: Callable[[dict[str, Any]], bool], last: str | None = None) -> list[dict[str, Any]]:
        """News from now on, with the state as the first of them, up to the first of a kind."""
        heads = {"last-event-id": last} if last else {}
        found: list[dict[str, Any]] = []
        with self.client.stream("GET", "/api/news", headers=heads) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            name = number = ""
            for line in stream.iter_lines():
                word, _, rest = line.partition(": ")
                if word == "event":
                    name = rest
                elif word == "id":
                    number = rest
                elif word == "data":
                    said = json.loads(rest)
                    for one in [{"what": "state", **said}] if name == "state" else said:
                        found.append({**one, "id": number})
                        if until(found[-1]):
                            return found
        return found

    def until_ended(self, last: str | None = None) -> list[dict[str, Any]]:
        """News up to the end of a build."""

        def is_over(one: dict[str, Any]) -> bool:
            build = one.get("build") if one["what"] == "state" else None
            return one.get("running") is False or bool(build and build["ended"] and not build["running"])

        return self.follow(is_over, last)

    def built(self, **asked: Any) -> dict[str, Any]:
        """A build, from its beginning to its end: what the state says of it then."""
        assert self.post("/api/build", asked).status_code == 200
        self.until_ended()
        state: dict[str, Any] = self.get("/api/document")["state"]
        return state["build"]

    def close(self) -> None:
        self._server.should_exit = True
        self.desk.scene.end()
        self._thread.join()
        self.client.close()
        self.socket.close()


class Toys(Workspace):
    """A project of toys: one takes steps, one fails while a file is there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gate, self.when = folder / "gate", folder / "when"
        self.write("a.txt", "one\ntwo\n")
        self.recipe(RECIPE % (self.gate, self.when))

    def close_gate(self) -> None:
        """The second step waits from now on."""
        os.mkfifo(self.gate)

    def open_gate(self) -> None:
        """It goes on."""
        self.gate.write_text("")
        self.gate.unlink()


@pytest.fixture
def toys_project(tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Toys:
    made = Toys(tmp_path / "toys")
    monkeypatch.setenv(LOG_VARIABLE, str(made.log))
    return made


@pytest.fixture
def live(toys_project: Toys) -> Iterator[Live]:
    made = Live(toys_project.request)
    yield made
    made.close()
