"""Plain values -> YAML, in the style that people write: block collections, quotes only where they are needed.

What is written means the same to readers of YAML 1.1 and 1.2. Knows nothing of what the documents mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"))
"""Words that some reader takes for something else than a text, in lower case."""
_UNPRINTABLE = re.compile(
    "[^\t\n\\x20-\\x7e\\xa0-\\u2027\\u202a-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]"
)
"""What must be escaped: characters that YAML forbids, and those that it takes for the end of a line."""
_ESCAPED = re.compile(f'[\\t\\n\\\\"]|{_UNPRINTABLE.pattern}')
_NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
_LONGEST_KEY = 1000
"""Characters; a longer key is written after a `?`."""
_MARKS = ("\ufdd0", "\ufdd1")
"""Around the name of a variable of the environment: characters that no text has, as Unicode says."""
_MARKED = re.compile(f"{_MARKS[0]}(.*?){_MARKS[1]}")


def in_one_line(text: str) -> str:
    """A text without breaks, and without what moves a cursor or ends a line of YAML."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


@dataclass(frozen=True)
class Remarked:
    """A value of a mapping with a remark behind it, which readers pass over."""

    value: Any
    remark: str


class YamlText:
    """Writes plain values: mappings with texts for keys, lists, texts, numbers, booleans and None.

    A text with `${NAME}` in it is quoted, and means itself; one with `variable(NAME)` is written as `${NAME}` without
    quotes, and the environment is filled in when it is read again.
    """

    def document(self, sections: Mapping[str, Any], *, spaced: Sequence[str] = ()) -> str:
        """A document: a blank line between its sections, and between the elements of those in `spaced`."""
        parts = ["\n".join(self._entry(key, value, key in spaced)) for key, value in sections.items()]
        return "\n\n".join(parts) + "\n"

    def scalar(self, value: Any) -> str:
        """A text, number, boolean or None in one line. Raises ValueError for what YAML has no word for."""
        if value is None:
            return "null"
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return _number(value)
        if not isinstance(value, str):
            raise TypeError(f"not a plain value: {value!r}")
        if _MARKED.search(value):
            return _with_variables(value)
        return value if self._is_plain(value) else quoted(value)

    def _is_plain(self, text: str) -> bool:
        if not text or text[0].isspace() or text[-1].isspace() or text.lower() in _WORDS:
            return False
        if "${" in text or not (text[0].isalpha() or text[0] in "_(/" or ord(text[0]) > 0x7F):
            return False
        has_syntax = ": " in text or " #" in text or text.endswith(":") or "\t" in text or "\n" in text
        return not has_syntax and _UNPRINTABLE.search(text) is None

    def _entry(self, key: str, value: Any, is_spaced: bool = False) -> list[str]:
        """The lines of a key and its value."""
        if isinstance(value, Remarked):
            first, *rest = self._entry(key, value.value)
            return [f"{first}  # {in_one_line(value.remark)}", *rest]
        head = f"{self.scalar(key)}:"
        if len(head) > _LONGEST_KEY:
            return [f"? {head[:-1]}", *_nested(":", self._lines(value))]
        if isinstance(value, Mapping) and value:
            return [head, *_indented(self._lines(value))]
        if isinstance(value, list | tuple) and value:
            return [head, *self._items(value, is_spaced)]
        first, *rest = self._lines(value)
        return [f"{head} {first}", *_indented(rest)]

    def _lines(self, value: Any) -> list[str]:
        """The lines of a value that stands by itself; those of a block scalar begin with its sign."""
        if isinstance(value, Mapping):
            return [line for key, one in value.items() for line in self._entry(key, one)] or ["{}"]
        if isinstance(value, list | tuple):
            return self._items(value) or ["[]"]
        if isinstance(value, str) and _fits_block(value):
            return ["|" if value.endswith("\n") else "|-", *value.removesuffix("\n").split("\n")]
        return [self.scalar(value)]

    def _items(self, values: Sequence[Any], is_spaced: bool = False) -> list[str]:
        lines: list[str] = []
        for value in values:
            if is_spaced and lines:
                lines.append("")
            lines += self._item(value)
        return lines

    def _item(self, value: Any) -> list[str]:
        lines = self._lines(value)
        if isinstance(value, str) and len(lines) > 1:
            return [f"- {lines[0]}", *_indented(lines[1:])]
        return list(_nested("-", lines))


def variable(name: str) -> str:
    """What stands for a variable of the environment in a value."""
    return f"{_MARKS[0]}{name}{_MARKS[1]}"


def unmarked(text: str) -> str:
    """A text with `${NAME}` for each variable."""
    return _MARKED.sub(r"${\1}", text)


def _with_variables(text: str) -> str:
    """A text in which variables are filled in: it was written without quotes, and can be again, on one line."""
    if "\n" in text:
        raise ValueError("a variable of the environment stands in a text of several lines")
    return unmarked(text)


def quoted(text: str) -> str:
    """A text in quotes, on one line. Raises ValueError for half of a surrogate pair, which no file can hold."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("it holds half of a surrogate pair")
    if ('"' in text or "\\" in text) and not re.search(r"[\t\n]", text) and _UNPRINTABLE.search(text) is None:
        return "'" + text.replace("'", "''") + "'"
    return '"' + _ESCAPED.sub(lambda found: _NAMED.get(found[0]) or _coded(found[0]), text) + '"'


def is_block_line(line: str) -> bool:
    """Whether a text can be one line of a block scalar as it is."""
    return "\n" not in line and _UNPRINTABLE.search(line) is None


def _coded(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _number(value: float) -> str:
    text = repr(value)
    if text in ("inf", "-inf", "nan"):
        raise ValueError("a number must be finite")
    # 1e+16 is a number to YAML 1.2 alone.
    return text if "." in text else text.replace("e", ".0e")


def _fits_block(text: str) -> bool:
    """Whether a text of several lines can be a block: the rest is quoted."""
    body = text.removesuffix("\n")
    if "\n" not in text or _MARKED.search(text) or not body or body[0].isspace() or body.endswith("\n"):
        return False
    return _UNPRINTABLE.search(text) is None


def _indented(lines: Sequence[str]) -> Iterator[str]:
    return (f"  {line}" if line else line for line in lines)


def _nested(sign: str, lines: Sequence[str]) -> Iterator[str]:
    first, *rest = lines
    yield f"{sign} {first}"
    yield from _indented(rest)
