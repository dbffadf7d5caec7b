"""ResponseCheck: responses that nobody uses or fills, and retrieval intents without one. RASA.md 3.2, 6.4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from graphbuild.assistant.data.domain import RESPONSE_PREFIX, Forms, Responses, Slots
from graphbuild.assistant.data.messages import Coded, Messages
from graphbuild.assistant.data.space import DomainSpace
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.validation.findings import Finding, Findings, closest
from graphbuild.contract.component import CHECK, Component

_VARIABLE = re.compile(r"(?<!\{)\{\s*([^\W\d][\w.-]*)\s*\}(?!\})")
_FILLED = ("text", "image", "custom", "buttons", "attachment", "quick_replies")
"""Keys of a variation in which variables are filled in."""
_DEFAULTS = ("utter_default", "utter_ask_rephrase", "utter_restart")
"""Responses that default actions use."""


class ResponseCheck(Component):
    """Checks responses: variables that nothing fills, those never used, retrieval intents without one."""

    kind = CHECK

    def apply(
        self,
        responses: Responses,
        slots: Slots,
        forms: Forms,
        domain: DomainSpace,
        stories: StoryGraph,
        messages: Messages,
    ) -> Findings:
        """Findings GB5xx."""
        used = used_responses(stories, forms, slots)
        fillers = {*slots.slots, *(label for label in domain.entities if "#" not in label)}
        keys = _used(messages.response_keys)
        return Findings.of(
            [
                *_unused(responses.variations, used, with_stories=bool(stories.steps)),
                *_variables(responses.variations, used, fillers),
                *_retrieval(responses.variations, keys),
            ]
        )


def used_responses(stories: StoryGraph, forms: Forms, slots: Slots) -> set[str]:
    """Names of the responses that stories, rules and forms use."""
    actions = {event.name or "" for step in stories.steps for event in step.events if event.type == "action"}
    required = [(form, slot) for form, one in forms.forms.items() for slot in one.required_slots]
    # Forms of Rasa 1 keep what they ask for in code: any slot may be asked for.
    asked = {f"{RESPONSE_PREFIX}ask_{name}" for name in (*slots.slots, *(f"{form}_{slot}" for form, slot in required))}
    retrieval = {RESPONSE_PREFIX + name.removeprefix("respond_") for name in actions if name.startswith("respond_")}
    return {*actions, *asked, *retrieval, *_DEFAULTS}


def _unused(responses: Mapping[str, list[dict[str, Any]]], used: set[str], *, with_stories: bool) -> Iterator[Finding]:
    for name in responses:
        if with_stories and name not in used and name.split("/")[0] not in used:
            hint = "fine where a custom action says it; else use it in a story or a rule, or remove it"
            yield Finding(
                "GB501", f"response `{name}` is in no story and no rule", (f"response `{name}`",), name, hint=hint
            )


def _variables(responses: Mapping[str, list[dict[str, Any]]], used: set[str], fillers: set[str]) -> Iterator[Finding]:
    for name, variations in responses.items():
        if name not in used:
            continue  # A custom action says it, and may fill whatever it likes.
        for variable in sorted({one for text in _filled_texts(variations) for one in _VARIABLE.findall(text)}):
            if variable not in fillers:
                what = f"response `{name}` has the variable `{{{variable}}}`, and there is no such slot or entity"
                hint = closest(variable, fillers, "add a slot of that name")
                yield Finding("GB502", what, (f"response `{name}`",), f"{{{variable}}}", hint=hint)


def _filled_texts(variations: list[dict[str, Any]]) -> Iterator[str]:
    """The texts of variations in which Rasa fills in variables: not in `metadata`, nor in what a channel has alone."""
    for variation in variations:
        yield from _texts([variation.get(key) for key in _FILLED])


def _texts(value: Any) -> Iterator[str]:
    """All texts inside a variation."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        inner: Iterable[Any] = value.values() if isinstance(value, Mapping) else value
        for one in inner:
            yield from _texts(one)


def _retrieval(responses: Mapping[str, Any], keys: Iterable[str]) -> Iterator[Finding]:
    wanted = {RESPONSE_PREFIX + key: key for key in keys}
    for name, key in wanted.items():
        if name not in responses:
            what = f"retrieval intent `{key}` has no response"
            yield Finding("GB503", what, (f"intent `{key}` of NLU",), key, hint=f"add `{name}` under `responses`")
    for name in responses:
        if "/" in name and name not in wanted:
            key = name.removeprefix(RESPONSE_PREFIX)
            what = f"response `{name}` is for retrieval intent `{key}`, which has no examples"
            yield Finding("GB504", what, (f"response `{name}`",), name, hint="add some, or remove the response")


def _used(column: Coded) -> list[str]:
    return [column.names[code] for code in np.unique(column.codes[column.codes >= 0]).tolist()]
