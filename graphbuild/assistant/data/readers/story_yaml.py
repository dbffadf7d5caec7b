"""Reads the `stories:` and `rules:` sections of a YAML file of Rasa 3 into a StoryPart. Knows no domain.

What Rasa 3.6 passes over with a warning is a warning here too; what its schema refuses is a problem with a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from graphbuild.assistant.data.parts import StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.readers.entity_markup import MarkupError, read_markup
from graphbuild.assistant.data.readers.intent_text import base_and_retrieval, is_intent_text, read_intent_text
from graphbuild.assistant.data.readers.parts_of import parts_of
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.stories import FILLED, RULE_SNIPPET, Checkpoint, Event, frozen_entities, happened
from graphbuild.contract.yaml_tree import Yaml

_STORY_KEYS = ("story", "metadata", "steps")
_RULE_KEYS = ("rule", "metadata", "condition", "conversation_start", "wait_for_user_input", "steps")
_TOLD_KEYS = ("condition", "conversation_start", "wait_for_user_input", "steps")
"""What a story or a rule says of a conversation."""
_STEP_KEYS = {
    "user": ("intent", "user", "entities", "metadata"),
    "intent": ("intent", "user", "entities", "metadata"),
    "or": ("or",),
    "action": ("action", "metadata"),
    "bot": ("bot", "metadata"),
    "checkpoint": ("checkpoint", "slot_was_set"),
    "slot_was_set": ("slot_was_set",),
    "active_loop": ("active_loop",),
    "metadata": ("metadata",),
}
"""By the key that says what a step is, in the order in which they are looked for: the keys that it may have."""
_ATTRIBUTES = ("role", "group")


def read_stories(document: Yaml, reading: Reading) -> StoryPart:
    """The part; what is wrong or odd is told to `reading`."""
    reader = _Reader(reading)
    blocks: list[StoryBlock] = []
    for section, kind in (("stories", "story"), ("rules", "rule")):
        for item in reading.elements(document.get(section), f"`{section}`"):
            block = reader.block(item, kind, section)
            if block is not None:
                blocks.append(block)
                line, text = item.location.line, f"{kind} `{block.name}`"
                reading.record("graph", kind, line, text, msgspec.to_builtins(block.elements))
                reading.record("names", text, line, text)
                for key in _TOLD_KEYS:
                    reading.parts(text, parts_of(item.get(key), "" if key == "steps" else f"{key}: "))
    return StoryPart(tuple(blocks))


class _Reader:
    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def block(self, item: Yaml, kind: str, section: str) -> StoryBlock | None:
        """A story or a rule."""
        if not item.is_mapping:
            self._reading.problem(
                f"an element of `{section}` must be a mapping, not {item.kind}", item, f"- {kind}: NAME"
            )
            return None
        other = "rule" if kind == "story" else "story"
        if kind not in item and other in item:
            where = item.key_location(other)
            self._reading.warn(f"a {other} stands under `{section}`; it is skipped", where, f"move it to `{other}s`")
            return None
        if kind not in item:
            self._reading.problem(f"a {kind} has no name", item, f"begin it with `- {kind}: NAME`")
            return None
        self._reading.known_keys(item, _STORY_KEYS if kind == "story" else _RULE_KEYS, f"a {kind}")
        name = self._reading.text(item[kind], f"the name of a {kind}")
        if "steps" not in item or item["steps"].value is None:
            self._reading.warn(f"{kind} `{name}` has no steps", item)
        elements = self._rule(item) if kind == "rule" else list(self._steps(item.get("steps"), "story"))
        return StoryBlock(name, kind == "rule", tuple(elements)) if name else None

    def _rule(self, item: Yaml) -> list[StoryElement]:
        elements = []
        for condition in self._reading.elements(item.get("condition"), "`condition`"):
            if "active_loop" in condition or "slot_was_set" in condition:
                elements += self._step(condition, "rule")
            else:
                what = "a condition of a rule must be `active_loop` or `slot_was_set`"
                self._reading.problem(what, condition)
        if not self._reading.flag(item.get("conversation_start"), "`conversation_start`", default=False):
            elements.append(_happens(Event("action", RULE_SNIPPET)))
        elements += self._steps(item.get("steps"), "rule")
        if not self._reading.flag(item.get("wait_for_user_input"), "`wait_for_user_input`", default=True):
            elements.append(_happens(Event("action", RULE_SNIPPET)))
        return elements

    def _steps(self, steps: Yaml | None, owner: str) -> Iterator[StoryElement]:
        has_begun = False
        for step in self._reading.elements(steps, "`steps`"):
            if has_begun and "checkpoint" in step and "slot_was_set" in step:
                what = "conditions of a checkpoint count at the start of a story only"
                self._reading.warn(what, step.key_location("slot_was_set"), "move them to the story that goes on here")
            elements = self._step(step, owner)
            has_begun = has_begun or any(element.events for element in elements)
            yield from elements

    def _step(self, step: Yaml, owner: str) -> list[StoryElement]:
        readers: dict[str, Callable[[Yaml], list[StoryElement]]] = {
            "user": self._user,
            "intent": self._user,
            "or": self._or,
            "action": self._action,
            "bot": self._bot,
            "checkpoint": self._checkpoint,
            "slot_was_set": self._slots,
            "active_loop": self._loop,
            "metadata": lambda _: [],
        }
        if step.value == RULE_SNIPPET:
            self._reading.warn(f"a step `{RULE_SNIPPET}` says nothing; it is skipped", step)
            return []
        if not step.is_mapping:
            self._reading.problem(f"a step must be a mapping, not {step.kind}", step, "such as `- action: utter_greet`")
            return []
        kind = next((kind for kind in readers if kind in step), None)
        if kind is None:
            self._reading.known_keys(step, _STEP_KEYS, "a step")
            return []
        if owner == "rule" and kind in ("checkpoint", "bot"):
            self._reading.problem(f"a rule cannot have a step `{kind}`", step)
            return []
        self._reading.known_keys(step, _STEP_KEYS[kind], f"a step `{kind}`")
        return readers[kind](step)

    def _user(self, step: Yaml) -> list[StoryElement]:
        event = self._user_event(step)
        return [_happens(event)] if event else []

    def _user_event(self, step: Yaml) -> Event | None:
        intent, retrieval = self._intent(step)
        if "user" not in step:
            return Event("user", intent, retrieval, entities=self._entities(step.get("entities"))) if intent else None
        written = self._reading.text(step["user"], "`user`")
        if written is None:
            return None
        if is_intent_text(written):
            name, facts = read_intent_text(written)
            if intent is None:
                intent, retrieval = base_and_retrieval(name)
            return Event("user", intent, retrieval, entities=frozen_entities(facts))
        try:
            text, spans = read_markup(written)
        except MarkupError as error:
            self._reading.problem(f"{error}, in: {written}", step["user"])
            return None
        return Event("user", intent, retrieval, text=text, entities=frozen_entities(spans))

    def _intent(self, step: Yaml) -> tuple[str | None, str | None]:
        """The intent, and the full retrieval intent where it is one. Stories know intents only: tests know more."""
        node = step.get("intent")
        if node is None:
            return None, None
        if node.value is None or (isinstance(node.value, str) and not node.value.strip()):
            if "user" not in step:
                self._reading.problem("a step `intent` names no intent", step, "write `- intent: NAME`")
            return None, None
        name = self._reading.text(node, "`intent`")
        if name is None:
            return None, None
        if name.startswith("/"):
            self._reading.warn(f'intent `{name}` is written with a "/"', node, f"write `{name[1:]}`")
            name = name[1:]
        intent, retrieval = base_and_retrieval(name)
        if retrieval and "user" not in step:
            self._reading.warn(f"a story takes `{retrieval}` for its intent `{intent}`", node, f"write `{intent}`")
        return intent, retrieval

    def _entities(self, node: Yaml | None) -> tuple[tuple[tuple[str, Any], ...], ...]:
        found: list[dict[str, Any]] = []
        for entity in self._reading.elements(node, "`entities`"):
            if isinstance(entity.value, str):
                found.append({"entity": entity.value, "value": ""})
            elif entity.is_mapping:
                facts: dict[str, Any] = {}
                for key, value in entity.items():
                    if key in _ATTRIBUTES:
                        facts[key] = value.plain()
                    else:
                        facts |= {"entity": key, "value": value.plain()}
                if "entity" in facts:
                    found.append(facts)
                else:
                    self._reading.problem("an entity names no type", entity, "such as `- city: Rome`")
            else:
                self._reading.problem(f"an entity must be a name, or `name: value`, not {entity.kind}", entity)
        return frozen_entities(found)

    def _or(self, step: Yaml) -> list[StoryElement]:
        events: list[Event] = []
        for choice in self._reading.elements(step["or"], "`or`"):
            if "intent" in choice or "user" in choice:
                self._reading.known_keys(choice, _STEP_KEYS["intent"], "a choice of `or`")
                event = self._user_event(choice)
                events += [event] if event else []
            elif "slot_was_set" in choice:
                events += [event for element in self._slots(choice) for event in element.events]
            else:
                self._reading.problem("a choice of `or` must be an `intent`, `user` or `slot_was_set`", choice)
        return [StoryElement(tuple(events))] if events else []

    def _action(self, step: Yaml) -> list[StoryElement]:
        name = self._reading.text(step["action"], "`action`")
        return [_happens(happened(name))] if name else []

    def _bot(self, step: Yaml) -> list[StoryElement]:
        text = self._reading.text(step["bot"], "`bot`")
        return [_happens(Event("bot", text=text))] if text else []

    def _checkpoint(self, step: Yaml) -> list[StoryElement]:
        name = self._reading.text(step["checkpoint"], "`checkpoint`")
        conditions = tuple((event.name or "", event.value) for event in self._slot_events(step.get("slot_was_set")))
        return [StoryElement(checkpoint=Checkpoint(name, conditions))] if name else []

    def _slots(self, step: Yaml) -> list[StoryElement]:
        return [_happens(event) for event in self._slot_events(step["slot_was_set"])]

    def _slot_events(self, node: Yaml | None) -> Iterator[Event]:
        items = [node] if node is not None and node.is_mapping else self._reading.elements(node, "`slot_was_set`")
        for item in items:
            if isinstance(item.value, str):
                yield Event("slot", item.value, FILLED)
            elif item.is_mapping:
                yield from (Event("slot", name, value.plain()) for name, value in item.items())
            else:
                self._reading.problem(f"a slot must be a name, or `name: value`, not {item.kind}", item)

    def _loop(self, step: Yaml) -> list[StoryElement]:
        node = step["active_loop"]
        if node.value is None:
            return [_happens(Event("loop"))]
        name = self._reading.text(node, "`active_loop`")
        return [_happens(Event("loop", name))] if name else []


def _happens(event: Event) -> StoryElement:
    return StoryElement((event,))
