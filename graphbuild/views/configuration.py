"""GraphModelConfiguration: a view of a compiled Graph, with what Rasa says beside its schemas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from graphbuild.graph.graph import Graph
from graphbuild.halves import TrainingType, training_type
from graphbuild.views.schema import GraphSchema


@dataclass(frozen=True)
class GraphModelConfiguration:
    """What is trained, and what is used of it."""

    train_schema: GraphSchema
    predict_schema: GraphSchema
    training_type: TrainingType
    language: str | None = None
    targets: tuple[str, ...] = ()
    """The target groups that it was compiled for; all when empty."""

    @classmethod
    def of(cls, graph: Graph, targets: tuple[str, ...] = ()) -> Self:
        """The view of a graph."""
        schemas = GraphSchema.of_training(graph), GraphSchema.of_predicting(graph)
        return cls(*schemas, training_type(graph, targets), graph.language, targets)
