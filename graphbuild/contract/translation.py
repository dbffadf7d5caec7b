"""Translations: what a configuration of an older release means, so that a front end can read it without knowing names.

A catalogue's TRANSLATIONS has for lists of a configuration the function that translates them (registry.translator).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Items = str | Sequence[Mapping[str, Any]]
"""A list as it is written: items with a `name` and options; or a text that stands for a whole list."""


@dataclass(frozen=True)
class Written:
    """A place in what was written: an item by its position (a text is item 0), and one of its options or its name."""

    position: int
    option: str | None = None


@dataclass(frozen=True)
class TranslatedItem:
    """An item in the words of today."""

    name: str
    options: Mapping[str, Any]
    position: int
    """Of the written item that it stands for."""
    origins: Mapping[str, Written] = field(default_factory=dict)
    """Option -> where it is written. Options without one were added."""


@dataclass(frozen=True)
class Remark:
    """What is said of a written item, or of an option of it."""

    what: str
    at: Written
    hint: str | None = None


@dataclass(frozen=True)
class Translation:
    """A list in the words of today."""

    items: tuple[TranslatedItem, ...]
    notices: tuple[Remark, ...] = ()
    """What is read otherwise than it is written: one an item at most."""
    refusals: tuple[Remark, ...] = ()
    """What has no meaning any more, and cannot be passed over."""
    elsewhere: Mapping[str, tuple[TranslatedItem, ...]] = field(default_factory=dict)
    """Another list -> items that do part of the work there: at its end, or as part of its item of the same name, whose
    own options count first."""
    sources: tuple[TranslatedItem, ...] = ()
    """Importers of data that does part of the work."""


Translator = Callable[[Items, str | None], Translation]
"""From a list, and the language of the configuration where it names one."""


def as_written(items: Sequence[Mapping[str, Any]]) -> Translation:
    """A list that needs no translation."""
    return Translation(tuple(item_as_written(item, position) for position, item in enumerate(items)))


def item_as_written(item: Mapping[str, Any], position: int) -> TranslatedItem:
    """An item that needs none."""
    options = {name: value for name, value in item.items() if name != "name"}
    return TranslatedItem(str(item["name"]), options, position, {name: Written(position, name) for name in options})
