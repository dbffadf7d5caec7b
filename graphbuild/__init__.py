"""graphbuild: the build system for conversational assistants.

The names below are loaded when they are first used, so that `import graphbuild` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphbuild.agent import Agent
    from graphbuild.assistant.data.stories import StoryGraph
    from graphbuild.assistant.data.training_data import TrainingData
    from graphbuild.assistant.dialogue.fingerprints import ActionFingerprint, create_action_fingerprints
    from graphbuild.assistant.rasa_style.nlu import DenseFeaturizer, SparseFeaturizer
    from graphbuild.assistant.rasa_style.policy import MaxHistoryTrackerFeaturizer, Policy
    from graphbuild.builder import BuildReport, build, plan
    from graphbuild.explaining import explain
    from graphbuild.halves import TrainingType
    from graphbuild.outcomes import FingerprintComparison, TrainingNotice, TrainingResult, dry_run_result
    from graphbuild.session import BuildRequest
    from graphbuild.training import (
        handle_domain_if_not_exists,
        train,
        train_async,
        train_core,
        train_core_async,
        train_nlu,
        train_nlu_async,
    )
    from graphbuild.views.cache import TrainingCache
    from graphbuild.views.configuration import GraphModelConfiguration
    from graphbuild.views.domain import Domain
    from graphbuild.views.importer import TrainingDataImporter
    from graphbuild.views.metadata import ModelMetadata
    from graphbuild.views.schema import GraphSchema, SchemaNode
    from graphbuild.views.status import FingerprintStatus
    from graphbuild.views.storage import ModelStorage, Resource
    from graphbuild.views.trainer import GraphRunner, GraphTrainer, ParallelGraphRunner

__all__ = [
    "ActionFingerprint",
    "Agent",
    "BuildReport",
    "BuildRequest",
    "DenseFeaturizer",
    "Domain",
    "FingerprintComparison",
    "FingerprintStatus",
    "GraphModelConfiguration",
    "GraphRunner",
    "GraphSchema",
    "GraphTrainer",
    "MaxHistoryTrackerFeaturizer",
    "ModelMetadata",
    "ModelStorage",
    "ParallelGraphRunner",
    "Policy",
    "Resource",
    "SchemaNode",
    "SparseFeaturizer",
    "StoryGraph",
    "TrainingCache",
    "TrainingData",
    "TrainingDataImporter",
    "TrainingNotice",
    "TrainingResult",
    "TrainingType",
    "build",
    "create_action_fingerprints",
    "dry_run_result",
    "explain",
    "handle_domain_if_not_exists",
    "plan",
    "train",
    "train_async",
    "train_core",
    "train_core_async",
    "train_nlu",
    "train_nlu_async",
]

_HOMES = {
    "ActionFingerprint": "assistant.dialogue.fingerprints",
    "Agent": "agent",
    "BuildReport": "builder",
    "BuildRequest": "session",
    "DenseFeaturizer": "assistant.rasa_style.nlu",
    "Domain": "views.domain",
    "FingerprintComparison": "outcomes",
    "FingerprintStatus": "views.status",
    "GraphModelConfiguration": "views.configuration",
    "GraphRunner": "views.trainer",
    "GraphSchema": "views.schema",
    "GraphTrainer": "views.trainer",
    "MaxHistoryTrackerFeaturizer": "assistant.rasa_style.policy",
    "ModelMetadata": "views.metadata",
    "ModelStorage": "views.storage",
    "ParallelGraphRunner": "views.trainer",
    "Policy": "assistant.rasa_style.policy",
    "Resource": "views.storage",
    "SchemaNode": "views.schema",
    "SparseFeaturizer": "assistant.rasa_style.nlu",
    "StoryGraph": "assistant.data.stories",
    "TrainingCache": "views.cache",
    "TrainingData": "assistant.data.training_data",
    "TrainingDataImporter": "views.importer",
    "TrainingNotice": "outcomes",
    "TrainingResult": "outcomes",
    "TrainingType": "halves",
    "build": "builder",
    "create_action_fingerprints": "assistant.dialogue.fingerprints",
    "dry_run_result": "outcomes",
    "explain": "explaining",
    "handle_domain_if_not_exists": "training",
    "plan": "builder",
    "train": "training",
    "train_async": "training",
    "train_core": "training",
    "train_core_async": "training",
    "train_nlu": "training",
    "train_nlu_async": "training",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'graphbuild' has no attribute {name!r}")
    return getattr(importlib.import_module(f"graphbuild.{_HOMES[name]}"), name)
