"""A text and a cursor -> completions, and what is said of what stands there. Never fails, whatever the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from graphbuild.editing import offers
from graphbuild.editing.native import NativeOffers
from graphbuild.editing.offers import Offer, OfferKind
from graphbuild.editing.outline import Cursor, Outline, Part, Role
from graphbuild.editing.rasa import RasaOffers
from graphbuild.editing.reading import read_outline
from graphbuild.recipe.rasa_items import uses_of

_OPEN_VARIABLE = re.compile(r"\$\{[^}]*$")
_VARIABLE = re.compile(r"\$\{\s*([^}]*?)\s*\}")
_NATIVE = ("graphbuild", "extends", "nodes")
_RASA = ("pipeline", "policies", "recipe", "assistant_id", "train_schema", "predict_schema")


@dataclass(frozen=True)
class Completions:
    """What may be written at a cursor, in place of the columns from `start` to `end` (from 1, the end not included)."""

    start: int
    end: int
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Told:
    """What is known of the word at a cursor, and where it stands."""

    offer: Offer
    start: int
    end: int


def complete(text: str, line: int, column: int, project: FilePath, file: FilePath) -> Completions:
    """The completions at a place.

    `file`: where the text is from. Whether it is Rasa's config is told by its keys, else by its name.
    """
    outline = read_outline(text, line, column)
    cursor = outline.cursor
    source = _source(outline.root, project, file)
    if cursor.role is Role.NONE:
        return Completions(column, column)
    variable = _OPEN_VARIABLE.search(cursor.before)
    if cursor.role is not Role.KEY and variable is not None:
        start = cursor.start + variable.start()
        closing = text_at(text, line, cursor.end) == "}"
        return Completions(start, cursor.end + closing, tuple(_variables(source, cursor)))
    return Completions(cursor.start, cursor.end, tuple(_unique(_offers(source, outline))))


def hover(text: str, line: int, column: int, project: FilePath, file: FilePath) -> Told | None:
    """What is said of the word at a place; None where nothing is known of it."""
    outline = read_outline(text, line, column)
    cursor = outline.cursor
    if cursor.role is Role.NONE or not cursor.word:
        return None
    source = _source(outline.root, project, file)
    end = cursor.start + len(cursor.word)
    for variable in _VARIABLE.finditer(cursor.word):
        if variable.start() <= len(cursor.before) <= variable.end():
            name = f"${{{variable[1]}}}"
            found = next((one for one in source.variables() if one.label == name), None)
            start = cursor.start + variable.start()
            return Told(found, start, start + len(variable[0])) if found is not None else None
    words = (cursor.word, uses_of(cursor.word))
    known = _at(source, outline, with_taken=True)
    found = next((one for one in known if one.label in words), None)
    if found is None and cursor.role is Role.VALUE:
        found = _other_value(source, cursor)
    return Told(found, cursor.start, end) if found is not None else None


def text_at(text: str, line: int, column: int) -> str:
    """The character at a place."""
    lines = re.split(r"\r\n?|\n", text)
    row = lines[line - 1] if 0 < line <= len(lines) else ""
    return row[column - 1 : column]


def _source(root: Part, project: FilePath, file: FilePath) -> NativeOffers | RasaOffers:
    """What may stand in this recipe, of one kind or the other."""
    keys = {one.key for one in root.entries}
    is_rasa = file.name.startswith("config.") if keys.isdisjoint((*_NATIVE, *_RASA)) else keys.isdisjoint(_NATIVE)
    return RasaOffers(root, project) if is_rasa else NativeOffers(root, project, file.parent)


def _offers(source: NativeOffers | RasaOffers, outline: Outline) -> Iterator[Offer]:
    """The offers at the cursor, as they are to be written there."""
    cursor = outline.cursor
    yield from (offers.behind_colon(one) if cursor.has_colon else one for one in _at(source, outline, with_taken=False))
    if cursor.role is Role.VALUE and _is_option(cursor):
        yield from _variables(source, cursor)


def _variables(source: NativeOffers | RasaOffers, cursor: Cursor) -> Iterator[Offer]:
    needs_quotes = cursor.is_bare_in_brackets and _OPEN_VARIABLE.sub("", cursor.before) == ""
    return (offers.in_quotes(one) if needs_quotes else one for one in source.variables())


def _at(source: NativeOffers | RasaOffers, outline: Outline, *, with_taken: bool) -> Iterator[Offer]:
    cursor = outline.cursor
    if cursor.role in (Role.VALUE, Role.OPEN):
        yield from source.values(cursor.path)
    if cursor.role in (Role.KEY, Role.OPEN):
        known = source.keys(cursor.path)
        yield from known if with_taken else offers.without_taken(known, outline.root.at(cursor.path))


def _other_value(source: NativeOffers | RasaOffers, cursor: Cursor) -> Offer | None:
    """Of a value that is none of those that are offered: what its key is for."""
    *path, key = cursor.path
    if isinstance(key, int) and path:
        *path, key = path
    found = next((one for one in source.keys(tuple(path)) if one.label == key), None)
    return found if found is not None and found.kind is OfferKind.OPTION else None


def _is_option(cursor: Cursor) -> bool:
    return "with" in cursor.path[2:3] or cursor.path[-1:] == ("reads",)


def _unique(found: Iterator[Offer]) -> Iterator[Offer]:
    known = set()
    for one in found:
        if (one.label, one.text) not in known:
            known.add((one.label, one.text))
            yield one
