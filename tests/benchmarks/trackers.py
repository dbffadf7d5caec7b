"""Dialogues of large story graphs: seconds and peak memory for 1,000, 10,000 and 100,000 steps.

    python -m tests.benchmarks.trackers [--steps 1000 10000 100000] [--augmentation 50]

Each size runs in a process of its own. A tenth of the steps are rules; of the rest, some end at checkpoints from which
others go on, and some have choices (`or`).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from graphbuild.assistant.data.space import DomainSpace, IntentSpace, SlotSpace
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryGraph, StoryStep
from tests.benchmarks.measure import run

INTENTS, ACTIONS, SLOTS = 100, 200, 10
DOMAIN = DomainSpace(
    intents=tuple(IntentSpace(f"intent_{number:03}", ()) for number in range(INTENTS)),
    entities=(),
    slots=tuple(SlotSpace(f"slot_{number}", "text") for number in range(SLOTS)),
    actions=tuple(f"utter_{number:03}" for number in range(ACTIONS)),
    forms=(),
)


def stories(steps: int) -> StoryGraph:
    """A graph of so many steps. What happens in each is drawn from its number, so that it is the same every time."""
    return StoryGraph(tuple(_step(number) for number in range(steps)))


def _step(number: int) -> StoryStep:
    mixed = number * 2654435761 % 2**32
    events: list[Event] = []
    for turn in range(1 + mixed % 4):
        mixed = (mixed * 1103515245 + 12345 + turn) % 2**31
        events.append(Event("user", f"intent_{mixed % INTENTS:03}"))
        if mixed % 7 == 0:
            events.append(Event("slot", f"slot_{mixed % SLOTS}", "x"))
        events.append(Event("action", f"utter_{mixed // 128 % ACTIONS:03}"))
    if number % 10 == 0:
        return StoryStep((Checkpoint(START),), (), (Event("action", "..."), *events[:2]), is_rule=True)
    joint = f"joint_{number // 10}"
    if number % 10 in (1, 2):
        return StoryStep((Checkpoint(START),), (Checkpoint(joint),), tuple(events))
    start = joint if number % 10 in (3, 4) else START
    return StoryStep((Checkpoint(start),), (), tuple(events))


def _measure(steps: int, augmentation: int) -> None:
    from graphbuild.assistant.dialogue.trackers import TrackerGenerator

    graph = stories(steps)
    start = time.perf_counter()
    made = TrackerGenerator().apply(graph, DOMAIN).dialogues
    told_s = time.perf_counter() - start
    print(f"{steps:>9,} steps  {told_s:7.2f} s  {len(made):>9,} dialogues  {len(made.labels):>10,} turns", end="  ")
    if augmentation:
        from graphbuild.assistant.dialogue.augmentation import TrackerAugmenter

        start = time.perf_counter()
        glued = TrackerAugmenter(TrackerAugmenter.Config(augmentation_factor=augmentation)).apply(graph, DOMAIN)
        print(f"augmented {time.perf_counter() - start:7.2f} s  {int(glued.is_augmented.sum()):>5,} glued", end="  ")


def main(words: Sequence[str]) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--augmentation", type=int, default=0)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    if given.here:
        _measure(given.steps[0], given.augmentation)
        return 0
    from pathlib import Path

    for steps in given.steps:
        command = [sys.executable, "-m", "tests.benchmarks.trackers", "--here", "--steps", str(steps)]
        done = run([*command, "--augmentation", str(given.augmentation)], Path.cwd(), dict(os.environ))
        print(f"{done.out}{done.peak_mb:7.0f} MB" if done.status == 0 else done.err)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
