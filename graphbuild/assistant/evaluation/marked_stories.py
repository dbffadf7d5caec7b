"""Test stories as they went, as YAML that reads as the stories do: what was predicted instead stands in remarks.

As Rasa's failed_test_stories.yml (RASA.md 6.3). Knows no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphbuild.assistant.data.parts import StoryBlock
from graphbuild.assistant.data.writers.nlu_writer import annotated
from graphbuild.assistant.data.writers.story_writer import event_step
from graphbuild.assistant.data.writers.writing import Writing
from graphbuild.assistant.data.writers.yaml_text import Remarked, YamlText, in_one_line
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.assistant.evaluation.entities import label_of
from graphbuild.assistant.evaluation.outcomes import Entities, EventOutcome, StoryOutcome, Understood

_VERSION = "3.1"


def marked_stories(stories: Iterable[StoryOutcome], where_none: str) -> str:
    """A file with some stories; a remark where there are none."""
    blocks = [{"story": story.name, "steps": list(_steps(story))} for story in stories]
    if not blocks:
        return f"# {where_none}\n"
    return YamlText().document({"version": _VERSION, "stories": blocks}, spaced=("stories",))


def _steps(story: StoryOutcome) -> Iterator[dict[str, Any]]:
    # What a story cannot say in YAML is still said in words here: the file is there to be looked at.
    block, writing = StoryBlock(story.name, False, ()), Writing(story.name)
    slots: list[Any] | None = None
    for one in story.events:
        remark = remark_of(one)
        if one.event.type == "action" and one.event.name == LISTEN and remark is None:
            continue
        step = event_step(one.event, block, writing)
        if slots is not None and list(step) == ["slot_was_set"]:
            slots += step["slot_was_set"]
            continue
        slots = step.get("slot_was_set")
        if remark is not None:
            first = next(iter(step))
            step[first] = Remarked(step[first], remark)
        yield step


def remark_of(one: EventOutcome) -> str | None:
    """What is to be said of an event, in one line; None where all is as it should be."""
    if one.turn is not None and one.turn.is_wrong:
        return in_one_line("; ".join(_misunderstood(one, one.turn)))
    action = one.action
    if action is None:
        return None
    if one.is_wrong:
        return in_one_line(f"predicted: {action.name}{f' after {UNLIKELY}' if action.is_after_unlikely else ''}")
    return f"predicted: {UNLIKELY}" if action.is_after_unlikely else None


def _misunderstood(one: EventOutcome, turn: Understood) -> Iterator[str]:
    """What is wrong of a turn; of entities both what was found and what the story has, which may be nothing."""
    if turn.is_intent_wrong:
        yield f"predicted: {turn.intent or 'nothing'}"
    if turn.are_entities_wrong:
        text = str(one.event.text)
        yield f"entities predicted: {_marked(text, turn.entities)}"
        yield f"expected: {_marked(text, one.event.entities)}"


def _marked(text: str, entities: Entities) -> str:
    """The text with some entities."""
    if not entities:
        return "none"
    spans = [dict(span) for span in entities]
    try:
        return annotated(text, spans)
    except ValueError:  # they lie across each other
        return ", ".join(f"{span['value']} as {label_of(span)}" for span in spans)
