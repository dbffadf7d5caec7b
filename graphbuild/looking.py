"""Looking at a build: gathers what a page shows of a plan, of a build that is over, or of two of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from graphbuild.contract.digest import Digest
from graphbuild.contract.loading import load_class
from graphbuild.contract.options import default_of
from graphbuild.errors import GraphbuildError, StoreError
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.history.read import find_build, read_build, read_builds, scope_with
from graphbuild.history.record import BuildRecord
from graphbuild.plan.plan import Plan
from graphbuild.report.comparison import Comparison, compare
from graphbuild.report.page.facts import BuildFacts, ComponentFacts, Told, facts_of_build, facts_of_plan
from graphbuild.session import BuildRequest, open_session, open_store_of, purpose_of, scope_of
from graphbuild.store.interface import Store

_EARLIER = 8
"""So many builds before one are read for how long its nodes took then."""


@dataclass(frozen=True)
class Sight:
    """A graph, and what is known of its nodes."""

    graph: Graph
    facts: BuildFacts
    components: Mapping[str, ComponentFacts]


def planned(request: BuildRequest, graph: Graph | None = None) -> Sight:
    """The graph as it is now (or another one of this recipe), and what a build would do.

    Raises RecipeError, DataError, StoreError.
    """
    with open_session(request, graph) as opened:
        return sight_of(opened.planner().plan(), opened.store, opened.project)


def sight_of(plan: Plan, store: Store, project: Path) -> Sight:
    """A plan that is made already."""
    keys = [one.key for one in plan.decisions.values() if one.key is not None]
    results = store.actions.lookup(keys, asks=False)
    made = {digest for result in results.values() for digest in result.outputs.values()}
    facts = facts_of_plan(plan, results, store.blobs.sizes(made))
    return Sight(plan.graph, facts, components_of(plan.graph, project))


def built(request: BuildRequest, name: str) -> Sight:
    """A build that is over: see `history.read.find_build`. Raises UsageError, StoreError."""
    store = open_store_of(request)
    try:
        own = scope_of(request.project, request.recipe, purpose_of(request))
        scope = scope_with(store, partial(scope_of, request.project), own, name)
        record = find_build(store, scope, name)
        facts = facts_of_build(record, _before(store, scope, record))
    finally:
        store.close()
    return Sight(record.graph, facts, components_of(record.graph, request.project.resolve()))


def compared(sight: Sight, other: Sight, name: str) -> Comparison:
    """What is otherwise than in another sight; of two builds also whose data is."""
    before, after = _outputs(other.facts), _outputs(sight.facts)
    if before is None or after is None:
        return compare(other.graph, sight.graph, name)
    return compare(other.graph, sight.graph, name, before, after)


def components_of(graph: Graph, project: Path) -> dict[str, ComponentFacts]:
    """What the components of a graph say of themselves; those that can no longer be loaded say nothing."""
    found = {}
    for node in graph.nodes.values():
        if node.uses in found:
            continue
        try:
            component = load_class(node.reference, project if node.uses == node.reference else None)
        except GraphbuildError:
            continue
        options = fields(component.Config)
        found[node.uses] = ComponentFacts(
            says=(component.__doc__ or "").strip().partition("\n")[0],
            defaults={one.name: default_of(one) for one in options},
            help={one.name: one.metadata["help"] for one in options if one.metadata.get("help")},
        )
    return found


def _before(store: Store, scope: str, build: BuildRecord) -> list[BuildRecord]:
    ids = [head.id for head in read_builds(store, scope).heads]
    found = []
    for one in ids[ids.index(build.id) + 1 :][:_EARLIER]:
        try:
            found.append(read_build(store, scope, one))
        except StoreError:
            continue
    return found


def _outputs(facts: BuildFacts) -> dict[NodeId, Mapping[str, Digest]] | None:
    """What nodes made, where it is a build that is over."""
    if facts.told is not Told.BUILD:
        return None
    return {node_id: {port: one.digest for port, one in node.outputs.items()} for node_id, node in facts.nodes.items()}
