"""Validation: stops a build where checks found errors, before anything trains. Knows no check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphbuild.assistant.validation.findings import Findings, problem_of
from graphbuild.contract.component import CHECK, Component, Options
from graphbuild.contract.options import option
from graphbuild.errors import GraphbuildError, Level


class Validation(Component):
    """Stops the build where a check found errors; warnings and notes pass."""

    kind = CHECK

    @dataclass(frozen=True)
    class Config(Options):
        """What is let pass."""

        fail_on_warnings: bool = option(False, "Let warnings stop the build, too.")

    config: Config

    def apply(self, findings: Sequence[Findings]) -> Findings:
        """All findings together. Raises GraphbuildError, not DataError: a check failed (exit code 1)."""
        rows = Findings.of(one for part in findings for one in part.rows).rows
        stopping = {Level.ERROR, *([Level.WARNING] if self.config.fail_on_warnings else [])}
        wrong = [problem_of(one) for one in rows if one.level in stopping]
        if wrong:
            raise GraphbuildError(wrong)
        return Findings()
