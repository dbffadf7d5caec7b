"""Every error that a user can see: what went wrong, where, the facts, one hint.

Knows nothing of the stages that raise them. `report.console` draws them; nothing below `cli` prints.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace


class ExitCode(enum.IntEnum):
    """What a command's exit status means."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    WOULD_BUILD = 3
    INTERRUPTED = 130


@dataclass(frozen=True, order=True)
class Location:
    """A place in a text file. Lines and columns count from 1; 0 stands for "the whole file"."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.path
        return f"{self.path}:{self.line}:{self.column}" if self.column else f"{self.path}:{self.line}"


class Level(enum.StrEnum):
    """How bad a problem is. Errors stop; warnings do where the user says so; notes never do."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class About:
    """What a problem is about, in words that stay when lines move. The place is looked up when it is shown."""

    subjects: tuple[str, ...]
    """Texts of records of the data (contract.artifact.Records), such as "story `greet path`"; the first one that is
    known counts. A path of the project stands for that file."""
    word: str | None = None
    """What to look for in the lines of that record."""
    key: str | None = None
    """The word that stands before it in its line, or of YAML above it, such as `action`."""
    is_bare: bool = False
    """Whether nothing stands after it in its line."""
    every: bool = False
    """Whether all records of the subject are the matter: the last is the place, the others are told as facts."""


@dataclass(frozen=True)
class Problem:
    """One finding: a sentence, its place, aligned facts, and how to mend it."""

    what: str
    location: Location | None = None
    facts: tuple[tuple[str, str], ...] = ()
    hint: str | None = None
    code: str | None = None
    """Its stable name, where it has one: docs/validation.md."""
    level: Level = Level.ERROR
    about: About | None = None


LONGEST_SHOWN = 2000
"""Characters of one text of a problem that are shown: messages quote names and lines, of whatever length."""


def shown(problem: Problem) -> Problem:
    """The problem as it is drawn: what it says at endless length is cut."""
    facts = tuple((name, _shortened(value)) for name, value in problem.facts)
    hint = _shortened(problem.hint) if problem.hint is not None else None
    return replace(problem, what=_shortened(problem.what), facts=facts, hint=hint)


def _shortened(text: str) -> str:
    more = len(text) - LONGEST_SHOWN
    return text if more <= 0 else f"{text[:LONGEST_SHOWN]}... and {more:,} characters more"


class GraphbuildError(Exception):
    """An error meant for the user's eyes. Carries all problems found, never only the first."""

    exit_code = ExitCode.FAILED

    def __init__(self, problems: Problem | str | Sequence[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        if isinstance(problems, Problem):
            problems = (problems,)
        self.problems: tuple[Problem, ...] = tuple(problems)
        self.texts: Mapping[str, str] = {}
        """Contents of files that the problems are in, where they were read from elsewhere than the project."""
        super().__init__("\n".join(_in_one_line(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[GraphbuildError], tuple[tuple[Problem, ...]]]:
        # Errors cross process borders with their problems, not only with their text.
        return type(self), (self.problems,)


class UsageError(GraphbuildError):
    """The command line or the API was called wrongly."""

    exit_code = ExitCode.USAGE


class RecipeError(GraphbuildError):
    """A recipe cannot be read, parsed or compiled."""

    exit_code = ExitCode.USAGE


class DataError(GraphbuildError):
    """A source file of the project is wrong: a domain, NLU data, stories."""

    exit_code = ExitCode.USAGE


class ComponentError(GraphbuildError):
    """A component cannot be loaded, or is declared wrongly."""

    exit_code = ExitCode.USAGE


class PackageError(GraphbuildError):
    """A package cannot be used here: it needs what is not there, or is of another version."""

    exit_code = ExitCode.USAGE


class BuildFailed(GraphbuildError):
    """One or more actions failed."""


class StoreError(GraphbuildError):
    """The store cannot be read or written."""


class ClusterError(GraphbuildError):
    """The cluster that runs the actions cannot be reached, or is gone; what had finished is kept."""


class Interrupted(GraphbuildError):
    """The user stopped the build; what had finished is kept."""

    exit_code = ExitCode.INTERRUPTED


def _in_one_line(problem: Problem) -> str:
    problem = shown(problem)
    place = f"{problem.location}: " if problem.location else ""
    facts = "".join(f"; {name}: {value}" for name, value in problem.facts)
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{place}{problem.what}{facts}{hint}"
