"""Checkpoints that cannot be reached, and those from which nothing goes on."""

from __future__ import annotations

from collections.abc import Iterator

from graphbuild.assistant.data.stories import START, StoryGraph
from graphbuild.assistant.data.story_steps import OR_PREFIX, StoryNames
from graphbuild.assistant.data.subjects import story_subject
from graphbuild.assistant.validation.findings import Finding


def check_checkpoints(stories: StoryGraph, names: StoryNames) -> Iterator[Finding]:
    """Findings GB311 and GB312."""
    told = list(zip(stories.steps, names.of_steps, strict=True))
    ended = {end.name for step, _ in told for end in step.end}
    begun = {start.name for step, _ in told for start in step.start}
    reached = _reached(stories)
    for step, of_step in told:
        subjects = tuple(story_subject(name, step.is_rule) for name in of_step)
        for name in {start.name for start in step.start} - reached:
            if name.startswith(OR_PREFIX):
                continue
            circular = " but from where it leads" if name in ended else ""
            what = f"{subjects[0]} goes on from checkpoint `{name}`, to which nothing leads{circular}"
            yield Finding("GB311", what, subjects, name, "checkpoint", "end a story with it, or remove this story")
        for name in {end.name for end in step.end} - begun:
            if not name.startswith(OR_PREFIX):
                what = f"{subjects[0]} ends at checkpoint `{name}`, from which no story goes on"
                hint = "begin a story with it, or leave it out"
                yield Finding("GB312", what, subjects, name, "checkpoint", hint)


def _reached(stories: StoryGraph) -> set[str]:
    """Names of all checkpoints that some story comes to from its start."""
    leads: dict[str, list[str]] = {}
    for step in stories.steps:
        for start in step.start:
            leads.setdefault(start.name, []).extend(end.name for end in step.end)
    reached = {START}
    queue = [START]
    while queue:
        for name in leads.get(queue.pop(), ()):
            if name not in reached:
                reached.add(name)
                queue.append(name)
    return reached
