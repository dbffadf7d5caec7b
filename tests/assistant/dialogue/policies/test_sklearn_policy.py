"""SklearnPolicy: that it learns, as scikit-learn itself would, and that equal trainings give equal bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.linear_model import fit, search
from graphbuild.assistant.dialogue.policies.multi_hot import encode_states, encode_windows
from graphbuild.assistant.dialogue.policies.sklearn_policy import SklearnPolicy, SklearnPolicyState
from graphbuild.contract.component import Context, Helper
from graphbuild.contract.options import read_options
from tests.assistant.dialogue.tales import GOLDEN_STORY, SNIPPET, act, dialogues, rule, step, user

OPTIONS = {
    "C": 1.0, "penalty": "l2", "l1_ratio": 0.0, "solver": "liblinear", "tol": 1e-4, "max_iter": 100, "dual": False,
    "fit_intercept": True, "intercept_scaling": 1.0, "class_weight": None, "random_state": 1,
}  # fmt: skip


def trackers() -> Dialogues:
    return dialogues(
        GOLDEN_STORY,
        step(user("bye"), act("utter_bye")),
        step(user("greet"), act("utter_hi"), user("bye"), act("utter_bye")),
        rule(SNIPPET, user("bye"), act("of_a_rule")),
    )


def windows(of: Dialogues | None = None) -> Samples:
    return MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(3)).apply(trackers() if of is None else of)


def policy(context: Context | None = None, **options: Any) -> SklearnPolicy:
    return SklearnPolicy(SklearnPolicy.Config(**options), context)


def complaints(**options: Any) -> list[str]:
    return [problem.what for problem in read_options(SklearnPolicy.Config, options)[1]]


def test_it_learns_what_stories_do() -> None:
    state = policy(C=100.0).train(windows())
    again = SklearnPolicyState.decode(state.encode())
    assert again.encode() == state.encode()
    found = policy().apply(again, trackers())
    assert found.actions == ("action_listen", "action_x", "utter_bye", "utter_hi"), "none of rules"
    assert np.allclose(found.probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert [found.actions[best] for best in found.probabilities.argmax(axis=1)[:3]] == ["action_listen"] * 3


@pytest.mark.parametrize("solver", ["liblinear", "lbfgs"])
@pytest.mark.parametrize("classes", [2, 4])
def test_probabilities_are_those_of_scikit_learn(solver: str, classes: int) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    random = np.random.default_rng(3)
    rows = random.random((60, 7), dtype=np.float32)
    labels = random.integers(0, classes, 60)
    model = LogisticRegression(solver=solver, random_state=1)
    theirs = OneVsRestClassifier(model) if solver == "liblinear" else model
    expected = theirs.fit(rows, labels).predict_proba(rows)
    ours = fit(rows, labels, {**OPTIONS, "solver": solver})
    assert np.allclose(ours.probabilities(rows), expected, atol=2e-3)


@pytest.mark.parametrize("penalty", ["l1", "l2", "elasticnet", None])
def test_every_penalty_is_one_of_the_installed_release(penalty: str | None) -> None:
    random = np.random.default_rng(3)
    rows, labels = random.random((40, 5), dtype=np.float32), random.integers(0, 3, 40)
    options = {**OPTIONS, "solver": "saga", "penalty": penalty, "l1_ratio": 0.5, "C": 0.2, "max_iter": 2000}
    zeros = int((fit(rows, labels, options).weights == 0).sum())
    assert (zeros > 0) is (penalty in ("l1", "elasticnet"))


def test_equal_trainings_give_equal_bytes() -> None:
    def trained(seed: int, **options: Any) -> bytes:
        # saga goes through the samples in an order of its own, and stops before that no longer matters.
        return policy(Context(seed=seed), solver="saga", max_iter=5, **options).train(windows()).encode()

    assert trained(5) == trained(5) == trained(9, random_state=5)
    assert trained(6) != trained(5)


def test_a_dialogue_is_seen_the_same_alone_and_among_longer_ones() -> None:
    state = policy().train(windows())
    story = step(user("bye"), act("utter_bye"))
    longer = step(*(event for _ in range(5) for event in (user("greet"), act("utter_hi"))))
    alone = policy().apply(state, dialogues(story))
    among = policy().apply(state, dialogues(story, longer))
    position = int(np.argmin(np.diff(dialogues(story, longer).splits)))
    assert np.allclose(alone.probabilities[0], among.probabilities[position], atol=1e-6)


def test_what_it_predicts_is_what_its_samples_say() -> None:
    samples = windows()
    state = policy(C=100.0).train(samples)
    assert state.model is not None
    rows = encode_windows(samples.windows, encode_states(samples.states, state.features))
    expected = state.model.probabilities(rows.reshape(len(rows), -1))
    ends = policy().apply(state, trackers()).probabilities
    assert all(any(np.allclose(end, one, atol=1e-6) for one in expected) for end in ends[:3])


def test_of_options_the_best_are_taken() -> None:
    random = np.random.default_rng(3)
    rows = random.random((80, 6), dtype=np.float32)
    labels = (rows[:, 0] > 0.5).astype(np.int64) + (rows[:, 1] > 0.5)
    found = search(rows, labels, OPTIONS, {"C": [1e-6, 10.0]}, 4, "accuracy")
    assert found == {**OPTIONS, "C": 10.0}
    assert search(rows, labels, OPTIONS, [{"C": [1e-6]}, {"C": [1e-6]}], 4, "accuracy")["C"] == 1e-6


def test_a_search_changes_what_is_learnt() -> None:
    usual = policy(Context(seed=5)).train(windows()).encode()
    assert policy(Context(seed=5), cv=2).train(windows()).encode() == usual
    assert policy(Context(seed=5), param_grid={"C": [50.0]}).train(windows()).encode() == usual, "nothing compares"
    assert policy(Context(seed=5), cv=2, param_grid={"C": [50.0]}).train(windows()).encode() != usual


def test_fewer_than_two_actions_are_no_question() -> None:
    nothing = policy().train(windows(dialogues()))
    assert policy().apply(SklearnPolicyState.decode(nothing.encode()), trackers()).probabilities.shape == (4, 0)


def test_the_featurizer_follows_the_configuration() -> None:
    helper = Helper("AugmentedMaxHistoryTrackerFeaturizer", {"max_history": 5})
    assert SklearnPolicy.helpers(SklearnPolicy.Config()) == {"samples": helper}


def test_what_cannot_be_is_told() -> None:
    (problem,) = complaints(featurizer=[{"name": "FullDialogueTrackerFeaturizer"}])
    assert problem.startswith("`featurizer`: there must be a maximal history")
    assert complaints(param_grid={"trees": [5]}) == ["`param_grid`: the model has no option `trees`"]
    assert complaints(param_grid=[{"C": [1.0, -1.0]}]) == ["`param_grid`: option `C`: expected `float` > 0.0"]
    assert complaints(param_grid={"C": [1, 5], "penalty": ["l1", "l2"]}, cv=3) == []
