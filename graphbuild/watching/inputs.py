"""What a build reads, as a value: to tell whether files that were saved while it runs change it, and which nodes."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.graph.graph import Graph, NodeId
from graphbuild.plan.sources import Sources, SourceState
from graphbuild.session import BuildRequest, Session, open_session


@dataclass(frozen=True)
class Inputs:
    """The graph, and the state of every source."""

    graph: Graph
    sources: Mapping[NodeId, SourceState]
    stamp: Mapping[str, Any] = field(default_factory=dict)
    """What the compiled graph depends on (graph.stamp), where that is kept."""

    @property
    def modules(self) -> list[str]:
        """The modules that nodes reach."""
        return [file for file in self.stamp.get("files", ()) if file.endswith(".py")]

    def files(self, session: Session) -> set[str]:
        """All files that count, as absolute paths."""
        labels = {label for node in self.graph.nodes.values() if node.source is not None for label in node.source.files}
        labels |= {label for state in self.sources.values() for label in state.others.values() if label is not None}
        return {*(str(session.project / label) for label in labels), *self.stamp.get("files", ())}

    def folders(self) -> set[str]:
        """Folders whose listing counts."""
        return set(self.stamp.get("folders", ()))

    def changed_since(self, before: Inputs) -> set[str]:
        """Files whose content is another one, relative to the project; of trees none is told."""
        return {
            node.source.files[0]
            for node_id, node in self.graph.nodes.items()
            if node.source is not None
            and node.source.root is None
            and self.sources.get(node_id) != before.sources.get(node_id)
        }

    def changed_for(self, now: Inputs, running: Collection[NodeId]) -> bool:
        """Whether the files no longer ask for what runs, nor, where nothing runs, for the build as it was begun."""
        asked = running or {*self.graph.nodes, *now.graph.nodes}
        same: dict[NodeId, bool] = {}
        for node_id, node in self.graph.nodes.items():
            other = now.graph.nodes.get(node_id)
            same[node_id] = (
                other is not None
                and (node.static, node.inputs, node.source, node.start)
                == (other.static, other.inputs, other.source, other.start)
                and self.sources.get(node_id) == now.sources.get(node_id)
                and all(same[edge.node] for edge in node.inputs)
            )
        return not all(same.get(one, False) for one in asked)


def inputs_of(session: Session) -> Inputs:
    """What a session would build from. Raises DataError for files that are gone."""
    sources = Sources(session.project, session.store.sources, session.store.memos)
    stamp = json.loads(session.kept.head)["stamp"] if session.kept is not None else {}
    return Inputs(session.graph, sources.states(session.graph.nodes.values()), stamp)


def inputs_now(request: BuildRequest) -> Inputs:
    """What a build that begins now would build from. Raises GraphbuildError."""
    with open_session(request) as opened:
        return inputs_of(opened)
