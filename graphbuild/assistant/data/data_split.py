"""Splits training data in two, to train on one and test on the other: by content and a seed, by nothing else.

The order of files and examples changes nothing, and an example that is added moves no other. Knows no files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from graphbuild.assistant.data.parts import Example, ResponsesPart, StoryBlock, StoryPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers.nlu_writer import as_written
from graphbuild.contract.artifact import encode_json
from graphbuild.contract.digest import order_of

Halves = tuple[TrainingData, TrainingData]
"""What to train on, and what to test on."""


def split_nlu(data: TrainingData, fraction: float, seed: int) -> Halves:
    """The NLU data, `fraction` of the examples of each intent for training; doubles are dropped first.

    An intent with two examples or more has at least one on each side. Both sides have all synonyms, regexes and lookup
    tables, and the responses of the retrieval intents that their examples name.
    """
    by_intent: dict[str, list[Example]] = defaultdict(list)
    for example in {encode_json(_content(one)): one for one in data.nlu.examples}.values():
        by_intent[example.intent or ""].append(example)
    tested = {id(one) for examples in by_intent.values() for one in _tested(examples, fraction, seed)}
    kept = [example for examples in by_intent.values() for example in examples]
    return (
        _half(data, [example for example in kept if id(example) not in tested]),
        _half(data, [example for example in kept if id(example) in tested]),
    )


def split_stories(data: TrainingData, fraction: float, seed: int) -> Halves:
    """The stories, `fraction` of them for training, where all rules stay.

    Stories that checkpoints join stay together: one half of such a path would begin, or end, nowhere.
    """
    stories = [block for block in data.stories.blocks if not block.is_rule]
    rules = [block for block in data.stories.blocks if block.is_rule]
    groups = sorted(_joined(stories), key=lambda group: min(_drawn(seed, _plain(block)) for block in group))
    wanted = _share(len(stories), fraction)
    chosen: set[int] = set()
    for position, group in enumerate(groups):
        is_last_chance = position == len(groups) - 1 and len(groups) > 1
        if (len(chosen) < wanted and not is_last_chance) or not chosen:
            chosen.update(id(block) for block in group)
    return (
        TrainingData(stories=StoryPart((*(one for one in stories if id(one) in chosen), *rules))),
        TrainingData(stories=StoryPart(tuple(one for one in stories if id(one) not in chosen))),
    )


def _tested(examples: Sequence[Example], fraction: float, seed: int) -> Iterable[Example]:
    """The examples of one intent that go to the test: of each of its responses as many as there should be."""
    by_key: dict[str | None, list[Example]] = defaultdict(list)
    for example in sorted(examples, key=lambda one: _drawn(seed, _content(one))):
        by_key[example.response_key].append(example)
    found = [one for group in by_key.values() for one in group[_share(len(group), fraction) :]]
    return found or (max(by_key.values(), key=len)[-1:] if len(examples) > 1 else [])


def _share(count: int, fraction: float) -> int:
    """How many of some are for training: of two or more, at least one, and not all."""
    if count < 2:
        return count
    return min(max(round(count * fraction), 1), count - 1)


def _half(data: TrainingData, examples: Sequence[Example]) -> TrainingData:
    keys = {example.response_key for example in examples}
    responses = [one for one in data.responses.responses if one[0].partition("_")[2] in keys]
    nlu = replace(data.nlu, examples=tuple(examples), synonyms=tuple(s for s in data.nlu.synonyms if not s.is_implied))
    # Its annotations imply their synonyms again.
    return TrainingData(as_written(nlu), responses=ResponsesPart(tuple(responses)))


def _content(example: Example) -> Any:
    spans = sorted(sorted((name, str(value)) for name, value in span.items()) for span in example.entities)
    return [example.intent, example.response_key, example.text, spans]


def _plain(block: StoryBlock) -> Any:
    return msgspec.to_builtins(block)


def _drawn(seed: int, content: Any) -> bytes:
    return order_of(encode_json([seed, content]))


def _joined(stories: Sequence[StoryBlock]) -> list[list[StoryBlock]]:
    """Stories in groups that share no checkpoint."""
    parents: dict[str, str] = {}

    def root(name: str) -> str:
        while parents.setdefault(name, name) != name:
            name = parents[name]
        return name

    for number, story in enumerate(stories):
        for element in story.elements:
            if element.checkpoint is not None:
                parents[root(f"checkpoint {element.checkpoint.name}")] = root(f"story {number}")
    groups: dict[str, list[StoryBlock]] = defaultdict(list)
    for number, story in enumerate(stories):
        groups[root(f"story {number}")].append(story)
    return list(groups.values())
