"""Opening: the assistant that is talked to. Its conversations are in memory; what is taught is in the journal."""

from __future__ import annotations

from pathlib import Path

from graphbuild.agent import Agent
from graphbuild.assistant.runtime.tracker_store import MemoryTrackerStore
from graphbuild.errors import Problem, UsageError

ENDPOINTS = "endpoints.yml"


def open_agent(model: Path, project: Path, endpoints: str | None) -> Agent:
    """The assistant of a package. `endpoints`: a file of the project, endpoints.yml by default if it is there.

    Raises UsageError where it does nothing, and as Agent.load does.
    """
    named = project / (endpoints or ENDPOINTS)
    is_there = endpoints is not None or named.is_file()
    agent = Agent.load(model, project, endpoints=named if is_there else None, store=MemoryTrackerStore())
    if agent.processor.domain.is_empty:
        hint = "train both halves, or name a package of both: --model FILE"
        raise UsageError(Problem("this model was trained without policies: there is nothing to talk to", hint=hint))
    return agent
