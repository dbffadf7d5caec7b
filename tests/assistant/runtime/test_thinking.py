"""A model is asked one question at a time, whoever asks, and whoever gives up waiting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.thinking import QUICK_S, SHORT, Thinking


class Counting:
    """A model that fails where it is asked twice at once; `gate` holds answers back."""

    language = None
    domain: dict[str, Any] = {}  # noqa: RUF012 - as the protocol has it

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.begun = threading.Event()
        self.threads: list[str] = []
        self._busy = threading.Lock()

    def parse(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        assert self._busy.acquire(blocking=False), "asked twice at once"
        self.begun.set()
        self.threads.append(threading.current_thread().name)
        self.gate.wait(20)
        self._busy.release()
        return [{"text": text} for text in texts]

    def decide(self, moments: Any) -> Any:
        raise AssertionError("nobody asks")


def test_questions_come_one_after_another() -> None:
    async def main() -> None:
        model = Counting()
        thinking = Thinking(model, RunningDomain.of({}))
        texts = [str(number) for number in range(50)]
        for _ in range(3):
            parses = await asyncio.gather(*(thinking.parse(text) for text in texts))
            assert [parse["text"] for parse in parses] == texts
        assert model.threads[0].startswith("graphbuild-model")
        thinking.close()

    asyncio.run(main())


def test_who_gives_up_leaves_the_model_to_finish() -> None:
    async def main() -> None:
        model = Counting()
        thinking = Thinking(model, RunningDomain.of({}))
        model.gate.clear()
        thinking._usual_s["parse"] = QUICK_S * 2
        first = asyncio.ensure_future(thinking.parse("a"))
        await asyncio.to_thread(model.begun.wait, 20)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        thinking._usual_s["parse"] = QUICK_S / 2
        second = asyncio.ensure_future(thinking.parse("b"))
        await asyncio.sleep(0)
        model.gate.set()
        assert (await second)["text"] == "b"
        thinking.close()

    asyncio.run(main())


def test_quick_answers_are_given_at_once() -> None:
    async def main() -> None:
        model = Counting()
        thinking = Thinking(model, RunningDomain.of({}))
        thinking._usual_s["parse"] = 0.0
        assert (await thinking.parse("a"))["text"] == "a"
        assert model.threads == [threading.current_thread().name]
        thinking.close()

    asyncio.run(main())


def test_a_long_text_is_read_beside_the_loop_however_quick_others_were() -> None:
    async def main() -> None:
        model = Counting()
        thinking = Thinking(model, RunningDomain.of({}))
        thinking._usual_s["parse"] = 0.0
        await thinking.parse("a" * (SHORT + 1))
        assert model.threads == ["graphbuild-model"]
        assert thinking._usual_s["parse"] == 0.0, "what short ones take is not known by it"
        await thinking.parse("a" * SHORT)
        assert model.threads[1:] == [threading.current_thread().name]
        thinking.close()

    asyncio.run(main())


NEVER_DONE = """
import asyncio, threading
from graphbuild.assistant.runtime.domain import RunningDomain
from graphbuild.assistant.runtime.thinking import Thinking

class Endless:
    begun = threading.Event()
    def parse(self, texts):
        self.begun.set()
        threading.Event().wait()

async def main():
    thinking = Thinking(Endless(), RunningDomain.of({}))
    asked = asyncio.ensure_future(thinking.parse("a"))
    while not Endless.begun.is_set():
        await asyncio.sleep(0.01)
    asked.cancel()
    thinking.close()

asyncio.run(main())
print("ended")
"""


def test_no_end_waits_for_what_is_being_thought() -> None:
    """Neither that of the model nor that of the process."""
    ended = subprocess.run([sys.executable, "-c", NEVER_DONE], timeout=120, capture_output=True, text=True, check=True)
    assert ended.stdout == "ended\n"
