"""Validation: stops a build where checks found errors, before anything trains. Knows no check."""

from __future__ import annotations

from collections.abc import Sequence

from graphbuild.assistant.validation.findings import Findings, problem_of
from graphbuild.contract.component import CHECK, Component
from graphbuild.errors import GraphbuildError, Level


class Validation(Component):
    """Stops the build where a check found errors; warnings and notes pass."""

    kind = CHECK

    def apply(self, findings: Sequence[Findings]) -> Findings:
        """All findings together. Raises GraphbuildError, not DataError: a check failed (exit code 1)."""
        rows = Findings.of(one for part in findings for one in part.rows).rows
        errors = [problem_of(one) for one in rows if one.level is Level.ERROR]
        if errors:
            raise GraphbuildError(errors)
        return Findings()
