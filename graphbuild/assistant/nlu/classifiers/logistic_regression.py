"""LogisticRegressionClassifier: intents by multinomial logistic regression over sentence features. RASA.md 5.4.

scikit-learn fits, numpy predicts. Equal columns (the n-grams of a rare word occur together) are fitted as one.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.features import Csr, Features
from graphbuild.assistant.data.messages import Messages
from graphbuild.assistant.data.predictions import IntentPredictions
from graphbuild.assistant.nlu.classifiers.ranking import confidences_of, ranked
from graphbuild.assistant.nlu.featurizers.matrices import gather_rows, side_by_side, times_dense
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, NotNegative, Positive, option


@dataclass(frozen=True)
class LogisticRegressionState(ColumnsArtifact):
    """Weights [features, k] and intercepts [k] of k intents."""

    type_name: ClassVar[str] = "LogisticRegressionState.v1"
    intents: tuple[str, ...]
    weights: NDArray[np.float32]
    intercepts: NDArray[np.float32]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        data, splits = pack_strings(self.intents)
        return {
            "intents.bytes": data,
            "intents.splits": splits,
            "weights": self.weights,
            "intercepts": self.intercepts,
        }, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        intents = tuple(unpack_strings(arrays["intents.bytes"], arrays["intents.splits"]))
        return cls(intents, arrays["weights"], arrays["intercepts"])


class LogisticRegressionClassifier(Component):
    """Predicts intents by logistic regression."""

    kind = "classifier"
    requires = ("numpy", "scikit-learn", "scipy")

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        max_iter: AtLeastOne = option(100, "Steps of the solver at most.")
        solver: Literal["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"] = option(
            "lbfgs", "scikit-learn's name of the solver."
        )
        tol: Positive = option(1e-4, "When to stop.")
        random_state: NotNegative = option(42, "The seed.")
        ranking_length: NotNegative = option(10, "How many intents a prediction names; 0 for all.")

    config: Config

    def train(self, messages: Messages, features: Sequence[Features]) -> LogisticRegressionState:
        """N examples with their features -> weights. Examples without an intent are passed over."""
        labelled = np.flatnonzero(messages.intents.codes >= 0)
        matrix = _sentences(features, len(messages))
        labels = messages.intents.codes[labelled]
        intents = tuple(messages.intents.names[code] for code in np.unique(labels))
        if len(intents) < 2:
            # One intent, or none, is no question: nothing is learnt, and the one is always the answer.
            empty = np.zeros((matrix.columns, len(intents)), dtype=np.float32)
            return LogisticRegressionState(intents, empty, np.zeros(len(intents), dtype=np.float32))
        weights, intercepts = self._fit(gather_rows(matrix, labelled), labels)
        return LogisticRegressionState(intents, weights.astype(np.float32), intercepts.astype(np.float32))

    def apply(
        self, state: LogisticRegressionState, messages: Messages, features: Sequence[Features]
    ) -> IntentPredictions:
        """N messages with their features -> a ranking each."""
        if not state.intents:
            return ranked((), np.zeros((len(messages), 0), dtype=np.float32), self.config.ranking_length)
        logits = times_dense(_sentences(features, len(messages)), state.weights) + state.intercepts  # [n, k]
        return ranked(state.intents, confidences_of(logits), self.config.ranking_length)

    def _fit(self, matrix: Csr, labels: NDArray[np.int32]) -> tuple[Array, Array]:
        """Weights [features, k], intercepts [k]."""
        from scipy.sparse import csc_matrix, csr_matrix, diags
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression
        from threadpoolctl import threadpool_limits

        model = LogisticRegression(
            solver=self.config.solver,
            max_iter=self.config.max_iter,
            tol=self.config.tol,
            random_state=self.config.random_state,
            class_weight="balanced",
        )
        columns = csc_matrix(csr_matrix((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape, dtype=float))
        group_of, first_of = _equal_columns(columns)
        # m equal columns share one weight w at a penalty of m w^2: so does one column of sqrt(m) times their values.
        scale = np.sqrt(np.bincount(group_of, minlength=len(first_of)))
        # Threads of the linear algebra library split sums, so their number would be in the result; and on vectors of
        # this size they wait for each other more than they compute (12 s against 0.9 s on 179 examples and 2 cores).
        with threadpool_limits(1), warnings.catch_warnings():
            # Rasa's defaults stop after 100 steps, converged or not.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit((columns[:, first_of] @ diags(scale)).tocsr(), labels)
        weights, intercepts = np.asarray(model.coef_) / scale, np.asarray(model.intercept_)
        if len(weights) == 1:
            # Two intents: scikit-learn keeps one row, the second intent's odds against the first.
            weights = np.concatenate([np.zeros_like(weights), weights])
            intercepts = np.concatenate([np.zeros_like(intercepts), intercepts])
        return weights.T[group_of], intercepts


def _sentences(features: Sequence[Features], count: int) -> Csr:
    """Sentence features of all featurizers side by side, [n, columns]."""
    return side_by_side([one.sentence for one in features if one.sentence is not None], count)


def _equal_columns(matrix: Any) -> tuple[NDArray[np.int64], list[int]]:
    """For each column of a csc_matrix the number of its group of equal columns; for each group its first column."""
    ends = matrix.indptr.tolist()
    first_of: list[int] = []
    groups: dict[tuple[bytes, bytes], int] = {}
    group_of = np.zeros(matrix.shape[1], dtype=np.int64)
    for column, (a, b) in enumerate(itertools.pairwise(ends)):
        key = matrix.indices[a:b].tobytes(), matrix.data[a:b].tobytes()
        group_of[column] = groups.setdefault(key, len(first_of))
        if group_of[column] == len(first_of):
            first_of.append(column)
    return group_of, first_of
