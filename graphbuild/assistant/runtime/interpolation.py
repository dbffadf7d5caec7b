"""`{slot}` in what the assistant says: replaced by values, in texts however deep in lists and mappings."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from graphbuild.assistant.runtime.once import Once

_LOG = logging.getLogger(__name__)
_NAME = re.compile(r"[\w.-]+")
_MARK = re.compile(r"\{\{|\}\}|\{([^\n{}]+)\}")


def interpolate(said: Any, values: Mapping[str, Any], once: Once | None = None) -> Any:
    """The same with values in the place of their names.

    A text that names what there is no value for stays as it is, which is logged. Doubled braces stand for single ones.
    """
    once = once or Once()
    if isinstance(said, str):
        return _text(said, values, once)
    if isinstance(said, Mapping):
        return {key: interpolate(value, values, once) for key, value in said.items()}
    if isinstance(said, list | tuple):
        return [interpolate(value, values, once) for value in said]
    return said


def _text(text: str, values: Mapping[str, Any], once: Once) -> str:
    missing = {mark[1] for mark in _MARK.finditer(text) if mark[1] is not None and mark[1] not in values}
    if missing:
        if names := sorted(name for name in missing if _NAME.fullmatch(name)):  # other braces are those of JSON
            what = "a response names {%s}, which is no slot; it is said as it is: %r"
            once.warn(_LOG, what, "}, {".join(names), text)
        return text

    def replaced(mark: re.Match[str]) -> str:
        return mark[0][0] if mark[1] is None else str(values[mark[1]])

    return _MARK.sub(replaced, text)
