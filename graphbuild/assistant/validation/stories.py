"""StoryCheck: names in stories and rules against the domain. RASA.md 6.4, and unresolved slots (section 7, item 22)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.domain import DEFAULT_INTENTS, REQUESTED_SLOT, RESPONSE_PREFIX, Slot, Slots
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import FILLED, Event, StoryGraph
from graphbuild.assistant.data.story_steps import StoryNames
from graphbuild.assistant.data.subjects import story_subject
from graphbuild.assistant.validation.entities import story_entities
from graphbuild.assistant.validation.findings import Finding, Findings, closest
from graphbuild.contract.component import CHECK, Component

_CUSTOM_PREFIX = "action_"
_OLD_RESPONSE_PREFIX = "respond_"
"""Of retrieval actions in Rasa 1 and 2.0."""
_NO_VALUE_FINE = ("text", "list", "any")

Subjects = tuple[str, ...]


class StoryCheck(Component):
    """Checks stories and rules: actions, forms, slots, intents and entities that the domain lacks."""

    kind = CHECK

    def apply(self, stories: StoryGraph, names: StoryNames, domain: DomainSpace, slots: Slots) -> Findings:
        """Findings GB301 to GB309 and GB404."""
        return Findings.of(check_stories(stories, names, domain, slots))


def check_stories(stories: StoryGraph, names: StoryNames, domain: DomainSpace, slots: Slots) -> Iterator[Finding]:
    """What stories and rules name and the domain lacks; intents of the domain that none of them names."""
    used = used_names(stories, names)
    yield from _actions(used.actions, domain)
    yield from _loops(used.loops, domain)
    yield from _slots(used.slots, slots.slots)
    yield from _values(used.values, slots.slots)
    yield from _intents(used.intents, domain)
    yield from story_entities(used.entities.items(), domain.entities)
    if stories.steps:
        unused = {intent.name for intent in domain.intents} - used.intents.keys() - set(DEFAULT_INTENTS)
        for name in sorted(unused):
            what = f"intent `{name}` is in no story and no rule"
            yield Finding("GB307", what, (f"intent `{name}`",), name, hint="tell what happens after it, or remove it")


@dataclass
class Used:
    """What stories and rules name, with the record of the first that does."""

    actions: dict[str, Subjects] = field(default_factory=dict)
    loops: dict[str, Subjects] = field(default_factory=dict)
    slots: dict[str, Subjects] = field(default_factory=dict)
    values: dict[tuple[str, str], tuple[Any, Subjects]] = field(default_factory=dict)
    """(slot, value as text) -> value."""
    intents: dict[str, Subjects] = field(default_factory=dict)
    entities: dict[str, Subjects] = field(default_factory=dict)


def used_names(stories: StoryGraph, names: StoryNames) -> Used:
    """Goes through all steps once."""
    used = Used()
    takers: Mapping[str, Callable[[Event, Subjects], None]] = {
        "action": lambda event, where: _put(used.actions, event.name, where),
        "loop": lambda event, where: _put(used.loops, event.name, where),
        "slot": lambda event, where: _set(used, event.name, event.value, where),
        "user": lambda event, where: _said(used, event, where),
    }
    for step, told in zip(stories.steps, names.of_steps, strict=True):
        where = tuple(story_subject(name, step.is_rule) for name in told)
        for event in step.events:
            if event.type in takers:
                takers[event.type](event, where)
        for start in step.start:
            for name, value in start.conditions:
                _set(used, name, value, where)
    return used


def _put(into: dict[str, Subjects], name: str | None, where: Subjects) -> None:
    if name is not None:
        into.setdefault(name, where)


def _set(used: Used, name: str | None, value: Any, where: Subjects) -> None:
    if name is not None:
        used.slots.setdefault(name, where)
        used.values.setdefault((name, repr(value)), (value, where))


def _said(used: Used, event: Event, where: Subjects) -> None:
    _put(used.intents, event.name.split("/")[0] if event.name else None, where)
    for entity in event.entities:
        _put(used.entities, str(dict(entity)["entity"]), where)


def _actions(actions: Mapping[str, Subjects], domain: DomainSpace) -> Iterator[Finding]:
    known = set(domain.actions)
    for name, where in actions.items():
        if name in known or RESPONSE_PREFIX + name.removeprefix(_OLD_RESPONSE_PREFIX) in known:
            continue
        code, word, section = "GB306", "action", "actions"
        if name.startswith(_CUSTOM_PREFIX):
            code = "GB301"
        elif name.startswith(RESPONSE_PREFIX):
            code, word, section = "GB305", "response", "responses"
        yield _unknown(code, word, name, where, "action", sorted(known), section)


def _loops(loops: Mapping[str, Subjects], domain: DomainSpace) -> Iterator[Finding]:
    for name, where in loops.items():
        if name not in domain.actions and name not in domain.forms:
            yield _unknown("GB302", "form", name, where, "active_loop", sorted(domain.forms), "forms")


def _slots(slots: Mapping[str, Subjects], known: Mapping[str, Slot]) -> Iterator[Finding]:
    for name, where in slots.items():
        if name not in known and name != REQUESTED_SLOT:
            yield _unknown("GB303", "slot", name, where, "slot_was_set", sorted(known), "slots")


def _intents(intents: Mapping[str, Subjects], domain: DomainSpace) -> Iterator[Finding]:
    known = [intent.name for intent in domain.intents]
    for name, where in intents.items():
        if name not in known:
            yield _unknown("GB304", "intent", name, where, "intent", known, "intents")


def _unknown(code: str, word: str, name: str, where: Subjects, key: str, known: list[str], section: str) -> Finding:
    hint = closest(name, known, f"add it under `{section}`")
    what = f"{where[0] if where else 'a story'} names {word} `{name}`, which is not in the domain"
    return Finding(code, what, where, name, key, hint)


def _values(values: Mapping[tuple[str, str], tuple[Any, Subjects]], known: Mapping[str, Slot]) -> Iterator[Finding]:
    for (name, _), (value, where) in values.items():
        slot = known.get(name)
        if slot is None or value is None:
            continue
        if value == FILLED and slot.influences and slot.type not in _NO_VALUE_FINE and "." not in slot.type:
            what = f"{where[0] if where else 'a story'} names {slot.type} slot `{name}` without a value"
            yield Finding("GB309", what, where, name, "slot_was_set", f"write `- {name}: VALUE`")
        elif slot.type == "categorical" and value != FILLED and str(value).lower() not in (*slot.values, "__other__"):
            what = f"{where[0] if where else 'a story'} sets slot `{name}` to `{value}`, which is none of its values"
            hint = closest(str(value).lower(), slot.values, "add it to the slot's `values`")
            yield Finding("GB308", what, where, str(value), name, hint)
