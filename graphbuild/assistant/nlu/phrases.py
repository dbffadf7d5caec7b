r"""Phrases: finding any of very many in a text, as the expression `\b(?:longest|...|shortest)\b` would.

A hash table in the place of an automaton: from each place where a phrase may begin, the first letters say which lengths
are possible, and each of these is looked up, the longest first. It needs no library, and is made in half the time of an
automaton and a tenth of an expression's (tests/benchmarks/phrases.py). Knows no messages.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from functools import cached_property

_EDGE = re.compile(r"\b")
_HEAD = 4
"""How many first letters say which lengths there are."""
_LIGATURES = {0x1FD3: 0x390, 0x1FE3: 0x3B0, 0xFB06: 0xFB05}
"""Letters that expressions take for the same although their capitals are several letters."""


class Phrases:
    """Some phrases, ready to be searched. Empty ones are passed over."""

    def __init__(self, phrases: Iterable[str], *, case_sensitive: bool, word_boundaries: bool) -> None:
        self._case_sensitive = case_sensitive
        self._word_boundaries = word_boundaries
        self._given = tuple(phrases)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where phrases stand, (start, end), from left to right and none inside another."""
        folded = text if self._case_sensitive else fold(text)
        places = [edge.start() for edge in _EDGE.finditer(text)] if self._word_boundaries else range(len(text) + 1)
        edges = set(places) if self._word_boundaries else places
        found, free = [], 0
        for place in places:
            end = self._end(folded, place, edges) if place >= free else place
            if end > place:
                found.append((place, end))
                free = end
        return found

    def _end(self, text: str, start: int, edges: Container[int]) -> int:
        """Where the longest phrase that begins at `start` ends; `start` when there is none."""
        phrases, lengths = self._table
        head = text[start : start + _HEAD]
        possible = lengths.get(head, ())
        for shorter in range(len(head) - 1, 0, -1):
            possible = (*possible, *lengths.get(head[:shorter], ()))
        for length in possible:
            end = start + length
            if end in edges and text[start:end] in phrases:
                return end
        return start

    @cached_property
    def _table(self) -> tuple[frozenset[str], dict[str, tuple[int, ...]]]:
        """The phrases; and for their first letters the lengths that they have, longest first.

        A phrase shorter than a head is its own head.
        """
        phrases = frozenset(one if self._case_sensitive else fold(one) for one in self._given if one)
        lengths: dict[str, set[int]] = {}
        for phrase in phrases:
            lengths.setdefault(phrase[:_HEAD], set()).add(len(phrase))
        return phrases, {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}


def fold(text: str) -> str:
    """A text in which letters that differ in case alone are the same, of the same length."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, int]):
    """Letter -> the one that stands for it and its other cases, as Python's expressions see them (re.IGNORECASE)."""

    def __missing__(self, letter: int) -> int:
        lower = chr(letter).lower()
        upper = lower[0].upper()  # Of the one letter that becomes two, the dotted I, the first counts.
        # Different small letters with one capital are the same: the two sigmas, the long s.
        low = ord(upper.lower()) if len(upper) == 1 and len(upper.lower()) == 1 else ord(lower[0])
        self[letter] = found = _LIGATURES.get(low, low)
        return found


_FOLDED = _Folded()
