"""Thinking: the trained model, asked from many conversations, one question at a time.

In a thread of its own, so that the loop is free. A model that answers within moments is asked at once where nobody
else asks and the text is short: handing over to a thread and back would take longer than the answer.

The thread is a daemon: what is still being thought at the end of a process has nobody who waits for it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.model import Model
from graphbuild.assistant.runtime.moments import MomentMaker
from graphbuild.assistant.runtime.prediction import Prediction, of_policies
from graphbuild.assistant.runtime.tracker import Tracker

T = TypeVar("T")
QUICK_S = 0.004
"""What the loop may wait for an answer, in seconds."""
SHORT = 500
"""How many characters a text has at most whose answer is as quick as others were."""


class Thinking:
    """Asks a model, one question at a time."""

    def __init__(self, model: Model, domain: RunningDomain) -> None:
        self._model = model
        self._moments = MomentMaker(domain)
        self._thread = _Thread()
        self._asked: set[Future[Any]] = set()
        self._usual_s: dict[str, float] = {}
        """How long the last answers took, the later ones counting more."""

    async def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a text, in Rasa's shape."""
        (parse,) = await self._ask("parse", lambda: self._model.parse([text]), is_usual=len(text) <= SHORT)
        return _with_full_retrieval_intent(parse)

    async def decide(self, tracker: Tracker) -> Prediction:
        """What policies choose to do next."""
        moment = self._moments.moment(tracker)
        return of_policies(await self._ask("decide", lambda: self._model.decide([moment])), tracker)

    def close(self) -> None:
        """Ends the thread when what is being asked is answered. Waits for nothing."""
        self._thread.end()

    async def _ask(self, kind: str, question: Callable[[], T], *, is_usual: bool = True) -> T:
        """`is_usual`: whether the answer takes as long as others of its kind."""

        def answer() -> T:
            begun = time.perf_counter()
            answered = question()
            took = time.perf_counter() - begun
            if is_usual:
                self._usual_s[kind] = (self._usual_s.get(kind, took) + took) / 2
            return answered

        if is_usual and not self._asked and self._usual_s.get(kind, QUICK_S) < QUICK_S:
            return answer()
        future = self._thread.submit(answer)
        # Who is cancelled leaves the model at work: it is asked for nothing else meanwhile.
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return await asyncio.wrap_future(future)


class _Thread:
    """One thread that answers questions in their order. It begins with the first, and holds up no end of the process.

    ThreadPoolExecutor's threads do: Python waits for them, whatever they are at.
    """

    def __init__(self) -> None:
        self._questions: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._answer, name="graphbuild-model", daemon=True)

    def submit(self, question: Callable[[], T]) -> Future[T]:
        """The answer that there will be."""
        if self._thread.ident is None:
            self._thread.start()
        future: Future[T] = Future()
        self._questions.put((future, question))
        return future

    def end(self) -> None:
        """Answers what was asked, and nothing more."""
        self._questions.put(None)

    def _answer(self) -> None:
        while (asked := self._questions.get()) is not None:
            future, question = asked
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(question())
            except BaseException as error:  # noqa: BLE001 - it is raised where it is asked
                future.set_exception(error)
            del asked, future, question  # not kept until the next one


def _with_full_retrieval_intent(parse: dict[str, Any]) -> dict[str, Any]:
    """Names the response that a selector put first beside the retrieval intent that it belongs to."""
    intent = parse.get("intent") or {}
    selectors: Mapping[str, Any] = parse.get("response_selector") or {}
    name = intent.get("name")
    if name and name in (selectors.get("all_retrieval_intents") or ()):
        best = (selectors.get(name) or {}).get("response") or {}
        return {**parse, "intent": {**intent, "full_retrieval_intent_name": best.get("intent_response_key")}}
    return parse
