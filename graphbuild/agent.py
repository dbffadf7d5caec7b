"""Agent: a trained assistant to talk to. Names are those of Rasa's Agent.

agent = Agent.load("models", endpoints="endpoints.yml")
agent.parse("hello")                       # a dict of Rasa's shape
await agent.handle_text("hello", sender_id="me")
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from graphbuild.assistant.runtime.custom_actions import ActionFunction
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.endpoints import Endpoints, read_endpoints
from graphbuild.assistant.runtime.kept import Kept
from graphbuild.assistant.runtime.model import Model
from graphbuild.assistant.runtime.processor import SENDER, Processor
from graphbuild.assistant.runtime.tracker import Tracker
from graphbuild.assistant.runtime.tracker_store import TrackerStore
from graphbuild.assistant.runtime.trained import TrainedModel
from graphbuild.errors import UsageError
from graphbuild.package.find import find_package
from graphbuild.package.program import load_program


@dataclass(frozen=True)
class AgentSettings:
    """What an agent has beside what was trained."""

    endpoints: Endpoints = field(default_factory=Endpoints)
    actions: Mapping[str, ActionFunction] = field(default_factory=dict)
    """Functions for actions of the domain, by name; they go before an action server."""
    store: TrackerStore | None = None
    """Where conversations are kept; that of the endpoints where None."""
    seed: int | None = None
    """Of the choice among variations of a response."""
    kept: Kept | None = None
    """What conversations have already, instead of a store: this agent goes on with them."""


class Agent:
    """An assistant, loaded from a package, and its conversations."""

    def __init__(self, model: Model, path: Path | None = None, settings: AgentSettings | None = None) -> None:
        self.model = model
        self.path = path
        """The package that it was loaded from."""
        self._settings = settings or AgentSettings()
        self._processor: Processor | None = None

    @classmethod
    def load(
        cls,
        model: str | Path,
        project: str | Path | None = None,
        *,
        endpoints: str | Path | Endpoints | None = None,
        actions: Mapping[str, ActionFunction] | None = None,
        store: TrackerStore | None = None,
        seed: int | None = None,
    ) -> Self:
        """The assistant of a package, or of the newest one in a folder. Executes nothing of the package.

        `project`: the folder that components of the project's own are imported from, the current one by default;
        they must be the code that the package was made with. `endpoints`: an endpoints.yml, or what was read of one.
        Raises UsageError where there is no package, PackageError for one that cannot be used here, GraphbuildError for
        one that is damaged, DataError for wrong endpoints.
        """
        read = endpoints if isinstance(endpoints, Endpoints) else Endpoints()
        if isinstance(endpoints, str | Path):
            read = read_endpoints(endpoints)
        if not isinstance(model, str | Path):
            raise UsageError(f"`model` must be a path, not {type(model).__name__}")
        path = find_package(Path(model))
        settings = AgentSettings(read, dict(actions or {}), store, seed)
        return cls(load_model(path, Path(project) if project is not None else None), path, settings)

    @property
    def processor(self) -> Processor:
        """What its conversations go through. Raises StoreError where they cannot be kept."""
        if self._processor is None:
            given = self._settings
            responses = RunningDomain.of(self.model.domain).responses
            store = given.store
            if store is None and given.kept is None:
                store = given.endpoints.tracker_store.open()
            self._processor = Processor(
                self.model,
                store=store,
                kept=given.kept,
                responder=given.endpoints.responder(responses),
                actions=given.actions,
                action_server=given.endpoints.action_server(),
                stamp={"model_id": self.path.name.removesuffix(".tar.gz")} if self.path is not None else None,
                seed=given.seed,
            )
        return self._processor

    def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a text: intent, ranking, entities, responses; a dict of Rasa's shape."""
        (found,) = self.parse_all([text])
        return found

    def parse_all(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The same of many texts at once, which is faster than one by one. Raises UsageError for what is no text."""
        return self.model.parse([_text(one) for one in texts])

    async def parse_message(self, message_data: str) -> dict[str, Any]:
        """`parse`, as Rasa's Agent has it; the loop goes on meanwhile."""
        return await asyncio.to_thread(self.parse, message_data)

    async def handle_text(self, text_message: str | Mapping[str, Any], sender_id: str = SENDER) -> list[dict[str, Any]]:
        """The user says something; what the assistant says then, in parts as Rasa's REST channel answers.

        `text_message`: a text, or as in Rasa a mapping that has it as `text`. Raises UsageError for anything else, and
        where no policies were trained.
        """
        text = _text(text_message.get("text") if isinstance(text_message, Mapping) else text_message)
        if self.processor.domain.is_empty:
            raise UsageError("this model was trained without policies: it understands, and does nothing")
        return list((await self.processor.handle(text, sender_id)).messages)

    async def predict_next(self, sender_id: str = SENDER) -> dict[str, Any]:
        """What would be done next: scores, policy, confidence, tracker. Does nothing. Raises as `handle_text` does."""
        return await self.processor.predict_next(sender_id)

    async def tracker(self, sender_id: str = SENDER) -> Tracker:
        """A conversation so far."""
        return await self.processor.tracker(sender_id)

    async def close(self, *, keeps: bool = False) -> None:
        """Lets go of connections, threads and the store of conversations; the last one not with `keeps`."""
        if self._processor is not None:
            await self._processor.close(keeps=keeps)
            self._processor = None


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise UsageError(f"what is said must be a text, not {type(said).__name__}")
    return said


def load_model(path: Path, project: Path | None = None) -> TrainedModel:
    """What was trained, out of a package, with all states decoded. Raises as `Agent.load` does."""
    model = TrainedModel(load_program(path, project))
    model.warm()
    return model
