"""What a record consists of, in lines: the options of a slot, the variations of a response, the steps of a story."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from graphbuild.contract.yaml_tree import Yaml

_LONGEST = 300
"""Characters of one part."""

Part = tuple[int, str]
"""A line, and what stands there in a few words."""


def parts_of(node: Yaml | None, word: str = "") -> Iterator[Part]:
    """A part for each key, and for each element of a list. `word` names what they are, where that is not clear."""
    if node is None or node.value is None:
        return
    if node.is_list:
        for item in node:
            yield item.location.line, _brief(f"{word}{_flow(item.plain())}")
    elif node.is_mapping:
        for key, value in node.items():
            if value.is_list and value.value:
                yield from parts_of(value, f"{word}{key}: ")
            else:
                yield node.key_location(key).line, _brief(f"{word}{key}: {_flow(value.plain(), is_inner=True)}")
    else:
        yield node.location.line, _brief(f"{word}{_flow(node.plain())}")


def _flow(value: Any, *, is_inner: bool = False) -> str:
    """A value as YAML has it on one line; what is not within another one without its braces."""
    if isinstance(value, dict):
        inner = ", ".join(f"{key}: {_flow(one, is_inner=True)}" for key, one in value.items())
        return f"{{{inner}}}" if is_inner else inner
    if isinstance(value, list):
        return f"[{', '.join(_flow(one, is_inner=True) for one in value)}]"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _brief(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}... of {len(words):,} characters"
