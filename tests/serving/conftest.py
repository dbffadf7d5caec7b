"""Fixtures of the server's tests: the application over the sample assistant, and a client that asks it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from graphbuild.serving.app import make_app
from graphbuild.serving.desk import Desk
from graphbuild.serving.served import Served
from graphbuild.serving.settings import ServerSettings
from graphbuild.serving.trainings import Trainings
from tests.trained import Trained


class Server:
    """The application, asked as over HTTP, in a loop of its own."""

    def __init__(self, settings: ServerSettings, package: Path | None) -> None:
        self.served = Served(settings.project, settings.endpoints)
        self.trainings = Trainings(settings.project, settings.models, settings.store, settings.most_trainings)
        self.desk = Desk(settings, self.served, self.trainings)
        self.runner = asyncio.Runner()
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(make_app(self.desk)), base_url="http://localhost:5005"
        )
        if package is not None:
            self.runner.run(self._begin(package))

    async def _begin(self, package: Path) -> None:
        self.served.begin(package)

    def ask(self, method: str, path: str, json: Any = None, **more: Any) -> httpx.Response:
        """One request, and its answer."""
        return self.runner.run(self.client.request(method, path, json=json, **more))

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> httpx.Response:
        return self.ask("POST", path, json, **more)

    def say(self, text: str, sender: str = "ann") -> list[dict[str, Any]]:
        """What the assistant says to a text."""
        answer = self.post("/webhooks/rest/webhook", {"sender": sender, "message": text})
        assert answer.status_code == 200, answer.text
        said: list[dict[str, Any]] = answer.json()
        return said

    def close(self) -> None:
        async def closed() -> None:
            await self.client.aclose()
            await self.desk.end()

        self.runner.run(closed())
        self.runner.close()


class Servers:
    """Makes servers; closes them at the end."""

    def __init__(self, folder: Path, package: Path) -> None:
        self.folder, self.package = folder, package
        self.made: list[Server] = []

    def make(self, package: Path | None = None, *, is_empty: bool = False, **settings: Any) -> Server:
        """A server with the API, over the sample assistant unless another package is named, or none."""
        package = package or self.package
        said = ServerSettings(self.folder, models=self.package.parent, enables_api=True)
        self.made.append(Server(replace(said, **settings), None if is_empty else package))
        return self.made[-1]


@pytest.fixture
def servers(trained: Trained, tmp_path: Path) -> Iterator[Servers]:
    made = Servers(tmp_path, trained.package())
    yield made
    for one in made.made:
        one.close()


@pytest.fixture
def server(servers: Servers) -> Server:
    return servers.make()
