"""Served: the agent that a server answers with. It may give way to another one; conversations go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from graphbuild.agent import Agent, AgentSettings, load_model
from graphbuild.assistant.runtime.endpoints import Endpoints
from graphbuild.assistant.runtime.kept import Kept
from graphbuild.package.find import find_package
from graphbuild.web.refused import Refused

_NONE = "No agent loaded. To continue processing, a model of a trained agent needs to be loaded."


@dataclass
class _Loaded:
    """An agent, and how many requests are being answered with it."""

    agent: Agent
    users: int = 0
    is_replaced: bool = False


class Served:
    """The present agent, if there is one, and the conversations, which do not depend on it."""

    def __init__(self, project: Path, endpoints: Endpoints) -> None:
        """Raises StoreError where conversations cannot be kept."""
        self._project = project
        self._endpoints = endpoints
        self._kept = Kept(endpoints.tracker_store.open())
        self._now: _Loaded | None = None
        self._loading = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def agent(self) -> Agent | None:
        """The agent that requests are answered with now."""
        return self._now.agent if self._now is not None else None

    def begin(self, model: Path) -> Agent:
        """Loads the first package, before anybody is answered. Raises as `Agent.load` does."""
        self._replace(_Loaded(self._loaded(model)))
        assert self._now is not None
        return self._now.agent

    async def load(self, model: Path) -> None:
        """Loads a package in place of the present one, which answers meanwhile. Raises as `Agent.load` does."""
        async with self._loading:
            loaded = _Loaded(await asyncio.to_thread(self._loaded, model))
            self._replace(loaded)

    async def unload(self) -> None:
        """Answers nothing more until a package is loaded."""
        async with self._loading:
            self._replace(None)

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Agent]:
        """The agent, which stays until the end. Raises Refused where there is none."""
        one = self._now
        if one is None:
            raise Refused(HTTPStatus.CONFLICT, _NONE)
        one.users += 1
        try:
            yield one.agent
        finally:
            one.users -= 1
            self._close_if_free(one)

    async def close(self) -> None:
        """Lets go of the agent and of the conversations."""
        await self._kept.reminders.close()
        self._replace(None)
        if self._closing:
            await asyncio.wait(self._closing)
        await self._kept.store.close()

    def _loaded(self, model: Path) -> Agent:
        path = find_package(model)
        settings = AgentSettings(self._endpoints, kept=self._kept)
        agent = Agent(load_model(path, self._project), path, settings)
        assert agent.processor.kept is self._kept
        return agent

    def _replace(self, new: _Loaded | None) -> None:
        old, self._now = self._now, new
        self._kept.remind = new.agent.processor.remind if new is not None else None
        if old is not None:
            old.is_replaced = True
            self._close_if_free(old)

    def _close_if_free(self, one: _Loaded) -> None:
        if one.is_replaced and not one.users:
            task = asyncio.ensure_future(self._closed(one.agent))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _closed(self, agent: Agent) -> None:
        await self._kept.reminders.rest()  # some may be under way with it
        await agent.close(keeps=True)
