"""Values as YAML of one line that reads the same again: what recipes that are written by us are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(:[A-Za-z_][A-Za-z0-9_]*)?")
_WORDS = ("null", "true", "false")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def as_yaml_text(value: Any) -> str:
    """A value of mappings, lists, texts, numbers, booleans and None; variables in it stand for themselves."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_text(str(key))}: {as_yaml_text(one)}' for key, one in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_yaml_text(one) for one in value)}]"
    if isinstance(value, str):
        return _text(value.replace("${", "$${"))
    return json.dumps(value)


def _text(text: str) -> str:
    """Plain where that means the same in every place, else in quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
