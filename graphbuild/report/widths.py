"""How wide a text is on a terminal, and texts cut and filled to a width. Pure; needs no terminal library."""

from __future__ import annotations

import unicodedata

_ELLIPSIS = "\u2026"


def width_of(text: str) -> int:
    """Columns that a text takes: two for a wide character, none for one that goes on top of another."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def printable(text: str) -> str:
    """A text without what moves the cursor or breaks the line: names of files may hold anything."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "\ufffd" for one in text)


def cut(text: str, width: int) -> str:
    """A text cut in its middle, where it is wider: both ends tell."""
    if width_of(text) <= width:
        return text
    tail = (width - 1) * 2 // 3
    return f"{_fitting(text, width - 1 - tail)}{_ELLIPSIS}{_fitting(text[::-1], tail)[::-1]}"


def filled(text: str, width: int) -> str:
    """A text with blanks up to a width."""
    return text + " " * (width - width_of(text))


def padded(text: str, width: int) -> str:
    """A text of exactly this width: cut in its middle or filled."""
    return filled(cut(text, width), width)


def _fitting(text: str, width: int) -> str:
    """The longest beginning of a text that fits."""
    used = 0
    for place, character in enumerate(text):
        used += _columns(character)
        if used > width:
            return text[:place]
    return text


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
