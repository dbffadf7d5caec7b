"""Builds: those that the page starts, one at a time, each in a thread of this process."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from graphbuild.background import in_thread, stop_here
from graphbuild.builder import build
from graphbuild.errors import ExitCode, GraphbuildError, Problem
from graphbuild.inspecting import builds
from graphbuild.looking import built
from graphbuild.plan.plan import Plan
from graphbuild.report.page.document import page_document
from graphbuild.session import BuildRequest
from graphbuild.ui.following import Following, problem_rows
from graphbuild.ui.plans import Plans
from graphbuild.ui.scene import Plain, Scene
from graphbuild.web.refused import Refused

_LOG = logging.getLogger(__name__)
_EVERY_S: Final = 1.0
"""How often the time left is told anew."""


@dataclass
class Builds:
    """What runs, if anything does."""

    scene: Scene
    plans: Plans
    _number: int = 0
    _running: asyncio.Task[None] | None = None
    _is_ending: bool = False

    @property
    def is_running(self) -> bool:
        """Whether a build runs."""
        return self._running is not None and not self._running.done()

    def begin(self, request: BuildRequest) -> int:
        """Begins a build. Raises Refused while another one runs."""
        if self.is_running or self._is_ending:
            raise Refused(HTTPStatus.CONFLICT, "a build runs already: stop it, or wait for its end")
        self._number += 1
        self.plans.is_held = True
        self.scene.begin_build(
            {
                "number": self._number,
                "running": True,
                "stopping": False,
                "began": time.time(),
                "targets": list(request.targets),
                "force": request.force,
                "jobs": request.jobs,
                "keep_going": request.keep_going,
                "due": None,
                "done": 0,
                "left": None,
            }
        )
        self._running = asyncio.create_task(self._run(request))
        return self._number

    def stop(self) -> None:
        """Ends the build that runs as if it were interrupted. Raises Refused where none does."""
        if self._running is None or self._running.done():
            raise Refused(HTTPStatus.CONFLICT, "no build runs")
        build = self.scene.state["build"]
        if not build["stopping"] and build["ended"] is None:
            self.scene.tell_build(stopping=True)
            self._running.cancel()

    async def end(self) -> None:
        """Stops the build that runs, and begins none any more."""
        self._is_ending = True
        if self._running is not None and not self._running.done():
            self.scene.tell_build(stopping=True)
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    async def _run(self, request: BuildRequest) -> None:
        following = Following(self.scene, request)
        before, telling = None, asyncio.create_task(_tell_time(following))
        try:
            before = await self._newest(request)
            await in_thread(lambda: build(request, following, stop_here()))
        except asyncio.CancelledError:
            # Stopped, and told how far it came; unless that was before it began.
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
        except GraphbuildError as error:
            self._break_off(int(error.exit_code), problem_rows(error.problems))
        except Exception as error:  # noqa: BLE001 - whatever it is, who looks is told, and the page goes on
            _LOG.exception("the build failed")
            what = f"internal error: {type(error).__name__}: {error}"
            self._break_off(int(ExitCode.FAILED), problem_rows((Problem(what),)))
        finally:
            telling.cancel()
        if self.scene.state["build"]["ended"] is None:
            self._break_off(int(ExitCode.INTERRUPTED), problem_rows((Problem("stopped before anything ran"),)))
        version = None
        try:
            if not self._is_ending:
                version = await self._look_back(request, before, following.plan)
        finally:
            self.plans.is_held = False
            self.scene.tell_build(
                running=False, stopping=False, version=self.scene.dated()[0] if version is None else version
            )

    def _break_off(self, code: int, problems: list[Plain]) -> None:
        words = problems[0]["what"].splitlines()[0] if problems else "the build failed"
        self.scene.tell_build(
            left=None,
            ended={
                "code": code,
                "summary": f"failed: {words}",
                "package": None,
                "is_new_package": False,
                "wall_s": None,
                "problems": problems,
                "build": None,
            },
        )

    async def _newest(self, request: BuildRequest) -> str | None:
        with contextlib.suppress(GraphbuildError):
            heads = (await asyncio.to_thread(builds, request)).heads
            return heads[0].id if heads else None
        return None

    async def _look_back(self, request: BuildRequest, before: str | None, plan: Plan | None) -> int:
        """Shows the build as it is remembered; one that had nothing to do left no record, and the plan is shown.

        The version of the document that goes with how the build ended: another one may have come for what was saved.
        """
        self.plans.is_held = False
        newest = await self._newest(request)
        ended = self.scene.state["build"]["ended"]
        if newest is not None and newest != before:
            with contextlib.suppress(GraphbuildError):
                sight = await asyncio.to_thread(built, request, newest)
                self.scene.tell_build(ended={**ended, "build": newest} if ended else None)
                self.scene.show(page_document(sight.graph, sight.facts, sight.components), "build")
                version, _ = self.scene.dated()
                await self.plans.look(built=plan)
                return version
        self.plans.forget()
        await self.plans.look()
        return self.scene.dated()[0]


async def _tell_time(following: Following) -> None:
    while True:
        await asyncio.sleep(_EVERY_S)
        following.tell_time()
