"""Variables: `${name}` in any scalar. A scalar that is nothing else takes the value with its type; `$${` is `${`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Problem

_REFERENCE = re.compile(r"\$(\$)?\{([^}]*)\}")


def substitute(tree: Yaml, variables: Mapping[str, Any], problems: list[Problem]) -> Yaml:
    """The tree with its variables filled in; unknown ones become problems."""
    if isinstance(tree.value, dict):
        return replace(tree, value={key: substitute(one, variables, problems) for key, one in tree.items()})
    if isinstance(tree.value, list):
        return replace(tree, value=[substitute(one, variables, problems) for one in tree])
    if not isinstance(tree.value, str) or "${" not in tree.value:
        return tree
    whole = _REFERENCE.fullmatch(tree.value)
    if whole is not None and not whole[1]:
        return as_yaml(_value(whole[2], tree, variables, problems), tree)
    text = _REFERENCE.sub(
        lambda found: found[0][1:] if found[1] else str(_value(found[2], tree, variables, problems)), tree.value
    )
    return replace(tree, value=text)


def as_yaml(value: Any, place: Yaml) -> Yaml:
    """A plain value as a tree, all of it at one place."""
    if isinstance(value, Mapping):
        return Yaml({str(key): as_yaml(one, place) for key, one in value.items()}, place.location)
    if isinstance(value, list | tuple):
        return Yaml([as_yaml(one, place) for one in value], place.location)
    return Yaml(value, place.location)


def _value(name: str, tree: Yaml, variables: Mapping[str, Any], problems: list[Problem]) -> Any:
    name = name.strip()
    if name in variables:
        return variables[name]
    hint = did_you_mean(name, list(variables)) or "define it under `vars`"
    problems.append(Problem(f"there is no variable `{name}`", tree.location, hint=hint))
    return ""
