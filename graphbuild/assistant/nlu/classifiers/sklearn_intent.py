"""SklearnIntentClassifier: intents by support vector machines over dense sentence features. RASA.md 5.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Features
from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.classifiers.ranking import ranked
from graphbuild.assistant.nlu.classifiers.svm import Kernel, Machines, fit, search
from graphbuild.contract.columns import Array, ColumnsArtifact
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, Positive, option
from graphbuild.errors import ComponentError, Problem

_RANKING_LENGTH = 10


@dataclass(frozen=True)
class SklearnIntentState(ColumnsArtifact):
    """Intents, and the machines that tell them apart: none for fewer than two."""

    type_name: ClassVar[str] = "SklearnIntentState.v1"
    intents: tuple[str, ...]
    machines: Machines | None

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        made = self.machines
        plain = {"intents": list(self.intents), "kernel": made and made.kernel, "gamma": made and made.gamma}
        return made.arrays() if made is not None else {}, plain

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        machines = None if plain["kernel"] is None else Machines.of(arrays, plain["kernel"], float(plain["gamma"]))
        return cls(tuple(plain["intents"]), machines)


class SklearnIntentClassifier(Component):
    """Predicts intents by support vector machines over dense features."""

    kind = "classifier"
    requires = ("numpy", "scikit-learn", "scipy")

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        C: list[Positive] = option([1, 2, 5, 10, 20, 100], "How hard errors are avoided: the best of these is taken.")
        gamma: list[Positive] = option([0.1], "How near vectors must be to count, for kernels but the linear one.")
        kernels: list[Kernel] = option(["linear"], "How vectors are compared.")
        max_cross_validation_folds: AtLeastOne = option(5, "Parts at most that the examples are cut into to compare.")
        scoring_function: str = option("f1_weighted", "scikit-learn's name of what is compared.")
        num_threads: AtLeastOne = option(1, "Processes that compare.", training_only=True)
        featurizers: list[str] = option([], "Featurizers whose features are used; all when empty.")

        def __post_init__(self) -> None:
            if not (self.C and self.gamma and self.kernels):
                raise ValueError("`C`, `gamma` and `kernels` must name at least one value each")

    config: Config

    def train(self, messages: Messages, features: Sequence[Features]) -> SklearnIntentState:
        """N examples with their features -> machines. Examples without an intent are passed over."""
        labelled = np.flatnonzero(messages.intents.codes >= 0)
        rows = _dense_sentences(features)[labelled]
        found, labels = np.unique(messages.intents.codes[labelled], return_inverse=True)
        intents = tuple(messages.intents.names[code] for code in found.tolist())
        if len(intents) < 2:
            # One intent, or none, is no question: nothing is learnt, and the one is always the answer.
            return SklearnIntentState(intents, None)
        config = self.config
        folds = max(2, min(config.max_cross_validation_folds, int(np.bincount(labels).min()) // 5))
        grid: dict[str, list[Any]] = {"C": config.C, "gamma": config.gamma, "kernel": config.kernels}
        best = search(rows, labels, grid, folds, config.scoring_function, config.num_threads)
        return SklearnIntentState(intents, fit(rows, labels, **best))

    def apply(self, state: SklearnIntentState, messages: Messages, features: Sequence[Features]) -> IntentPredictions:
        """N messages with their features -> a ranking each."""
        if state.machines is None:
            sure = np.ones((len(messages), len(state.intents)), dtype=np.float32)
            return ranked(state.intents, sure, _RANKING_LENGTH)
        return ranked(state.intents, state.machines.probabilities(_dense_sentences(features)), _RANKING_LENGTH)


def _dense_sentences(features: Sequence[Features]) -> NDArray[np.float32]:
    """The dense features of messages side by side, [n, d]."""
    found = [one.sentence for one in features if isinstance(one.sentence, np.ndarray)]
    if not found:
        raise ComponentError(
            Problem(
                "SklearnIntentClassifier needs dense features of messages, and no featurizer before it makes any",
                hint="add LanguageModelFeaturizer, SpacyFeaturizer or MitieFeaturizer, or take "
                "LogisticRegressionClassifier, which takes sparse ones",
            )
        )
    return np.concatenate(found, axis=1)
