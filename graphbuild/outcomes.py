"""What trainings come to, in Rasa's words: TrainingResult, the code and the texts of a dry run. RASA.md 1.1, 1.5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graphbuild.views.status import FingerprintStatus

CODE_NEEDS_TO_BE_RETRAINED = 0b0001
CODE_NLU_NEEDS_TO_BE_RETRAINED = 0b0010
CODE_RESPONSES_NEED_TO_BE_UPDATED = 0b0100
CODE_FORCED_TRAINING = 0b1000


class TrainingNotice(UserWarning):
    """What a training says of itself: a half that was left out, because there is nothing to learn it from."""


class TrainingResult(NamedTuple):
    """What a training came to."""

    model: str | None = None
    """Path of the package: a new one, or the earlier one when nothing changed. None after a dry run."""
    code: int = 0
    """0, or for a dry run 1 when something would be trained, 8 when it would be forced."""
    dry_run_results: Mapping[str, FingerprintStatus] | None = None
    """Node -> what is known of it, for a dry run."""


@dataclass(frozen=True)
class FingerprintComparison:
    """What has to be made again, as Rasa 2 compares two models: each half, and the responses of the domain."""

    nlu: bool = True
    core: bool = True
    nlg: bool = True
    force_training: bool = False

    def is_training_required(self) -> bool:
        """Whether anything has."""
        return self.should_retrain_nlu() or self.should_retrain_core() or self.should_retrain_nlg()

    def should_retrain_core(self) -> bool:
        """Whether the policies have."""
        return self.force_training or self.core

    def should_retrain_nlu(self) -> bool:
        """Whether the pipeline has."""
        return self.force_training or self.nlu

    def should_retrain_nlg(self) -> bool:
        """Whether the responses have; policies that are trained get new ones anyway."""
        return self.should_retrain_core() or self.nlg


def dry_run_result(comparison: FingerprintComparison) -> tuple[int, list[str]]:
    """The code of a dry run, one bit for each thing that has to be made again, and what is told of it."""
    if comparison.force_training:
        return CODE_FORCED_TRAINING, ["The training was forced."]
    told = [
        (comparison.core, CODE_NEEDS_TO_BE_RETRAINED, "Core model should be retrained."),
        (comparison.nlu, CODE_NLU_NEEDS_TO_BE_RETRAINED, "NLU model should be retrained."),
        (comparison.nlg, CODE_RESPONSES_NEED_TO_BE_UPDATED, "Responses in the domain should be updated."),
    ]
    code = sum(bit for needed, bit, _ in told if needed)
    return code, [text for needed, _, text in told if needed] or ["No training required."]
