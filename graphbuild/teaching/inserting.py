"""Inserting: lines that are put into the text of a YAML file; every byte that was there stays, in its order.

Where a text is written in a way that cannot be added to, the answer is None. Whether the result says what it should is
for the caller to read: nothing here is trusted. Knows nothing of what the documents mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EMPTY = r"(?m)^(%s[ \t]*:)[ \t]*(?:\[[ \t]*\]|\{[ \t]*\}|null|~)?[ \t]*(#[^\r\n]*)?(\r?)$"


def with_entries(text: str, key: str, lines: Sequence[str], *, is_spaced: bool = False) -> str | None:
    """The text with more at the end of the list or mapping of a key: `lines`, without the indentation of the section.

    `is_spaced`: a blank line goes before them, where there are blank lines between the elements.
    """
    tree = _tree(text)
    if tree is None:
        return None
    found = _section(tree, key)
    if found is None:
        return _with_section(text, key, lines)
    _, value = found
    if isinstance(value, yaml.ScalarNode) or not value.value:
        body = "".join(f"{_end(text)}  {line}" if line else _end(text) for line in lines)
        made, count = re.subn(_EMPTY % re.escape(key), lambda one: _head(one) + body + one[3], text, count=1)
        return made if count else None
    if value.flow_style:
        return _in_flow(text, value, lines)
    rows = text.splitlines(keepends=True) if _END_ODD.search(text) is None else None
    if rows is None:
        return None
    last = _last_line(rows, value.start_mark.line, value.end_mark.line)
    indent = " " * value.start_mark.column
    spaced = [""] if is_spaced and _is_spaced(rows, value) else []
    return _inserted(rows, last + 1, [f"{indent}{line}" if line else "" for line in [*spaced, *lines]], _end(text))


def with_block_line(text: str, section: str, name: str, value: str, block: str, lines: Sequence[str]) -> str | None:
    """The text with more lines in the block scalar `block` of that element of `section` in which `name` is `value`."""
    tree = _tree(text)
    found = _section(tree, section) if tree is not None else None
    if found is None or not isinstance(found[1], yaml.SequenceNode) or _END_ODD.search(text) is not None:
        return None
    rows = text.splitlines(keepends=True)
    for item in reversed(found[1].value):
        facts = {one.value: other for one, other in item.value} if isinstance(item, yaml.MappingNode) else {}
        scalar = facts.get(block)
        is_meant = name in facts and facts[name].value == value
        if not is_meant or not isinstance(scalar, yaml.ScalarNode) or scalar.style != "|":
            continue
        begin = scalar.start_mark.line + 1
        content = [row for row in rows[begin : begin + 1] if row.strip()]
        if not content:
            continue
        indent = content[0][: len(content[0]) - len(content[0].lstrip(" "))]
        last = begin
        for at in range(begin, len(rows)):
            if rows[at].strip() and not rows[at].startswith(indent):
                break
            last = at if rows[at].strip() else last
        return _inserted(rows, last + 1, [f"{indent}{line}" for line in lines], _end(text))
    return None


_END_ODD = re.compile("[\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]|\r(?!\n)")
"""Characters that end a line to some, and to others none."""


def _tree(text: str) -> yaml.MappingNode | None:
    """The nodes of a document of one mapping; an empty mapping where there is no document."""
    if text.startswith("\ufeff"):
        return None
    try:
        tree = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError:
        return None
    if tree is None:
        return yaml.MappingNode("tag:yaml.org,2002:map", [])
    return tree if isinstance(tree, yaml.MappingNode) and not tree.flow_style else None


def _section(tree: yaml.MappingNode, key: str) -> tuple[yaml.Node, Any] | None:
    return next(((one, value) for one, value in tree.value if one.value == key), None)


def _head(found: re.Match[str]) -> str:
    return found[1] + (f"  {found[2]}" if found[2] else "")


def _end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _with_section(text: str, key: str, lines: Sequence[str]) -> str:
    end = _end(text)
    gap = "" if not text or text.endswith("\n") else end
    blank = end if text.strip() else ""
    body = "".join(f"  {line}{end}" if line else end for line in lines)
    return f"{text}{gap}{blank}{key}:{end}{body}"


def _in_flow(text: str, value: Any, lines: Sequence[str]) -> str | None:
    """Names that are added to `[a, b]`."""
    if not isinstance(value, yaml.SequenceNode) or not all(line.startswith("- ") and ":" not in line for line in lines):
        return None
    last = value.value[-1].end_mark.index
    more = "".join(f", {line[2:]}" for line in lines)
    return text[:last] + more + text[last:]


def _last_line(rows: Sequence[str], begin: int, end: int) -> int:
    """The last line of a section that is not blank, nor a remark at the margin: those belong to what follows."""
    last = begin
    for at in range(begin, min(end + 1, len(rows))):
        if at > begin and rows[at][:1].strip() and rows[at][0] not in "#-":
            break
        if rows[at].strip() and not rows[at].startswith("#"):
            last = at
    return last


def _is_spaced(rows: Sequence[str], value: Any) -> bool:
    """Whether a blank line stands between the last two elements; one element alone is taken for spaced."""
    if len(value.value) < 2:
        return True
    at = value.value[-1].start_mark.line - 1
    return at >= 0 and not rows[at].strip()


def _inserted(rows: Sequence[str], at: int, lines: Sequence[str], end: str) -> str:
    before, after = "".join(rows[:at]), "".join(rows[at:])
    gap = "" if before.endswith("\n") else end
    return f"{before}{gap}" + "".join(f"{line}{end}" for line in lines) + after
