"""What a build would do with a recipe that is not saved: its plan as a page, beside the plan of what is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphbuild.errors import GraphbuildError, Problem
from graphbuild.looking import Sight, compared, planned
from graphbuild.plan.decision import Verdict
from graphbuild.recipe.layer import Given
from graphbuild.report.comparison import Change, Comparison
from graphbuild.report.page.document import page_document
from graphbuild.session import BuildRequest, compile_given

_SAVED = "the saved recipe"


@dataclass(frozen=True)
class Summary:
    """A plan in few words. Nodes are named as recipes name them, each once."""

    nodes: int
    """Of the graph: a node that learns counts twice."""
    runs: tuple[str, ...]
    pending: tuple[str, ...]
    """Decided when what they need has run."""
    n_runs: int
    n_pending: int
    expected_s: float
    """By earlier builds, of what runs and whose time is known."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    packaged: tuple[str, ...] = ()
    """Nodes that run only when the package is used, and are other ones in it: nothing runs for them."""


@dataclass(frozen=True)
class Preview:
    """What a build would do, or why it would not begin."""

    problems: tuple[Problem, ...] = ()
    document: dict[str, Any] | None = None
    """For the page; None where there are problems."""
    summary: Summary | None = None
    is_compared: bool = False
    """Whether what is saved can be built, so that there is something to compare with."""
    notices: tuple[Problem, ...] = field(default=())


def previewed(request: BuildRequest, given: Given) -> Preview:
    """The preview of some texts in place of files."""
    try:
        graph = compile_given(request, given)
        sight = planned(request, graph)
    except GraphbuildError as error:
        return Preview(error.problems)
    saved = _saved(request)
    comparison = compared(sight, saved, _SAVED) if saved is not None else None
    shown = comparison.graph if comparison is not None else sight.graph
    components = {**(saved.components if saved is not None else {}), **sight.components}
    document = page_document(shown, sight.facts, components, comparison)
    return Preview((), document, _summary(sight, saved, comparison), saved is not None, graph.notices)


def _saved(request: BuildRequest) -> Sight | None:
    try:
        return planned(request)
    except GraphbuildError:
        return None  # what is saved cannot be built


def _summary(sight: Sight, saved: Sight | None, comparison: Comparison | None) -> Summary:
    names = {node_id: node.name for node_id, node in sight.graph.nodes.items()}
    outcomes = {node_id: facts.outcome for node_id, facts in sight.facts.nodes.items()}
    runs = [node_id for node_id, outcome in outcomes.items() if outcome == Verdict.RUN]
    pending = [node_id for node_id, outcome in outcomes.items() if outcome == Verdict.PENDING]
    seconds = (sight.facts.nodes[node_id].seconds for node_id in runs)

    def changed(what: Change) -> tuple[str, ...]:
        if comparison is None:
            return ()
        found = (node_id for node_id, change in comparison.changes.items() if change is what)
        return _once(comparison.graph.nodes[node_id].name for node_id in found)

    return Summary(
        nodes=len(names),
        runs=_once(names[one] for one in runs),
        pending=_once(names[one] for one in pending),
        n_runs=len(runs),
        n_pending=len(pending),
        expected_s=sum(one for one in seconds if one is not None),
        added=changed(Change.ADDED),
        removed=changed(Change.REMOVED),
        changed=changed(Change.CHANGED),
        packaged=_packaged(sight, saved) if saved is not None else (),
    )


def _packaged(sight: Sight, saved: Sight) -> tuple[str, ...]:
    """Nodes of use alone that the package has otherwise than that of what is saved."""
    before, after = saved.graph.predict, sight.graph.predict
    built = {*sight.graph.nodes, *saved.graph.nodes}
    other = [one for one in {**before, **after} if one not in built and before.get(one) != after.get(one)]
    return _once((after.get(one) or before[one]).name for one in other)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
