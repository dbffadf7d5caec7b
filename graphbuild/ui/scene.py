"""Scene: what there is to see now, and the news of it. Safe for threads; knows no build, no store and no HTTP.

Whoever comes late gets the whole state, and the news from then on. News have numbers, so that one who was away for
a moment gets what it missed.
"""

from __future__ import annotations

import asyncio
import copy
import secrets
import threading
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

Plain = dict[str, Any]
_KEPT: Final = 5_000
"""News that are kept for those who were away."""
_POINTS: Final = 400
"""Points of a curve that are kept: of more every second one is left out."""
_PAUSE_S: Final = 0.04
"""News of so long go together."""
STILL_HERE_S: Final = 15.0
"""A sign of life for those who wait, and for finding out that they have gone."""


@dataclass(frozen=True)
class News:
    """What happened since: whole states begin, single news follow. Empty: nothing did, for a while."""

    name: str
    """Of the last of them."""
    state: Plain | None = None
    news: tuple[Plain, ...] = ()


@dataclass(eq=False)
class Scene:
    """What all browsers look at."""

    era: str = field(default_factory=lambda: secrets.token_hex(4))
    """Another process has another one: numbers of its news mean nothing here."""
    document: Plain = field(default_factory=dict)
    _state: Plain = field(default_factory=lambda: {"version": 0, "subject": None, "wrong": [], "build": None})
    _news: deque[tuple[int, Plain]] = field(default_factory=lambda: deque(maxlen=_KEPT))
    _number: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _followers: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=list)
    _is_over: bool = False

    @property
    def is_watched(self) -> bool:
        """Whether a browser looks."""
        return bool(self._followers)

    @property
    def state(self) -> Plain:
        """All that was told so far, as one."""
        with self._lock:
            return copy.deepcopy(self._state)

    def dated(self) -> tuple[int, Plain]:
        """The document, and which one it is."""
        with self._lock:
            return self._state["version"], self.document

    def show(self, document: Plain, subject: str) -> None:
        """Another document: of the plan, of a build that runs, or of one that is over."""
        with self._lock:
            self.document = document
            self._state |= {"version": self._state["version"] + 1, "subject": subject, "wrong": []}
            self._tell("document", version=self._state["version"], subject=subject)

    def tell_wrong(self, problems: list[Plain]) -> None:
        """Why there is no plan now; nothing where there is one again."""
        with self._lock:
            if problems != self._state["wrong"]:
                self._state["wrong"] = problems
                self._tell("wrong", problems=problems)

    def begin_build(self, build: Plain) -> None:
        """A build begins."""
        with self._lock:
            self._state["build"] = {**build, "nodes": {}, "curves": {}, "stages": [], "ended": None}
            self._tell("build", build=copy.deepcopy(self._state["build"]))

    def tell_build(self, **facts: Any) -> None:
        """Something of the build as a whole: how much is done, how long it may take, how it ended."""
        with self._lock:
            build = self._state["build"]
            if any(build.get(name) != value for name, value in facts.items()):
                build |= facts
                self._tell("told", **facts)

    def tell_node(self, node: str, **facts: Any) -> None:
        """Something of one node of the build."""
        with self._lock:
            self._state["build"]["nodes"].setdefault(node, {}).update(facts)
            self._tell("node", node=node, **facts)

    def tell_step(self, node: str, done: int, total: int, facts: dict[str, float]) -> None:
        """A long node goes on."""
        with self._lock:
            points = self._state["build"]["curves"].setdefault(node, [])
            if len(points) >= _POINTS:
                del points[1::2]
            points.append([done, facts])
            self._state["build"]["nodes"].setdefault(node, {}).update(done=done, total=total)
            self._tell("step", node=node, done=done, total=total, facts=facts)

    def end(self) -> None:
        """Sends away all who follow."""
        with self._lock:
            self._is_over = True
            self._wake()

    async def follow(self, last: str | None = None) -> AsyncIterator[News]:
        """All that happens, from the state that there is; or from the news of that name, where it is still known."""
        loop, awake = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._followers.append((loop, awake))
        try:
            number = self._known(last)
            while not self._is_over:
                number, news = self._next(number)
                yield news
                try:
                    async with asyncio.timeout(STILL_HERE_S):
                        await awake.wait()
                except TimeoutError:
                    continue
                awake.clear()
                await asyncio.sleep(_PAUSE_S)
        finally:
            with self._lock:
                self._followers.remove((loop, awake))

    def _known(self, last: str | None) -> int | None:
        """The number of a name that news of this scene had."""
        era, _, number = (last or "").partition(".")
        is_own = era == self.era and number.isdecimal() and int(number) <= self._number
        return int(number) if is_own else None

    def _next(self, number: int | None) -> tuple[int, News]:
        """What there is to tell after a number: the news since, or the state where they are no longer all there."""
        with self._lock:
            oldest = self._news[0][0] if self._news else self._number + 1
            if number is None or number < oldest - 1:
                return self._number, News(self._name(self._number), copy.deepcopy(self._state))
            found = []
            for one in reversed(self._news):
                if one[0] <= number:
                    break
                found.append(one)
            found.reverse()
            number = found[-1][0] if found else number
            return number, News(self._name(number), news=tuple(one for _, one in found))

    def _name(self, number: int) -> str:
        return f"{self.era}.{number}"

    def _tell(self, what: str, **facts: Any) -> None:
        self._number += 1
        self._news.append((self._number, {"what": what, **facts}))
        self._wake()

    def _wake(self) -> None:
        for loop, awake in self._followers:
            if not loop.is_closed():
                loop.call_soon_threadsafe(awake.set)
