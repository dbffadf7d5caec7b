"""Agent: a trained assistant to talk to. Names are those of Rasa's Agent.

agent = Agent.load("models")
agent.parse("hello")                      # a dict of Rasa's shape
await agent.parse_message("hello")
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from graphbuild.assistant.runtime.model import Model
from graphbuild.assistant.runtime.trained import TrainedModel
from graphbuild.package.find import find_package
from graphbuild.package.program import load_program


class Agent:
    """An assistant, loaded from a package."""

    def __init__(self, model: Model, path: Path | None = None) -> None:
        self.model = model
        self.path = path
        """The package that it was loaded from."""

    @classmethod
    def load(cls, model: str | Path, project: str | Path | None = None) -> Agent:
        """The assistant of a package, or of the newest one in a folder. Executes nothing of the package.

        `project`: the folder that components of the project's own are imported from, the current one by default;
        they must be the code that the package was made with. Raises UsageError where there is no package,
        PackageError for one that cannot be used here, GraphbuildError for one that is damaged.
        """
        path = find_package(Path(model))
        return cls(load_model(path, Path(project) if project is not None else None), path)

    def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a text: intent, ranking, entities, responses; a dict of Rasa's shape."""
        (found,) = self.model.parse([text])
        return found

    def parse_all(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The same of many texts at once, which is faster than one by one."""
        return self.model.parse(texts)

    async def parse_message(self, message_data: str) -> dict[str, Any]:
        """`parse`, as Rasa's Agent has it; the loop goes on meanwhile."""
        return await asyncio.to_thread(self.parse, message_data)


def load_model(path: Path, project: Path | None = None) -> TrainedModel:
    """What was trained, out of a package, with all states decoded. Raises as `Agent.load` does."""
    model = TrainedModel(load_program(path, project))
    model.warm()
    return model
