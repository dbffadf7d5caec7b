"""Additions: the text of a data file with what was taught at its places, read back and compared. Knows no file system.

A text that cannot be added to, or that would be read otherwise than meant, gives None.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

import msgspec

from graphbuild.assistant.data.parts import DomainPart, Example, NLUPart, StoryBlock, StoryPart
from graphbuild.assistant.data.training_data import TrainingData
from graphbuild.assistant.data.writers import nlu_writer, story_writer
from graphbuild.assistant.data.writers.domain_writer import domain_sections
from graphbuild.assistant.data.writers.writing import Writing
from graphbuild.assistant.data.writers.yaml_text import YamlText, is_block_line
from graphbuild.assistant.importers.writing_back import read_domain_text, read_training_text
from graphbuild.errors import DataError
from graphbuild.teaching.inserting import with_block_line, with_entries

DOMAIN_SECTIONS = ("intents", "entities", "responses", "actions")
"""Those that teaching adds to."""


def with_examples(text: str, examples: Sequence[Example]) -> str | None:
    """The text of an NLU file with more examples: in the blocks of their intents, or else at the end of its list."""
    in_blocks = _examples_in_blocks(text, examples)
    added = TrainingData(NLUPart(tuple(examples)))
    if in_blocks is not None and _says(text, in_blocks, added):
        return in_blocks
    at_end = _items_at_end(text, "nlu", nlu_writer.nlu_items(NLUPart(tuple(examples)), Writing("")))
    return at_end if at_end is not None and _says(text, at_end, added) else None


def with_stories(text: str, blocks: Sequence[StoryBlock]) -> str | None:
    """The text of a file of stories with more of them at the end of its list."""
    sections = story_writer.story_sections(StoryPart(tuple(blocks)), Writing(""))
    made = _items_at_end(text, "stories", sections["stories"])
    return made if made is not None and _says(text, made, TrainingData(stories=StoryPart(tuple(blocks)))) else None


def with_names(text: str, part: DomainPart) -> str | None:
    """The text of a domain file with more intents, entities, responses and actions at the ends of their sections."""
    made: str | None = text
    for key, section in domain_sections(part).items():
        lines = _lines(key, section)
        made = with_entries(made, key, lines) if made is not None else None
    if made is None:
        return None
    try:
        before, after = read_domain_text(text), read_domain_text(made)
    except DataError:
        return None
    both: dict[str, Any] = {name: (*getattr(before, name), *getattr(part, name)) for name in DOMAIN_SECTIONS}
    return made if replace(before, **both).encode() == after.encode() else None


def _examples_in_blocks(text: str, examples: Sequence[Example]) -> str | None:
    made: str | None = text
    new: list[Example] = []
    for name, group in groupby(sorted(examples, key=_owner), key=_owner):
        several = list(group)
        lines = list(_example_lines(several))
        put = None
        if made is not None and len(lines) == len(several):
            put = with_block_line(made, "nlu", "intent", name, "examples", lines)
        if put is None:
            new += several
        made = put if put is not None else made
    if new and made is not None:
        made = _items_at_end(made, "nlu", nlu_writer.nlu_items(NLUPart(tuple(new)), Writing("")))
    return made


def _example_lines(examples: Sequence[Example]) -> Iterator[str]:
    """Those that fit a line of a block."""
    for example in examples:
        try:
            line = nlu_writer.annotated(example.text, example.entities)
        except ValueError:
            return
        if is_block_line(line) and line == line.strip() and "${" not in line:
            yield f"- {line}"


def _owner(example: Example) -> str:
    return example.response_key or example.intent or ""


def _items_at_end(text: str, key: str, items: Sequence[Any]) -> str | None:
    return with_entries(text, key, _lines(key, list(items), is_spaced=True), is_spaced=True)


def _lines(key: str, section: Any, *, is_spaced: bool = False) -> list[str]:
    """The lines of a section without its key, at the margin."""
    _, *lines = YamlText().document({key: section}, spaced=(key,) if is_spaced else ()).rstrip("\n").split("\n")
    return [line.removeprefix("  ") for line in lines] if isinstance(section, dict) else lines


def _says(before: str, after: str, added: TrainingData) -> bool:
    """Whether a text says what another said, and what was added."""
    try:
        old, new = read_training_text(before), read_training_text(after)
    except (DataError, ValueError):
        return False
    counted: list[Callable[[TrainingData], Counter[bytes]]] = [
        lambda data: Counter(_plain(_ordered(one)) for one in data.nlu.examples),
        lambda data: Counter(_plain(one) for one in story_writer.as_written(data.stories).blocks),
    ]

    def rest(data: TrainingData) -> Any:
        explicit = [one for one in data.nlu.synonyms if not one.is_implied]
        return _plain((explicit, data.nlu.regexes, data.nlu.lookups, data.responses.responses))

    return all(count(new) == count(old) + count(added) for count in counted) and rest(new) == rest(old)


def _ordered(example: Example) -> Example:
    return replace(example, entities=nlu_writer.in_order(example.entities))


def _plain(value: Any) -> bytes:
    """Content, in which 1, 1.0 and true differ."""
    return msgspec.json.encode(value, order="sorted")
