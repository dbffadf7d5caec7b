"""Variables: `${name}` in any scalar. A scalar that is nothing else takes the value with its type; `$${` is `${`.

Values of variables may name others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from graphbuild.contract.options import did_you_mean
from graphbuild.contract.yaml_tree import Yaml
from graphbuild.errors import Location, Problem

_REFERENCE = re.compile(r"\$(\$)?\{([^}]*)\}")


def resolve_variables(trees: Mapping[str, Yaml], given: Mapping[str, Any], problems: list[Problem]) -> Variables:
    """The value of every variable: as given from outside, else as written, with the variables that it names."""
    found = Variables(trees, given, problems)
    for name in found:
        _ = found[name]  # so that what is wrong with one is told even if nobody uses it
    return found


class Variables(Mapping[str, Any]):
    """Variables whose values are worked out when they are asked for."""

    def __init__(self, trees: Mapping[str, Yaml], given: Mapping[str, Any], problems: list[Problem]) -> None:
        self._trees = {name: tree for name, tree in trees.items() if name not in given}
        self._values = dict(given)
        self.given = frozenset(given)
        """Those that were given from outside: what is wrong with them has no place in the recipe."""
        self._open: list[str] = []
        self._problems = problems

    def __getitem__(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        tree = self._trees[name]
        if name in self._open:
            circle = " -> ".join([*self._open[self._open.index(name) :], name])
            self._problems.append(Problem(f"variables are made of each other in a circle: {circle}", tree.location))
            return ""
        self._open.append(name)
        value = substitute(tree, self, self._problems).plain()
        self._open.pop()
        return self._values.setdefault(name, value)

    def __contains__(self, name: object) -> bool:
        return name in self._values or name in self._trees

    def __iter__(self) -> Iterator[str]:
        return iter({**self._trees, **self._values})

    def __len__(self) -> int:
        return len({**self._trees, **self._values})


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
        given = isinstance(variables, Variables) and whole[2].strip() in variables.given
        place = replace(tree, location=Location(f"variable {whole[2].strip()}")) if given else tree
        return as_yaml(_value(whole[2], tree, variables, problems), place)
    text = _REFERENCE.sub(
        lambda found: found[0][1:] if found[1] else _text(found[2], tree, variables, problems), tree.value
    )
    return replace(tree, value=text)


def as_yaml(value: Any, place: Yaml) -> Yaml:
    """A plain value as a tree, all of it at one place."""
    if isinstance(value, Mapping):
        return Yaml({str(key): as_yaml(one, place) for key, one in value.items()}, place.location)
    if isinstance(value, list | tuple):
        return Yaml([as_yaml(one, place) for one in value], place.location)
    return Yaml(value, place.location)


def _text(name: str, tree: Yaml, variables: Mapping[str, Any], problems: list[Problem]) -> str:
    """A value inside a longer text, as YAML would write it."""
    value = _value(name, tree, variables, problems)
    if isinstance(value, Mapping | list | tuple):
        what = f"variable `{name.strip()}` is {as_yaml(value, tree).kind} and cannot be part of a text"
        problems.append(Problem(what, tree.location, hint=f"let `${{{name}}}` stand alone"))
        return ""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(name: str, tree: Yaml, variables: Mapping[str, Any], problems: list[Problem]) -> Any:
    name = name.strip()
    if name in variables:
        return variables[name]
    hint = did_you_mean(name, list(variables)) or "define it under `vars`"
    problems.append(Problem(f"there is no variable `{name}`", tree.location, hint=hint))
    return ""
