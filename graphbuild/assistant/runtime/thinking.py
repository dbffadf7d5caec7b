"""Thinking: the trained model, asked from many conversations: in one thread of its own, so that the loop is free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.model import Model
from graphbuild.assistant.runtime.moments import MomentMaker
from graphbuild.assistant.runtime.prediction import Prediction, of_policies
from graphbuild.assistant.runtime.tracker import Tracker

T = TypeVar("T")


class Thinking:
    """Asks a model, one question at a time."""

    def __init__(self, model: Model, domain: RunningDomain) -> None:
        self._model = model
        self._moments = MomentMaker(domain)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="graphbuild-model")

    async def parse(self, text: str) -> dict[str, Any]:
        """What is understood of a text, in Rasa's shape."""
        (parse,) = await self._ask(lambda: self._model.parse([text]))
        return _with_full_retrieval_intent(parse)

    async def decide(self, tracker: Tracker) -> Prediction:
        """What policies choose to do next."""
        moment = self._moments.moment(tracker)
        return of_policies(await self._ask(lambda: self._model.decide([moment])), tracker)

    def close(self) -> None:
        """Waits for what is being asked, and ends the thread."""
        self._thread.shutdown()

    async def _ask(self, question: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)


def _with_full_retrieval_intent(parse: dict[str, Any]) -> dict[str, Any]:
    """Names the response that a selector put first beside the retrieval intent that it belongs to."""
    intent = parse.get("intent") or {}
    selectors: Mapping[str, Any] = parse.get("response_selector") or {}
    name = intent.get("name")
    if name and name in (selectors.get("all_retrieval_intents") or ()):
        best = (selectors.get(name) or {}).get("response") or {}
        return {**parse, "intent": {**intent, "full_retrieval_intent_name": best.get("intent_response_key")}}
    return parse
