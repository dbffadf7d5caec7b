"""SklearnPolicy: the next action by logistic regression over the last states, side by side. RASA.md 4.5.

States are the multi-hot vectors of KerasPolicy; actions are those that occur in the stories.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.runs import last_runs
from graphbuild.assistant.dialogue.policies.helpers import check_state_featurizer, featurizer_helper
from graphbuild.assistant.dialogue.policies.linear_model import Linear, fit, search
from graphbuild.assistant.dialogue.policies.multi_hot import (
    STATE_FEATURIZERS,
    encode_states,
    encode_windows,
    features_in,
    split_symbol,
)
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import AtLeastOne, NotNegative, Positive, Share, option, read_options

_FULL = "FullDialogueTrackerFeaturizer"
_OF_MODEL = (
    *("C", "penalty", "l1_ratio", "solver", "tol", "max_iter", "dual", "fit_intercept", "intercept_scaling"),
    *("class_weight", "random_state"),
)
"""Options that are scikit-learn's."""


@dataclass(frozen=True)
class SklearnPolicyState(ColumnsArtifact):
    """What was learnt over w states of f features: actions [a], and what tells them apart, if there are two or more."""

    type_name: ClassVar[str] = "SklearnPolicyState.v1"
    features: tuple[str, ...]
    actions: tuple[str, ...]
    length: int
    """States a sample, w."""
    max_history: int | None
    model: Linear | None

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {}
        arrays["features.bytes"], arrays["features.splits"] = pack_strings(self.features)
        arrays["actions.bytes"], arrays["actions.splits"] = pack_strings(self.actions)
        if self.model is not None:
            arrays |= {"weights": self.model.weights, "intercepts": self.model.intercepts}
        is_each = self.model is not None and self.model.is_each
        return arrays, {"length": self.length, "max_history": self.max_history, "is_each": is_each}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        learnt = "weights" in arrays
        return cls(
            tuple(unpack_strings(arrays["features.bytes"], arrays["features.splits"])),
            tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"])),
            plain["length"],
            plain["max_history"],
            Linear(arrays["weights"], arrays["intercepts"], plain["is_each"]) if learnt else None,
        )


class SklearnPolicy(Component):
    """Predicts the next action by logistic regression."""

    kind = "policy"
    requires = ("numpy", "scikit-learn", "scipy")

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults; those of the model are scikit-learn's."""

        max_history: AtLeastOne = option(5, "States that are looked at.")
        priority: int = option(1, "Which policy wins when two are equally sure.")
        featurizer: list[dict[str, Any]] = option([], "Rasa's way to name the featurizer.")
        param_grid: dict[str, list[Any]] | list[dict[str, list[Any]]] | None = option(
            None, "Values of the model's options, of which the best are taken, where `cv` says how to compare them."
        )
        cv: AtLeastOne | None = option(None, "Parts that the samples are cut into to compare.")
        scoring: str = option("accuracy", "scikit-learn's name of what is compared.")
        shuffle: bool = option(True, "Whether samples are mixed before they are learnt.")
        C: Positive = option(1.0, "How hard errors are avoided.")
        penalty: Literal["l1", "l2", "elasticnet"] | None = option("l2", "How weights are kept small.")
        l1_ratio: Share = option(0.0, "Share of l1 in elasticnet.")
        solver: Literal["liblinear", "lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"] = option(
            "liblinear", "scikit-learn's name of the solver."
        )
        tol: Positive = option(1e-4, "When to stop.")
        max_iter: AtLeastOne = option(100, "Steps of the solver at most.")
        dual: bool = option(False, "Whether liblinear solves the dual problem.")
        fit_intercept: bool = option(True, "Whether actions have a likelihood of their own.")
        intercept_scaling: Positive = option(1.0, "How little liblinear keeps that small.")
        class_weight: Literal["balanced"] | None = option(None, "Whether rare actions count as much as frequent ones.")
        random_state: NotNegative | None = option(None, "The seed; drawn from the inputs when empty.")

        def __post_init__(self) -> None:
            """Raises ValueError for what SklearnPolicy cannot learn from, or cannot try out."""
            check_state_featurizer(self.featurizer, STATE_FEATURIZERS)
            if any(str(one.get("name")).rpartition(".")[2] == _FULL for one in self.featurizer):
                raise ValueError("`featurizer`: there must be a maximal history: MaxHistoryTrackerFeaturizer")
            for grid in _grids(self.param_grid):
                unknown = [name for name in grid if name not in _OF_MODEL]
                if unknown:
                    raise ValueError(f"`param_grid`: the model has no option `{unknown[0]}`")
                for name, value in ((name, value) for name, values in grid.items() for value in values):
                    for wrong in read_options(type(self), {name: value})[1]:
                        raise ValueError(f"`param_grid`: {wrong.what}")

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"samples": featurizer_helper(config.max_history, config.featurizer, augmented=True)}

    def train(self, samples: Samples) -> SklearnPolicyState:
        """M samples of w states -> what tells their actions apart."""
        config = self.config
        split = split_symbol(config.featurizer)
        features = features_in(samples.states, split)
        length = samples.windows.shape[1]
        model = None
        if len(samples.actions) > 1:
            seed = config.random_state if config.random_state is not None else self.context.seed
            rows = _side_by_side(samples.windows, encode_states(samples.states, features, split))  # [m, w * f]
            labels = samples.labels.astype(np.int64)
            if config.shuffle:
                order = np.random.default_rng(seed).permutation(len(labels))
                rows, labels = rows[order], labels[order]
            options = {name: getattr(config, name) for name in _OF_MODEL} | {"random_state": seed % 2**32}
            if config.cv is not None and config.param_grid:
                options = search(rows, labels, options, config.param_grid, config.cv, config.scoring)
            model = fit(rows, labels, options)
        return SklearnPolicyState(features, samples.actions, length, samples.max_history, model)

    def apply(
        self, state: SklearnPolicyState, trackers: Dialogues, rule_only: RuleOnly | None = None
    ) -> ActionPredictions:
        """Probabilities of the next action at the end of each of n dialogues."""
        trackers = seen_by_learners(trackers, rule_only)
        if state.model is None or not len(trackers):
            # One action, or none, is no question: nothing is learnt, and the one always follows.
            sure = np.ones((len(trackers), len(state.actions)), dtype=np.float32)
            return self._made(state, sure)
        runs = last_runs(trackers, state.length)
        windows = np.full((len(trackers), state.length), -1, dtype=np.int32)
        for window, run in zip(windows, runs, strict=True):
            kept = run[run >= 0]
            window[state.length - len(kept) :] = kept
        split = split_symbol(self.config.featurizer)
        rows = _side_by_side(windows, encode_states(trackers.states, state.features, split))
        return self._made(state, state.model.probabilities(rows))

    def _made(self, state: SklearnPolicyState, probabilities: NDArray[np.float32]) -> ActionPredictions:
        return ActionPredictions(state.actions, probabilities, type(self).__name__, self.config.priority)


def _grids(grid: Any) -> Sequence[Mapping[str, Any]]:
    return grid if isinstance(grid, list) else [grid] if grid else []


def _side_by_side(windows: NDArray[np.int32], states: NDArray[np.float32]) -> NDArray[np.float32]:
    """[m, w] and [v, f] -> [m, w * f]."""
    return encode_windows(windows, states).reshape(len(windows), windows.shape[1] * states.shape[1])
