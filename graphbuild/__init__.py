"""graphbuild: the build system for conversational assistants.

The names below are loaded when they are first used, so that `import graphbuild` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphbuild.agent import Agent
    from graphbuild.assistant.dialogue.fingerprints import ActionFingerprint, create_action_fingerprints
    from graphbuild.builder import BuildReport, build, plan
    from graphbuild.explaining import explain
    from graphbuild.session import BuildRequest
    from graphbuild.training import TrainingResult, train, train_core, train_nlu

__all__ = [
    "ActionFingerprint",
    "Agent",
    "BuildReport",
    "BuildRequest",
    "TrainingResult",
    "build",
    "create_action_fingerprints",
    "explain",
    "plan",
    "train",
    "train_core",
    "train_nlu",
]

_HOMES = {
    "ActionFingerprint": "assistant.dialogue.fingerprints",
    "Agent": "agent",
    "BuildReport": "builder",
    "BuildRequest": "session",
    "TrainingResult": "training",
    "build": "builder",
    "create_action_fingerprints": "assistant.dialogue.fingerprints",
    "explain": "explaining",
    "plan": "builder",
    "train": "training",
    "train_core": "training",
    "train_nlu": "training",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'graphbuild' has no attribute {name!r}")
    return getattr(importlib.import_module(f"graphbuild.{_HOMES[name]}"), name)
