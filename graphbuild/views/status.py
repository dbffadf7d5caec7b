"""FingerprintStatus: a view of a Decision, in Rasa's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from graphbuild.contract import digest
from graphbuild.plan.decision import Decision, Verdict
from graphbuild.plan.plan import Plan


@dataclass(frozen=True)
class FingerprintStatus(Decision):
    """What is known of a node before anything runs: the decision, with its reasons, and whether it is a hit."""

    @classmethod
    def of(cls, decision: Decision) -> Self:
        """The view of a decision."""
        return cls(decision.verdict, decision.key, decision.outputs, decision.reasons, decision.expected_s)

    @property
    def is_hit(self) -> bool:
        """Whether its result is there, and it would not run."""
        return self.verdict is Verdict.HIT

    @property
    def output_fingerprint(self) -> str | None:
        """One digest over what it makes; None while that is not known."""
        return digest.of_value(["outputs", dict(self.outputs)]) if self.outputs is not None else None


def statuses(plan: Plan) -> Mapping[str, FingerprintStatus]:
    """Node -> status, in the order of the graph."""
    return {str(node): FingerprintStatus.of(decision) for node, decision in plan.decisions.items()}
