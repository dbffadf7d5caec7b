"""What the writers of data files share: one place that collects what a format has no words for. Knows no format."""

from __future__ import annotations

from graphbuild.assistant.data.writers.yaml_text import unmarked
from graphbuild.contract.location import Location
from graphbuild.errors import DataError, Problem


class Writing:
    """The findings of one file that is written. Writers carry on after one; `finish` raises them all at once."""

    def __init__(self, label: str) -> None:
        self.label = label
        self._problems: list[Problem] = []

    def refuse(self, what: str, why: str, hint: str | None = None) -> None:
        """Something that cannot be written so that it reads back as it is."""
        self._problems.append(Problem(unmarked(f"{what} cannot be written: {why}"), Location(self.label), hint=hint))

    @property
    def refused(self) -> bool:
        """Whether anything was."""
        return bool(self._problems)

    def finish(self) -> None:
        """Raises DataError with everything that was refused."""
        if self._problems:
            raise DataError(self._problems)
