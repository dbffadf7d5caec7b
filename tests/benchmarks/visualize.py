"""Merging and drawing stories: seconds of the processor at 500 to 4,000 stories, and how they grow.

    python -m tests.benchmarks.visualize [--stories 500 1000 2000 4000] [--max-history 2] [--no-picture]

Stories have four to nine turns of one of 300 intents, every fifth of them a form. Every fifth story begins at a
checkpoint that every tenth ends at: one for each hundred stories, which makes 200 ways through it. `growth` is the
ratio to the line before: 2 for twice the stories is linear, 4 is what comparing all pairs of nodes would take. The best
of three; calls components, not the command line.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from graphbuild.assistant.data.parts import StoryBlock, StoryElement
from graphbuild.assistant.data.stories import Checkpoint, Event, StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames, merge_blocks
from graphbuild.assistant.visual.mapper import StoryMapper
from graphbuild.assistant.visual.story_map import StoryMap
from graphbuild.assistant.visual.svg import as_svg

INTENTS, ACTIONS, FORMS = 300, 120, 10
TIMES = 3

_Made = TypeVar("_Made")


def make_stories(count: int) -> tuple[StoryGraph, StoryNames]:
    """So many stories. What is in one is drawn from its number: the same every time, and in every larger project."""
    return merge_blocks([_story(number) for number in range(count)])


def _story(number: int) -> StoryBlock:
    drawn = random.Random(number)
    elements: list[StoryElement] = []
    if number % 5 == 4:
        elements.append(StoryElement(checkpoint=Checkpoint(_joint(number))))
    for _ in range(drawn.randint(4, 9)):
        elements.append(_happens(Event("user", f"intent_{drawn.randrange(INTENTS):03}")))
        if drawn.random() < 0.2:
            form = f"form_{drawn.randrange(FORMS)}"
            elements += [_happens(Event("action", form)), _happens(Event("loop", form)), _happens(Event("loop"))]
        # Few actions come often, as in real assistants.
        elements.append(_happens(Event("action", f"utter_{int(ACTIONS * drawn.random() ** 2):03}")))
    if number % 10 == 5:
        elements.append(StoryElement(checkpoint=Checkpoint(_joint(number))))
    return StoryBlock(f"story {number}", False, tuple(elements))


def _joint(number: int) -> str:
    """Of a hundred stories each: projects that grow have more checkpoints, rather than ever busier ones."""
    return f"joint_{number // 100}"


def _happens(event: Event) -> StoryElement:
    return StoryElement((event,))


def measure(count: int, max_history: int, *, draws: bool) -> tuple[StoryMap, float, float]:
    """The map of so many stories; seconds of merging, seconds of drawing."""
    graph, names = make_stories(count)
    mapper = StoryMapper(StoryMapper.Config(max_history))
    merging, made = _best(lambda: mapper.apply(graph, names))
    return made, merging, _best(lambda: as_svg(made))[0] if draws else 0.0


def _best(make: Callable[[], _Made]) -> tuple[float, _Made]:
    """The least seconds of the processor that it takes, and what is made."""
    seconds = []
    for _ in range(TIMES):
        gc.collect()
        began = time.process_time()
        made = make()
        seconds.append(time.process_time() - began)
    return min(seconds), made


def main(words: Sequence[str]) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stories", type=int, nargs="+", default=[500, 1_000, 2_000, 4_000])
    parser.add_argument("--max-history", type=int, default=2)
    parser.add_argument("--no-picture", action="store_true")
    given = parser.parse_args(words)
    gc.set_threshold(200_000, 20, 20)  # as the command line does
    before = None
    for count in given.stories:
        made, merging_s, drawing_s = measure(count, given.max_history, draws=not given.no_picture)
        growth = f"growth {merging_s / before:4.2f}" if before else ""
        before = merging_s
        size = f"{count:>6,} stories {len(made.spots):>7,} nodes {len(made.ways):>7,} edges"
        print(f"{size}  merging {merging_s:6.2f} s {growth:11}  drawing {drawing_s:6.2f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
