"""Thinking: the trained model, asked from many conversations, one question at a time.

In a thread of its own, so that the loop is free. A model that answers within moments is asked at once where nobody
else asks: handing over to a thread and back would take longer than the answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.model import Model
from graphbuild.assistant.runtime.moments import MomentMaker
from graphbuild.assistant.runtime.prediction import Prediction, of_policies
from graphbuild.assistant.runtime.tracker import Tracker

T = TypeVar("T")
QUICK_S = 0.004
"""What the loop may wait for an answer, in seconds."""


class Thinking:
    """Asks a model, one question at a time."""

    def __init__(self, model: Model, domain: RunningDomain) -> None:
        self._model = model
        self._moments = MomentMaker(domain)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="graphbuild-model")
        self._asked: set[Future[Any]] = set()
        self._usual_s: dict[str, float] = {}
        """How long the last answers took, the later ones counting more."""

    async def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a text, in Rasa's shape."""
        (parse,) = await self._ask("parse", lambda: self._model.parse([text]))
        return _with_full_retrieval_intent(parse)

    async def decide(self, tracker: Tracker) -> Prediction:
        """What policies choose to do next."""
        moment = self._moments.moment(tracker)
        return of_policies(await self._ask("decide", lambda: self._model.decide([moment])), tracker)

    def close(self) -> None:
        """Waits for what is being asked, and ends the thread."""
        self._thread.shutdown()

    async def _ask(self, kind: str, question: Callable[[], T]) -> T:
        def answer() -> T:
            begun = time.perf_counter()
            answered = question()
            took = time.perf_counter() - begun
            self._usual_s[kind] = (self._usual_s.get(kind, took) + took) / 2
            return answered

        if not self._asked and self._usual_s.get(kind, QUICK_S) < QUICK_S:
            return answer()
        future = self._thread.submit(answer)
        # Who is cancelled leaves the model at work: it is asked for nothing else meanwhile.
        self._asked.add(future)
        future.add_done_callback(self._asked.discard)
        return await asyncio.wrap_future(future)


def _with_full_retrieval_intent(parse: dict[str, Any]) -> dict[str, Any]:
    """Names the response that a selector put first beside the retrieval intent that it belongs to."""
    intent = parse.get("intent") or {}
    selectors: Mapping[str, Any] = parse.get("response_selector") or {}
    name = intent.get("name")
    if name and name in (selectors.get("all_retrieval_intents") or ()):
        best = (selectors.get(name) or {}).get("response") or {}
        return {**parse, "intent": {**intent, "full_retrieval_intent_name": best.get("intent_response_key")}}
    return parse
