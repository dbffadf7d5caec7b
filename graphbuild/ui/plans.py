"""Plans: what a build would do, looked at again and again, and shown when it is another one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from graphbuild.errors import GraphbuildError
from graphbuild.graph.graph import Graph, NodeId
from graphbuild.looking import sight_of
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan
from graphbuild.report.page.document import page_document
from graphbuild.session import BuildRequest, open_session
from graphbuild.ui.following import problem_rows
from graphbuild.ui.scene import Plain, Scene

_PAUSE_S: Final = 1.5
_SHARE: Final = 5
"""So many times as long as looking took, nothing is looked at."""


@dataclass
class Plans:
    """Looks at the files of a project, as a build would."""

    request: BuildRequest
    scene: Scene
    is_held: bool = False
    """Whether something else is to be seen: a build runs."""
    took_s: float = 0.0
    _graph: Graph | None = None
    _decisions: Mapping[NodeId, Decision] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def pause_s(self) -> float:
        """How long to wait before looking again."""
        return max(_PAUSE_S, _SHARE * self.took_s)

    async def look(self, *, built: Plan | None = None) -> None:
        """Shows the plan where it is another one than before, or what is wrong.

        `built`: of a build that is shown; that stays, unless files were saved since it was planned.
        """
        async with self._one:
            try:
                document = await asyncio.to_thread(self._look, built)
            except GraphbuildError as error:
                self.forget()  # once it can be read again it is shown again
                if not self.is_held:
                    self.scene.tell_wrong(problem_rows(error.problems))
                return
            if self.is_held:
                self.forget()
                return
            self.scene.tell_wrong([])
            if document is not None:
                self.scene.show(document, "plan")

    def forget(self) -> None:
        """The next plan is shown, whatever it is."""
        self._graph = None

    def _look(self, built: Plan | None) -> Plain | None:
        began = time.perf_counter()
        with open_session(self.request) as opened:
            plan = opened.planner().plan()
            self.took_s = time.perf_counter() - began
            if self._graph == plan.graph and self._decisions == plan.decisions:
                return None
            sight = sight_of(plan, opened.store, opened.project)
        self._graph, self._decisions = plan.graph, plan.decisions
        if built is not None and not _is_outdated(built, plan):
            return None
        return page_document(sight.graph, sight.facts, sight.components)


def _is_outdated(built: Plan, now: Plan) -> bool:
    """Whether files were saved since a build was planned, and there is something to do for them."""
    if now.count(Verdict.HIT) == len(now.decisions):
        return False
    common = built.graph.nodes.keys() & now.graph.nodes.keys()
    return any(
        built.graph.nodes[one] != now.graph.nodes[one] or built.sources.get(one) != now.sources.get(one)
        for one in common
    )
