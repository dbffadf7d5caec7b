"""Looking back: the builds of a request's recipe that the store remembers. Compiles nothing, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from graphbuild.errors import Problem, StoreError, UsageError
from graphbuild.graph.graph import NodeId
from graphbuild.history.compare import Difference, compare
from graphbuild.history.read import (
    LAST,
    ReadBuilds,
    ScopeOf,
    build_before,
    find_build,
    other_scopes,
    read_builds,
    read_many,
    scope_with,
)
from graphbuild.history.record import BuildHead, BuildRecord
from graphbuild.session import BuildRequest, open_store_of, purpose_of, scope_of
from graphbuild.store.interface import Store


def builds(request: BuildRequest) -> ReadBuilds:
    """All builds that are remembered, the newest first."""
    with _opened(request) as store:
        return read_builds(store, _scope(request))


def all_builds(request: BuildRequest) -> ReadBuilds:
    """The same with those of evaluations, comparisons, drawings of stories, and other recipes of the project."""
    with _opened(request) as store:
        own = _scope(request)
        return read_many(store, [own, *other_scopes(store, _scope_of(request), own)])


def other_builds(request: BuildRequest) -> int:
    """How many builds of the project `all_builds` has beside those of the recipe."""
    with _opened(request) as store:
        return sum(len(store.builds.records(one)) for one in other_scopes(store, _scope_of(request), _scope(request)))


def build_named(request: BuildRequest, name: str) -> BuildRecord:
    """One build, whole: see `find_build`; also one of those that `all_builds` lists. Raises UsageError, StoreError."""
    with _opened(request) as store:
        return find_build(store, _scope_with(store, request, name), name)


def build_earlier(request: BuildRequest, build: BuildHead) -> BuildRecord | None:
    """The build before one."""
    with _opened(request) as store:
        return build_before(store, _scope_with(store, request, build.id), build)


def endings(request: BuildRequest, name: str = LAST) -> dict[NodeId, str]:
    """What a build did to each of its nodes; nothing where there is no such build."""
    try:
        return {node_id: node.ending.value for node_id, node in build_named(request, name).nodes.items()}
    except (UsageError, StoreError):
        return {}


def difference(request: BuildRequest, old: str, new: str | None = None) -> Difference:
    """In what build `new` differs from build `old`; with one, in what that differs from the build before it.

    Raises UsageError, StoreError.
    """
    with _opened(request) as store:
        scope = _scope_with(store, request, old)
        first = find_build(store, scope, old)
        if new is not None:
            return compare(store, first, find_build(store, _scope_with(store, request, new), new))
        before = build_before(store, scope, first)
        if before is None:
            raise UsageError(Problem(f"there is no build before {first.id} to compare it with"))
        return compare(store, before, first)


@contextmanager
def _opened(request: BuildRequest) -> Iterator[Store]:
    store = open_store_of(request)
    try:
        yield store
    finally:
        store.close()


def _scope(request: BuildRequest) -> str:
    return scope_of(request.project, request.recipe, purpose_of(request))


def _scope_of(request: BuildRequest) -> ScopeOf:
    return partial(scope_of, request.project)


def _scope_with(store: Store, request: BuildRequest, name: str) -> str:
    return scope_with(store, _scope_of(request), _scope(request), name)
