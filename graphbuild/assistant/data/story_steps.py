"""Stories as they are written -> steps between checkpoints: `or` and checkpoints in the middle are resolved.

As Rasa 3.6 does (rasa/shared/core/training_data/story_reader/story_step_builder.py): a choice ends one copy of the
step for each alternative at a joint of its own, from which the story goes on. Joints are named by the story's content
and not by chance, so that equal stories have equal steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import msgspec

from graphbuild.assistant.data.parts import PlainArtifact, StoryBlock
from graphbuild.assistant.data.stories import START, Checkpoint, Event, StoryGraph, StoryStep, as_trained
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.digest import Digest, of_value, short
from graphbuild.errors import DataError, Problem

OR_PREFIX = "GENR_OR_"


@dataclass(frozen=True)
class StoryNames(PlainArtifact):
    """The names behind a StoryGraph, for messages: one entry for each of its steps.

    Each is a sorted tuple: equal stories are one in the graph, and all of their names are here.
    """

    type_name: ClassVar[str] = "StoryNames.v1"
    of_steps: tuple[tuple[str, ...], ...] = ()


def merge_blocks(blocks: Iterable[StoryBlock]) -> tuple[StoryGraph, StoryNames]:
    """The steps of all blocks in canonical order, equal ones once, and the names that they come from."""
    names: dict[bytes, set[str]] = {}
    steps: dict[bytes, StoryStep] = {}
    for block in blocks:
        for step in steps_of(_as_trained(block)):
            key = encode_json(msgspec.to_builtins(step))
            steps[key] = step
            names.setdefault(key, set()).add(block.name)
    order = sorted(steps, key=lambda key: (not steps[key].is_rule, key))
    graph = StoryGraph(tuple(steps[key] for key in order))
    return graph, StoryNames(tuple(tuple(sorted(names[key])) for key in order))


def without(graph: StoryGraph, names: StoryNames, percentage: int, seed: int) -> tuple[StoryGraph, StoryNames]:
    """The graph without so many percent of its steps (rounded to a whole step), and their names. Raises DataError.

    Rasa shuffles steps and drops the last (RASA.md 3.3); here the shuffle is by content, so that which are dropped
    depends on nothing else, and a higher percentage drops what a lower one drops and more.
    """
    if not 0 <= percentage <= 100:
        raise DataError(Problem(f"`exclusion_percentage` must lie between 0 and 100, not at {percentage}"))
    keys = [of_value([seed, msgspec.to_builtins(step)]) for step in graph.steps]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    kept = sorted(order[: len(order) - round(percentage * len(order) / 100)])
    return (
        StoryGraph(tuple(graph.steps[one] for one in kept)),
        StoryNames(tuple(names.of_steps[one] for one in kept)),
    )


def steps_of(block: StoryBlock) -> list[StoryStep]:
    """The steps of one story or rule, in order; none for one without elements."""
    builder = _Builder(block)
    for element in block.elements:
        if element.checkpoint is not None:
            builder.checkpoint(element.checkpoint)
        else:
            builder.events(element.events)
    return builder.done()


def _as_trained(block: StoryBlock) -> StoryBlock:
    elements = (replace(one, events=tuple(map(as_trained, one.events))) for one in block.elements)
    return replace(block, elements=tuple(elements))


class _Builder:
    def __init__(self, block: StoryBlock) -> None:
        self._block = block
        self._start: list[Checkpoint] = []
        self._done: list[StoryStep] = []
        self._open: list[StoryStep] = []
        """Those that the next element may go on from; with an end, they are complete but for further ends."""
        self._joints = 0

    def events(self, events: tuple[Event, ...]) -> None:
        """One event for all open steps, or a choice of several, which copies them."""
        self._continue()
        if len(events) == 1:
            self._open = [replace(step, events=(*step.events, events[0])) for step in self._open]
            return
        joint = (Checkpoint(self._joint_name()),)
        self._open = [replace(step, events=(*step.events, event), end=joint) for step in self._open for event in events]

    def checkpoint(self, checkpoint: Checkpoint) -> None:
        """Where the story starts when nothing has happened yet; else where its open steps end."""
        if not self._open:
            self._start.append(checkpoint)
            return
        end = (Checkpoint(checkpoint.name),)
        copies: list[StoryStep] = []
        for step in self._open:
            # Those that differ in their ends alone have one copy: checkpoints in a row would double the steps each.
            if step.end and (copy := replace(step, end=end)) not in copies:
                copies.append(copy)
        self._open = [step if step.end else replace(step, end=end) for step in self._open] + copies

    def done(self) -> list[StoryStep]:
        """All steps."""
        return self._done + self._open

    def _continue(self) -> None:
        self._done += [step for step in self._open if step.end]
        unfinished = [step for step in self._open if not step.end]
        self._open = unfinished or [StoryStep(self._next_start(), (), (), self._block.is_rule)]

    def _next_start(self) -> tuple[Checkpoint, ...]:
        if not self._open:
            return tuple(self._start) or (Checkpoint(START),)
        return tuple(Checkpoint(name) for name in sorted({end.name for step in self._open for end in step.end}))

    def _joint_name(self) -> str:
        # Of the whole story: two stories that begin alike and end differently keep joints of their own.
        self._joints += 1
        return f"{OR_PREFIX}{short(of_value([self._content, self._joints]), 12)}"

    @cached_property
    def _content(self) -> Digest:
        plain: Any = msgspec.to_builtins((self._block.is_rule, self._block.elements))
        return of_value(plain)
