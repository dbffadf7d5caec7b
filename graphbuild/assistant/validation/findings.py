"""Findings: what checks say, without places, so that moving lines changes none. Knows no files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from graphbuild.assistant.validation.codes import CODES
from graphbuild.contract.artifact import JsonArtifact
from graphbuild.contract.options import did_you_mean
from graphbuild.errors import About, Level, Problem

_BARE = ("GB309",)
"""Codes of findings on a name that has no value after it."""


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong or odd."""

    code: str
    what: str
    subjects: tuple[str, ...] = ()
    """Texts of records that it is about, the most telling first (errors.About)."""
    word: str = ""
    key: str = ""
    hint: str = ""

    @property
    def level(self) -> Level:
        """Error, warning or note."""
        return CODES[self.code].level


@dataclass(frozen=True)
class Findings(JsonArtifact):
    """What one check found, in canonical order."""

    type_name: ClassVar[str] = "Findings.v1"
    rows: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, found: Iterable[Finding]) -> Self:
        """Some findings, each once, sorted."""
        return cls(tuple(sorted(set(found))))

    def to_plain(self) -> Any:
        return [[one.code, one.what, list(one.subjects), one.word, one.key, one.hint] for one in self.rows]

    @classmethod
    def from_plain(cls, plain: Any) -> Self:
        return cls(tuple(Finding(code, what, tuple(about), *rest) for code, what, about, *rest in plain))


def problem_of(finding: Finding) -> Problem:
    """A finding as a problem; its place is looked up when it is shown."""
    is_bare = finding.code in _BARE
    about = About(finding.subjects, finding.word or None, finding.key or None, is_bare) if finding.subjects else None
    return Problem(finding.what, hint=finding.hint or None, code=finding.code, level=finding.level, about=about)


def closest(name: object, known: Iterable[str], otherwise: str) -> str:
    """A hint that names the closest known word; another hint where none is close."""
    hint = did_you_mean(str(name), sorted(known))
    return hint if hint is not None and hint.startswith("did") else otherwise


def listed(names: Sequence[str], most: int = 5) -> str:
    """Some names for a sentence: `a`, `b` and 3 more."""
    shown = [f"`{name}`" for name in names[:most]]
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
