"""Messages one by one, timed: how long a trained assistant takes to parse one, and what it keeps of 10,000.

    python -m tests.benchmarks.parse [MODEL ...] [--messages 10000] [--limit-ms 5]

Without a MODEL the sample assistant is trained: recipe:light, then recipe:default (DIET). Messages are different, made
of the words of the sample. On a machine that does other things too, wall time holds what these took: beside it stands
the time of the thread. Memory is the process's own, after 1,000 messages and at the end. Exits with 1 where the 99th
percentile of wall time is above the limit (5 ms for light, 15 ms for DIET), or messages one by one and all at once are
parsed differently.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from graphbuild.agent import load_model
from graphbuild.assistant.runtime.trained import TrainedModel
from tests.trained import SAMPLE, Trained

LIMITS_MS = {"recipe:light": 5.0, "recipe:default": 15.0}
_FIRST = 1000
_AT_ONCE = 200


def make_messages(count: int, seed: int = 0) -> list[str]:
    """Different messages of three to ten words, of the sample's own and of some that it does not know."""
    chance = random.Random(seed)
    lines = (SAMPLE / "data" / "nlu.yml").read_text().splitlines()
    words = sorted({word for line in lines if line.strip().startswith("- ") for word in line.strip("- ").split()})
    return [
        " ".join([*(chance.choice(words) for _ in range(chance.randint(3, 9))), f"w{number}"])
        for number in range(count)
    ]


def timed(model: TrainedModel, messages: Sequence[str]) -> tuple[list[float], list[float], float]:
    """Milliseconds of each message, by the clock and of the thread; MB that came after the first messages."""
    walls, threads = [], []
    before = 0.0
    for number, message in enumerate(messages):
        if number == min(_FIRST, len(messages) // 2):
            before = memory_mb()
        wall, thread = time.perf_counter(), time.thread_time()
        model.parse([message])
        walls.append((time.perf_counter() - wall) * 1000)
        threads.append((time.thread_time() - thread) * 1000)
    gc.collect()
    return walls, threads, memory_mb() - before


def percentile(values: Sequence[float], share: float) -> float:
    """The value that so many of a hundred are not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def memory_mb() -> float:
    """What the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main(arguments: Sequence[str] | None = None) -> int:
    """Times each model; 1 where one is too slow, or not the same in batches."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="*", type=Path)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--limit-ms", type=float, default=None)
    given = parser.parse_args(arguments)
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        trained = Trained(Path(folder))
        models = {str(path): path for path in given.models} or {name: trained.package(name) for name in LIMITS_MS}
        for name, path in models.items():
            began = time.perf_counter()
            model = load_model(path)
            loaded = time.perf_counter() - began
            messages = make_messages(given.messages)
            walls, threads, grown = timed(model, messages)
            few = messages[:_AT_ONCE]
            is_same = model.parse(few) == [model.parse([one])[0] for one in few]
            limit = given.limit_ms or LIMITS_MS.get(name)
            told = "  ".join(
                f"p{share:g} {percentile(walls, share):.2f} ({percentile(threads, share):.2f})"
                for share in (50, 95, 99, 99.9)
            )
            print(f"{name}: loaded in {loaded:.2f} s; ms a message, by the clock (of the thread): {told}")
            told = "the same" if is_same else "NOT the same"
            print(f"  {grown:+.1f} MB over {len(messages):,} messages; in batches {told}")
            if not is_same or (limit is not None and percentile(walls, 99) > limit):
                code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
