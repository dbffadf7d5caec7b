"""Reads a Markdown file of stories (Rasa 1 and 2) into a StoryPart. Knows no domain.

Line by line, as Rasa 2.8 does (RASA.md 3.4): what it passes over with a warning is a warning here too, what it
stumbles over is a problem with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from graphbuild.assistant.data.parts import StoryBlock, StoryElement, StoryPart
from graphbuild.assistant.data.readers.entity_markup import MarkupError, read_markup
from graphbuild.assistant.data.readers.intent_text import (
    base_and_retrieval,
    entities_of,
    is_intent_text,
    read_intent_text,
)
from graphbuild.assistant.data.readers.json_text import read_object
from graphbuild.assistant.data.readers.markdown_lines import markdown_lines
from graphbuild.assistant.data.readers.reading import Reading
from graphbuild.assistant.data.stories import Checkpoint, Event, frozen_entities, happened
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean

_OF_A_FORM = re.compile(r"[*-]\s+form: ")
"""Lines that Rasa 1's interactive learning wrote for what happened inside a form; nobody trains with them."""
_VARIABLE = re.compile(r"`([^`]+)`")
_CALL = re.compile(r"(?P<name>[^{]+)(?P<arguments>\{.*)?")
_INTENT = re.compile(r"/?(?P<intent>[^{@]+)(?:@[0-9]+(?:\.[0-9]+)?)?\s*(?P<entities>\{.+)?")
_TEST_TURN = re.compile(r"/?(?P<intent>[^{}:]+)(?:\{.*\}\s*)?:(?P<text>.*)")
_LOOPS = ("active_loop", "form")
_ONCE_CALLED = {"action_deactivate_form": "action_deactivate_loop"}
"""Actions of Rasa 1 that have another name since."""
_LISTENING = 'write * intent, or * intent{"entity": "value"}, or, in a test, * intent: what the user says'


def read_story_markdown(
    text: str, reading: Reading, variables: Mapping[str, str] | None = None, *, is_test: bool = False
) -> StoryPart:
    """The part; what is wrong or odd is told to `reading`.

    `variables` are the values of words in backticks. A user turn `* intent: text` is one of a test; in a file that
    `is_test`, the blank after the colon may be missing.
    """
    reader = _Reader(reading, variables or {}, is_test=is_test)
    for words, where in markdown_lines(text, reading):
        reader.line(words, where)
    reader.close()
    return StoryPart(tuple(reader.blocks))


class _Reader:
    def __init__(self, reading: Reading, variables: Mapping[str, str], *, is_test: bool) -> None:
        self._reading = reading
        self._variables = variables
        self._is_test = is_test
        self._head: tuple[str, bool, int] | None = None
        """Name of the open block, whether it is a rule, its line."""
        self._elements: list[StoryElement] = []
        self._parts: list[tuple[int, str]] = []
        self.blocks: list[StoryBlock] = []

    def line(self, words: str, where: Location) -> None:
        """One line that is not empty."""
        if words.startswith((*"-*", "> ")):
            self._parts.append((where.line, words))
        if words.startswith((">>", "#")):
            self._begin(words, where)
        elif words.startswith(">"):
            self._checkpoint(self._filled_in(words[1:], where), where)
        elif _OF_A_FORM.match(words):
            return
        elif words.startswith("-"):
            self._event(self._filled_in(words[1:], where), where)
        elif words.startswith("*"):
            self._turn(self._filled_in(words[1:], where), where)
        else:
            hint = "a line begins with ##, *, - or >"
            self._reading.warn(f"this line is passed over: {words}", where, hint)

    def close(self) -> None:
        """Ends the open story or rule."""
        if self._head is not None and self._elements:
            name, is_rule, line = self._head
            elements = tuple(self._elements)
            kind = "rule" if is_rule else "story"
            self.blocks.append(StoryBlock(name, is_rule, elements))
            self._reading.record("graph", kind, line, f"{kind} `{name}`", msgspec.to_builtins(elements))
            self._reading.record("names", f"{kind} `{name}`", line, f"{kind} `{name}`")
            self._reading.parts(f"{kind} `{name}`", self._parts)
        self._elements, self._parts = [], []

    def _begin(self, words: str, where: Location) -> None:
        self.close()
        is_rule = words.startswith(">")
        self._head = (words.lstrip("> ") if is_rule else words.strip("# "), is_rule, where.line)

    def _add(self, element: StoryElement, where: Location) -> None:
        if self._head is None:
            self._reading.problem("this stands before the first story", where, "begin a story with a line `## NAME`")
        else:
            self._elements.append(element)

    def _filled_in(self, words: str, where: Location) -> str:
        def value(match: re.Match[str]) -> str:
            if match[1] not in self._variables:
                hint = did_you_mean(match[1], list(self._variables)) or "write what it stands for"
                self._reading.problem(f"the variable `{match[1]}` has no value here", where, hint)
            return self._variables.get(match[1], match[1])

        return _VARIABLE.sub(value, words).strip()

    def _call(self, words: str, where: Location) -> tuple[str, dict[str, Any]] | None:
        """`name{"key": value}`, where the braces may be missing."""
        match = _CALL.fullmatch(words)
        name = match["name"].strip() if match else ""
        if match is None or not name:
            self._reading.problem(f"this line names nothing: {words}", where)
            return None
        try:
            return name, read_object(match["arguments"] or "{}")
        except ValueError as error:
            hint = f'write {name}{{"name": "value"}}'
            self._reading.problem(f"what follows `{name}` is not a JSON object: {error}", where, hint)
            return None

    def _checkpoint(self, words: str, where: Location) -> None:
        call = self._call(words, where)
        if call is None:
            return
        name, conditions = call
        if conditions and any(element.events for element in self._elements):
            self._reading.warn(f"conditions of checkpoint `{name}` count at the start of a story only", where)
        self._add(StoryElement(checkpoint=Checkpoint(name, tuple(conditions.items()))), where)

    def _event(self, words: str, where: Location) -> None:
        call = self._call(words, where)
        if call is None:
            return
        name, facts = call
        if name == "slot":
            if not facts:
                self._reading.problem("an event `slot` names no slot", where, 'write slot{"name": "value"}')
            events = [Event("slot", slot, value) for slot, value in facts.items()]
        elif name in _LOOPS:
            events = self._loop(name, facts, where)
        else:
            events = [self._done(name, facts)]
        for event in events:
            self._add(StoryElement((event,)), where)

    @staticmethod
    def _done(word: str, facts: dict[str, Any]) -> Event:
        done = happened(word)
        if done.type == "event":
            return replace(done, value=facts or None)
        named = facts.get("name")
        name = named if isinstance(named, str) and named else word
        return Event("action", _ONCE_CALLED.get(name, name))

    def _loop(self, word: str, facts: dict[str, Any], where: Location) -> list[Event]:
        loop = facts.get("name", 0)
        if loop is not None and (not isinstance(loop, str) or not loop):
            self._reading.problem(f"an event `{word}` names no form", where, f'write {word}{{"name": "some_form"}}')
            return []
        return [Event("loop", loop)]

    def _turn(self, words: str, where: Location) -> None:
        choices = words.split(" OR ")
        if len(choices) > 1 and self._test_turn(words) and not all(self._test_turn(one.strip()) for one in choices):
            choices = [words]  # the user says OR
        found = [self._user(one.strip(), where) for one in choices]
        events = tuple(event for event in found if event is not None)
        if events:
            self._add(StoryElement(events), where)

    def _test_turn(self, words: str) -> re.Match[str] | None:
        match = _TEST_TURN.fullmatch(words)
        is_turn = match is not None and (
            self._is_test or not match["text"] or match["text"].startswith((" ", "\t", "/"))
        )
        return match if is_turn else None

    def _user(self, words: str, where: Location) -> Event | None:
        if test_turn := self._test_turn(words):
            return self._said(test_turn["intent"].strip(), test_turn["text"].strip(), where)
        match = _INTENT.match(words)
        name = match["intent"].strip() if match else ""
        if match is None or not name:
            self._reading.problem("this user turn names no intent", where, _LISTENING)
            return None
        intent, retrieval = base_and_retrieval(name)
        if retrieval:
            self._reading.warn(f"a story takes `{retrieval}` for its intent `{intent}`", where, f"write `{intent}`")
        try:
            entities = entities_of(read_object(match["entities"] or "{}"), *match.span("entities"))
        except ValueError as error:
            what = f"what follows intent `{name}` is not a JSON object, and passed over: {error}"
            self._reading.warn(what, where, _LISTENING)
            entities = []
        return Event("user", intent, retrieval, entities=frozen_entities(entities))

    def _said(self, name: str, annotated: str, where: Location) -> Event | None:
        intent, retrieval = base_and_retrieval(name)
        if is_intent_text(annotated):
            return Event("user", intent, retrieval, entities=frozen_entities(read_intent_text(annotated)[1]))
        try:
            text, spans = read_markup(annotated)
        except MarkupError as error:
            self._reading.problem(f"{error}, in: {annotated}", where)
            return None
        return Event("user", intent, retrieval, text=text or None, entities=frozen_entities(spans))
