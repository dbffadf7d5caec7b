"""Events out of JSON, in the shape of Rasa of any generation. What is no event is an error that says why."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from graphbuild.assistant.runtime import events as kinds
from graphbuild.assistant.runtime.events import ActiveLoop, Event, LoopInterrupted, OtherEvent, UserUttered
from graphbuild.errors import DataError

_KINDS: dict[str, type[Event]] = {
    kind.type_name: kind
    for kind in vars(kinds).values()
    if isinstance(kind, type) and issubclass(kind, Event) and kind not in (Event, OtherEvent)
}
_NEEDED = {
    "slot": ("name",),
    "followup": ("name",),
    "action_execution_rejected": ("name",),
    "reminder": ("intent", "date_time"),
}
_KINDS_OF_VALUES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("name", "policy", "intent", "date_time", "action_text", "input_channel"), (str,)),
    **dict.fromkeys(("confidence", "timestamp"), (int, float)),
    **dict.fromkeys(("hide_rule_turn", "is_interrupted", "kill_on_user_msg", "use_text_for_featurization"), (bool,)),
    **dict.fromkeys(("parse_data", "metadata"), (dict,)),
}
"""Of the fields that may not hold just anything; None always stands for "not said"."""


_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which Python's texts may hold and no file and no answer can."""


def harmless(event: Event) -> Event:
    """The event, with replacement characters where its texts hold what cannot be written."""
    row = event.as_dict()
    return event_of(_cleaned(row)) or event if _has_halves(row) else event


def whole_text(text: str) -> str:
    """A text, with replacement characters for what cannot be written."""
    return _HALVES.sub("\ufffd", text)


def _has_halves(value: Any) -> bool:
    if isinstance(value, str):
        return not value.isascii() and _HALVES.search(value) is not None
    if isinstance(value, Mapping):
        return any(_has_halves(one) for item in value.items() for one in item)
    return isinstance(value, list | tuple) and any(_has_halves(one) for one in value)


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, Mapping):
        return {_cleaned(key): _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list | tuple) else value


def events_of(rows: Iterable[Any]) -> list[Event]:
    """Several events. Raises DataError."""
    return [event for row in rows for event in (event_of(row),) if event is not None]


def event_of(row: Any) -> Event | None:
    """One event; None for those that Rasa itself forgets. Raises DataError."""
    if not isinstance(row, Mapping) or not isinstance(row.get("event"), str):
        raise DataError(f"this is no event, for it has no `event` that names its type: {row!r}")
    said = {str(key): value for key, value in row.items()}
    name = said.pop("event")
    if name == "topic":
        return None
    _check(name, said)
    common: dict[str, Any] = {
        "timestamp": float(said.pop("timestamp", None) or time.time()),
        "metadata": said.pop("metadata", None) or {},
    }
    if name == "form":
        return ActiveLoop(said.get("name"), **common)
    if name == "form_validation":
        return LoopInterrupted(not said.get("validate", True), **common)
    kind = _KINDS.get(name)
    if kind is None:
        return OtherEvent({"event": name, **said}, **common)
    if kind is UserUttered:
        return _user(said, common)
    known = {one.name: one.metadata.get("key", one.name) for one in fields(kind)}
    return kind(**{own: said[key] for own, key in known.items() if said.get(key) is not None}, **common)


def _check(name: str, said: Mapping[str, Any]) -> None:
    for key in _NEEDED.get(name, ()):
        if said.get(key) is None:
            raise DataError(f"an event `{name}` has no `{key}`")
    if name == "action" and said.get("name") is None and said.get("action_text") is None:
        raise DataError("an event `action` has neither a `name` nor an `action_text`")
    if name == "entities" and not _is_list_of_mappings(said.get("entities")):
        raise DataError("`entities` of an event `entities` must be a list of mappings")
    for key, allowed in _KINDS_OF_VALUES.items():
        value = said.get(key)
        is_number = allowed == (int, float)
        if value is not None and (not isinstance(value, allowed) or (is_number and isinstance(value, bool))):
            raise DataError(f"`{key}` of an event `{name}` must be {_words(allowed)}, not {value!r}")
    if name in ("user", "bot") and not isinstance(said.get("text"), str | None):
        raise DataError(f"`text` of an event `{name}` must be a text, not {said['text']!r}")
    if name == "bot" and not isinstance(said.get("data") or {}, Mapping):
        raise DataError("`data` of an event `bot` must be a mapping")


def _user(said: Mapping[str, Any], common: Mapping[str, Any]) -> UserUttered:
    parse = said.get("parse_data") or {}
    if not isinstance(parse.get("intent") or {}, Mapping) or not _is_list_of_mappings(parse.get("entities") or []):
        raise DataError("`parse_data` of an event `user` must have a mapping `intent` and a list `entities`")
    text = said.get("text")
    made = UserUttered.understood(text, parse, message_id=said.get("message_id"), metadata=common["metadata"])
    return UserUttered(text, made.parse_data, said.get("input_channel"), said.get("message_id"), **common)


def _is_list_of_mappings(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value)


def _words(allowed: tuple[type, ...]) -> str:
    words = {str: "a text", int: "a number", float: "a number", bool: "true or false", dict: "a mapping"}
    return words[allowed[0]]
