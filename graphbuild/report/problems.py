"""Error screens: problems drawn with their place, the line they are on, a caret, aligned facts and a hint. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from graphbuild.errors import Location, Problem

_RED, _BOLD, _DIM, _PLAIN = "\033[31m", "\033[1m", "\033[2m", "\033[0m"


def render_problems(problems: Sequence[Problem], texts: Mapping[str, str], *, colour: bool = False) -> str:
    """The screen. `texts` has the contents of files by the path that locations use."""
    blocks = [_render(problem, texts, colour) for problem in problems]
    if len(problems) > 1:
        blocks.append(f"{len(problems)} problems")
    return "\n\n".join(blocks) + "\n"


def texts_of(problems: Sequence[Problem], folder: Path) -> dict[str, str]:
    """The contents of the files that problems are in, as far as they can be read."""
    found = {}
    for path in {problem.location.path for problem in problems if problem.location}:
        try:
            found[path] = (folder / path).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
    return found


def _render(problem: Problem, texts: Mapping[str, str], colour: bool) -> str:
    bold, dim, red, plain = (_BOLD, _DIM, _RED, _PLAIN) if colour else ("", "", "", "")
    place = f"{bold}{problem.location}: {plain}" if problem.location else ""
    lines = [f"{place}{red}error:{plain} {problem.what}"]
    if problem.location is not None:
        lines.extend(_excerpt(problem.location, texts))
    width = max((len(name) for name, _ in problem.facts), default=0)
    lines.extend(f"  {dim}{name}:{plain}{' ' * (width - len(name) + 1)}{value}" for name, value in problem.facts)
    if problem.hint:
        lines.append(f"  {bold}hint:{plain} {problem.hint}")
    return "\n".join(lines)


def _excerpt(location: Location, texts: Mapping[str, str]) -> list[str]:
    lines = texts.get(location.path, "").splitlines()
    if not 0 < location.line <= len(lines):
        return []
    number = str(location.line)
    shown = [f"  {number} | {lines[location.line - 1]}"]
    if location.column:
        before = lines[location.line - 1][: location.column - 1]
        # Tabs stay tabs, so that the caret stands under its word.
        shown.append(f"  {' ' * len(number)} | {''.join(c if c == chr(9) else ' ' for c in before)}^")
    return shown
