"""What the readers of data files share: one place that collects problems, warnings and records while a file is read.

Knows YAML trees and places; not what a domain or a story is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from graphbuild.assistant.data.parts import Warnings
from graphbuild.contract.artifact import PART, PLACE, Records
from graphbuild.contract.digest import of_value, short
from graphbuild.contract.json_tree import parse_json
from graphbuild.contract.location import Location
from graphbuild.contract.options import did_you_mean
from graphbuild.contract.source import SourceFile
from graphbuild.contract.yaml_events import LONGEST
from graphbuild.contract.yaml_tree import Yaml, parse_yaml
from graphbuild.errors import DataError, Problem

_MAY_BE_INFINITE = re.compile(r"\.(?:inf|nan)|\d[eE]\+?\d{3}", re.IGNORECASE)
NEWEST_VERSION = (3, 1)
_TREES = (".yml", ".yaml", ".json")
"""What is read as a tree, which limits its texts itself; its lines may be long."""


class Reading:
    """The findings of one file. Readers carry on after a problem; `finish` raises them all at once."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._problems: list[Problem] = []
        self._warnings: list[tuple[int, str, str | None]] = []
        self._records: list[tuple[str, str, int, str]] = []

    def open(self, source: SourceFile) -> Yaml:
        """The document of a YAML file; an empty one after a problem."""
        text = self.text_of(source)
        if text is None:
            return Yaml(None, Location(self.label))
        tree, problems = parse_yaml(text, self.label, source.variables)
        self._problems += problems
        if tree.value is not None and not tree.is_mapping:
            self.problem(f"the file must hold a mapping of sections, not {tree.kind}", tree)
            return Yaml(None, tree.location)
        self._check_version(tree.get("version"))
        if _MAY_BE_INFINITE.search(text):
            self._check_numbers(tree)
        return tree

    def text_of(self, source: SourceFile) -> str | None:
        """The file's text, without a byte order mark; None after a problem."""
        try:
            text = source.read_text()
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            self.problem("the file is not UTF-8", Location(source.label, line), "save it as UTF-8")
            return None
        if len(text) > LONGEST and source.suffix not in _TREES:
            for number, words in enumerate(text.split("\n"), start=1):
                if len(words) > LONGEST:
                    what = f"this line is longer than {LONGEST:,} characters"
                    self.problem(what, Location(source.label, number))
                    return None
        return text

    def json(self, text: str, label: str | None = None) -> Yaml:
        """The tree of a JSON document, of another file where a label is given; an empty one after a problem."""
        tree, problems = parse_json(text, label or self.label)
        self._problems += problems
        return tree

    def _check_numbers(self, node: Yaml) -> None:
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self.problem("a number must be finite here", node, "put it in quotes if it is meant as a text")
        children = node.value.values() if isinstance(node.value, dict) else node
        for child in children:
            self._check_numbers(child)

    def _check_version(self, version: Yaml | None) -> None:
        if version is None:
            return
        is_scalar = not (version.is_mapping or version.is_list)
        numbers = re.fullmatch(r"(\d+)\.(\d+)", str(version.value)) if is_scalar else None
        if numbers is None:
            said = f"`{version.value}`" if is_scalar else f"which is {version.kind},"
            self.warn(f"version {said} is not of the form 3.1", version, 'write `version: "3.1"`')
        elif (int(numbers[1]), int(numbers[2])) > NEWEST_VERSION:
            newest = ".".join(map(str, NEWEST_VERSION))
            self.problem(f"data of version {version.value} is not known here", version, f"the newest is {newest}")

    def problem(self, what: str, where: Yaml | Location, hint: str | None = None) -> None:
        """Something wrong that stops the build."""
        self._problems.append(Problem(what, _place(where), hint=hint))

    def warn(self, what: str, where: Yaml | Location, hint: str | None = None) -> None:
        """Something odd that is passed over."""
        place = _place(where)
        if place.path != self.label:  # in a file that belongs to this one
            what, place = f"{what} ({place})", Location(self.label)
        self._warnings.append((place.line, what, hint))

    def record(self, port: str, key: str, line: int, text: str, content: object = None) -> None:
        """A record of the file. What the key does not say of its content enters it as a digest."""
        if content is not None:
            key = f"{key} {short(of_value(content))}"
        self._records.append((port, key, line, text))

    def place(self, subject: str, line: int) -> None:
        """Where something stands that a finding may be about and that is no record (errors.About)."""
        self._records.append((PLACE, subject, line, subject))

    def parts(self, text: str, parts: Iterable[tuple[int, str]]) -> None:
        """What the record of a text consists of, line by line: where it changed, they tell what of it."""
        self._records.extend((PART, text, line, words) for line, words in parts)

    def place_of(self, word: str) -> Location:
        """The line of the first record whose text has a word; the whole file where none has."""
        rows = (row for row in self._records if row[0] != PART)
        return Location(self.label, next((line for _, _, line, text in rows if word in text), 0))

    def finish(self) -> tuple[Records, Warnings]:
        """Places and warnings. Raises DataError with every problem, in the order of the file."""
        if self._problems:
            raise DataError(sorted(self._problems, key=_position))
        return Records(tuple(self._records)), Warnings(tuple(self._warnings))

    def text(self, node: Yaml | None, what: str) -> str | None:
        """A text that is not empty, stripped; a problem and None for anything else."""
        if node is None:
            return None
        if isinstance(node.value, str) and node.value.strip():
            return node.value.strip()
        empty = node.value is None or isinstance(node.value, str)
        hint = None if empty or node.is_mapping or node.is_list else "put it in quotes"
        self.problem(f"{what} is empty" if empty else f"{what} must be a text, not {node.kind}", node, hint)
        return None

    def flag(self, node: Yaml | None, what: str, default: bool) -> bool:
        """True or false; the default where nothing is said."""
        if node is None:
            return default
        if not isinstance(node.value, bool):
            self.problem(f"{what} must be true or false, not {node.kind}", node)
            return default
        return node.value

    def elements(self, node: Yaml | None, what: str) -> Iterator[Yaml]:
        """The elements of a list; none, without a problem, where nothing is said."""
        if node is None or node.value is None:
            return
        if not node.is_list:
            self.problem(f"{what} must be a list, not {node.kind}", node, 'begin each element with "- "')
            return
        yield from node

    def entries(self, node: Yaml | None, what: str) -> Iterator[tuple[str, Yaml]]:
        """The entries of a mapping; none, without a problem, where nothing is said."""
        if node is None or node.value is None:
            return
        if not node.is_mapping:
            self.problem(f"{what} must be a mapping, not {node.kind}", node)
            return
        yield from node.items()

    def names(self, node: Yaml | None, what: str) -> tuple[str, ...]:
        """A list of names; a single name stands for a list of one."""
        if node is not None and isinstance(node.value, str):
            return (node.value,)
        found = [self.text(item, f"a name under {what}") for item in self.elements(node, what)]
        return tuple(name for name in found if name is not None)

    def known_keys(self, node: Yaml, known: Iterable[str], what: str) -> None:
        """A problem for each key that is not known here."""
        names = list(known)
        for key in node.value:
            if key not in names:
                self.problem(f"{what} has no key `{key}`", node.key_location(key), did_you_mean(key, names))


def _place(where: Yaml | Location) -> Location:
    return where if isinstance(where, Location) else where.location


def _position(problem: Problem) -> tuple[int, int]:
    return (problem.location.line, problem.location.column) if problem.location else (0, 0)
