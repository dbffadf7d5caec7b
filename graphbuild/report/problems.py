"""Error screens: problems drawn with their place, the line they are on, a caret, aligned facts and a hint. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

from graphbuild.contract.location import lines_of
from graphbuild.contract.source import contents
from graphbuild.errors import Level, Location, Problem, shown

_WIDEST = 120
"""Characters of a line that an excerpt shows at most."""
_LONGEST = 64 << 20
"""Bytes of a file that are read at most for the sake of an excerpt."""
_BOLD, _DIM, _PLAIN = "\033[1m", "\033[2m", "\033[0m"
_COLOURS = {Level.ERROR: "\033[31m", Level.WARNING: "\033[33m", Level.NOTE: "\033[36m"}


def render_problems(problems: Sequence[Problem], texts: Mapping[str, str], *, colour: bool = False) -> str:
    """The screen. `texts` has the contents of files by the path that locations use."""
    excerpts = Excerpts(texts)
    blocks = [render_problem(problem, excerpts, colour=colour) for problem in problems]
    if len(problems) > 1:
        blocks.append(f"{len(problems)} problems")
    return "\n\n".join(blocks) + "\n"


def texts_of(problems: Sequence[Problem], folder: Path) -> dict[str, str]:
    """The contents of the files in whose lines problems are, as far as they can be read."""
    found = {}
    for path in {problem.location.path for problem in problems if problem.location and problem.location.line}:
        try:
            found[path] = contents(folder / path, _LONGEST).decode("utf-8-sig")
        except (OSError, ValueError):
            continue
    return found


class Excerpts:
    """Lines of the files that problems are in; each file is split once, however many problems it has."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._lines: dict[str, list[str]] = {}

    def line(self, location: Location) -> str | None:
        """The line of a place, where it has one."""
        path = location.path
        if path not in self._lines:
            self._lines[path] = lines_of(self._texts.get(path, "").removeprefix("\ufeff"))
        lines = self._lines[path]
        return lines[location.line - 1] if 0 < location.line <= len(lines) else None


def render_problem(problem: Problem, excerpts: Excerpts, *, colour: bool = False) -> str:
    """One problem, without a line break at its end."""
    problem = shown(problem)
    bold, dim, plain = (_BOLD, _DIM, _PLAIN) if colour else ("", "", "")
    place = f"{bold}{_printable(str(problem.location))}: {plain}" if problem.location else ""
    lines = [f"{place}{_word(problem, colour)} {_lines(problem.what, 2)}"]
    if problem.location is not None:
        lines.extend(_excerpt(problem.location, excerpts))
    width = max((len(name) for name, _ in problem.facts), default=0)
    for name, value in problem.facts:
        lines.append(f"  {dim}{name}:{plain}{' ' * (width - len(name) + 1)}{_lines(value, width + 4)}")
    if problem.hint:
        lines.append(f"  {bold}hint:{plain} {_lines(problem.hint, 8)}")
    return "\n".join(line.rstrip() for line in lines)


def _word(problem: Problem, colour: bool) -> str:
    """`error:`, or with a code `warning[GB202]:`."""
    word = f"{problem.level}[{problem.code}]:" if problem.code else f"{problem.level}:"
    return f"{_COLOURS[problem.level]}{word}{_PLAIN}" if colour else word


def _excerpt(location: Location, excerpts: Excerpts) -> list[str]:
    line = excerpts.line(location)
    if line is None:
        return []
    number = str(location.line)
    shown, at = _window(line, location.column - 1)
    shown = _printable(shown)
    excerpt = [f"  {number} | {shown}"]
    if location.column:
        excerpt.append(f"  {' ' * len(number)} | {_padding(shown[:at])}^")
    return excerpt


def _window(line: str, at: int) -> tuple[str, int]:
    """The part of a long line around a position, and the position in it."""
    if len(line) <= _WIDEST:
        return line, at
    start = min(max(0, at - _WIDEST // 2), len(line) - _WIDEST)
    end = start + _WIDEST
    before = "..." if start else ""
    return f"{before}{line[start:end]}{'...' if end < len(line) else ''}", at - start + len(before)


def _padding(text: str) -> str:
    """Blanks as wide as a text: tabs stay tabs, so that the caret stands under its word; some letters are wide."""
    return "".join(
        "" if unicodedata.combining(c) else c if c == "\t" else "  " if unicodedata.east_asian_width(c) in "WF" else " "
        for c in text
    )


def _lines(text: str, indent: int) -> str:
    """A text whose further lines are indented."""
    return f"\n{' ' * indent}".join(_printable(line) for line in text.splitlines())


def _printable(text: str) -> str:
    """Control characters as pictures of themselves, so that no text can steer the terminal."""
    return "".join(c if c == "\t" or c.isprintable() or c.isspace() else _picture(c) for c in text)


def _picture(character: str) -> str:
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\N{REPLACEMENT CHARACTER}"
