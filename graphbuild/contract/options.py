"""Options of components: how a Config dataclass is declared, filled from a recipe, and shown as a schema.

Values are checked field by field with msgspec, so that all wrong options of a node are reported at once. Knows
nothing of YAML: places are the caller's business.
"""

from __future__ import annotations

import dataclasses
import difflib
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Annotated, Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

AtLeastOne = Annotated[int, Meta(ge=1)]
NotNegative = Annotated[int, Meta(ge=0)]
Positive = Annotated[float, Meta(gt=0)]
Share = Annotated[float, Meta(ge=0, le=1)]
"""Types of options with bounds."""

_ENUM = re.compile(r"""Invalid enum value ["'](.*)["']""", re.DOTALL)
_STEP = re.compile(r"\.\.\.|\w+")
_ANY = "..."
"""A key that is not told."""
_HELP = "help"
_DISPLAY_ONLY = "display_only"
_TRAINING_ONLY = "training_only"
_ROUNDS = "rounds"


def option(
    default: Any,
    help: str = "",  # noqa: A002 - the word users know
    *,
    display_only: bool = False,
    training_only: bool = False,
    rounds: bool = False,
) -> Any:
    """A field of a Config: its default, a sentence of help, and whether it changes nothing but what is shown.

    `training_only`: nothing but how a training is done and shown, so that using what was learnt does without it.
    `rounds`: it says how often a training goes through its data, so that a fine-tuning may have another number of it.
    Mutable defaults (lists, dicts) are copied for each Config, so they may be given as they are.
    """
    metadata = {
        _HELP: help,
        _DISPLAY_ONLY: display_only or training_only,
        _TRAINING_ONLY: training_only,
        _ROUNDS: rounds,
    }
    if isinstance(default, list | dict):
        return dataclasses.field(default_factory=lambda: _copy(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class OptionProblem:
    """One wrong option: its path inside the node's `with`, what is wrong, a hint."""

    path: tuple[str, ...]
    what: str
    hint: str | None = None
    is_unknown: bool = False
    """Whether there is no such option, or no such key in one."""


def read_options(config_class: type, given: Mapping[str, Any]) -> tuple[Any, list[OptionProblem]]:
    """A Config from what a recipe says, with defaults filled in and nested mappings merged over nested defaults.

    Returns the Config (None when there are problems) and all problems. Bounds are part of a field's type, as in
    `Annotated[int, Meta(ge=1)]`; a Config's `__post_init__` may raise ValueError where options contradict each other.
    """
    hints = _hints(config_class)
    known = {item.name: item for item in fields(config_class)}
    problems = []
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            hint = did_you_mean(name, list(known))
            problems.append(OptionProblem((name,), f"there is no option `{name}`", hint, is_unknown=True))
            continue
        default = default_of(known[name])
        # A partly given nested option keeps the rest of its default, here and so in the action key.
        merges = isinstance(default, dict) and isinstance(value, Mapping)
        found = _read(name, {**default, **value} if merges else value, hints[name], values)
        problems.extend(found)
        if not found and not _is_finite(values[name]):
            problems.append(OptionProblem((name,), f"option `{name}`: a number must be finite"))
    if problems:
        return None, problems
    try:
        return config_class(**values), []
    except ValueError as error:  # options that contradict each other
        return None, [OptionProblem((), str(error))]


def without(value: Any, path: Sequence[str]) -> Any:
    """Options, or one of them, without the key that a path leads to: keys of mappings, positions in lists."""
    first, *rest = path
    if isinstance(value, Mapping):
        kept = {key: one for key, one in value.items() if rest or str(key) != first}
        return {key: without(one, rest) if str(key) == first else one for key, one in kept.items()}
    if isinstance(value, list | tuple) and rest:
        return [without(one, rest) if str(position) == first else one for position, one in enumerate(value)]
    return value


def to_plain(config: Any, *, with_display_only: bool = True) -> dict[str, Any]:
    """A Config as a plain mapping, as it enters the action key when `with_display_only` is False."""
    return {
        item.name: msgspec.to_builtins(getattr(config, item.name))
        for item in fields(config)
        if with_display_only or not item.metadata.get(_DISPLAY_ONLY)
    }


@lru_cache(maxsize=1024)
def training_only_of(config_class: type) -> frozenset[str]:
    """The options that change nothing but how a training is done and shown."""
    return frozenset(item.name for item in fields(config_class) if item.metadata.get(_TRAINING_ONLY))


def rounds_of(config_class: type) -> frozenset[str]:
    """The options that say how often a training goes through its data."""
    return frozenset(item.name for item in fields(config_class) if item.metadata.get(_ROUNDS))


def default_of(item: dataclasses.Field[Any]) -> Any:
    """The default of a field, or MISSING."""
    return item.default_factory() if item.default_factory is not MISSING else item.default


def schema_of(config_class: type) -> dict[str, Any]:
    """A JSON Schema of the options, with defaults and help (draft 2020-12)."""
    (schema,), components = msgspec.json.schema_components((config_class,))
    if "$ref" in schema:
        schema = components.pop(schema["$ref"].rsplit("/", 1)[-1])
    for item in fields(config_class):
        entry = schema.get("properties", {}).get(item.name)
        if entry is not None and item.metadata.get(_HELP):
            entry["description"] = item.metadata[_HELP]
    schema["additionalProperties"] = False
    if components:
        schema["$defs"] = components
    return schema


def did_you_mean(name: str, known: list[str]) -> str | None:
    """A hint that names the closest known word, or all of them when none is close and they are few."""
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean `{close[0]}`?"
    if not known:
        return None
    return f"there is {', '.join(f'`{word}`' for word in sorted(known))}" if len(known) <= 40 else None


@lru_cache(maxsize=1024)
def _hints(config_class: type) -> dict[str, Any]:
    return get_type_hints(config_class, include_extras=True)


def _read(name: str, value: Any, hint: Any, values: dict[str, Any]) -> list[OptionProblem]:
    """Puts the value of one option among the values. Returns what is wrong with it: all keys that it cannot have."""
    problems: list[OptionProblem] = []
    while True:
        try:
            values[name] = msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            problem = _explained(name, value, str(error), hint)
            problems.append(problem)
            if problem.is_unknown:
                value = without(value, problem.path[1:])
                continue
        return problems


def _explained(name: str, value: Any, message: str, hint: Any) -> OptionProblem:
    # msgspec says: Expected `int`, got `str` - at `$.text[0]`. Of a mapping it names no keys: `$[...][0]`; where a key
    # itself is wrong: `key` in `$`.
    what, _, place = message.partition(" - at ")
    is_key = place.startswith("`key` in ")
    inner = _STEP.findall(place.partition("$")[2])
    path = (name, *itertools.takewhile(lambda step: step != _ANY, inner))
    subject = f"option `{'.'.join(path)}`"
    wrong = _ENUM.fullmatch(what)
    if wrong is None:
        return OptionProblem(path, f"{'a key of ' if is_key else ''}{subject}: {what[:1].lower()}{what[1:]}")
    nearest = did_you_mean(wrong[1], sorted(set(_words_allowed(hint))))
    if not is_key:
        return OptionProblem(path, f"{subject}: it cannot be `{wrong[1]}`", nearest)
    path = (name, *next(_paths_to(wrong[1], value, inner)))
    return OptionProblem(path, f"there is no option `{'.'.join(path)}`", nearest, is_unknown=True)


def _paths_to(key: str, value: Any, inner: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The paths to a key in mappings that are as deep inside of a value; steps that are not known may be any."""
    if not inner:
        yield from [(key,)] if isinstance(value, Mapping) and key in value else []
        return
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        pairs = list(enumerate(value)) if isinstance(value, list | tuple) else []
    for step, one in pairs:
        if inner[0] in (_ANY, str(step)):
            yield from ((str(step), *path) for path in _paths_to(key, one, inner[1:]))


def _words_allowed(hint: Any) -> Iterator[str]:
    """The words that a type has, wherever in it."""
    for one in get_args(hint):
        if isinstance(one, str):
            yield one
        else:
            yield from _words_allowed(one)


def _is_finite(value: Any) -> bool:
    """Whether no number in a value is infinite or none: such have no canonical encoding."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(_is_finite(one) for one in value.values())
    return all(_is_finite(one) for one in value) if isinstance(value, list | tuple) else True


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value
