"""UnexpecTEDIntentPolicy: it knows what may follow, is silent where it is not asked, and trains to equal bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, IntentSamples
from graphbuild.assistant.data.stories import StoryGraph
from graphbuild.assistant.dialogue.featurizers.intent_max_history import IntentMaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.unexpected_intent import UnexpecTEDIntentPolicy
from graphbuild.assistant.dialogue.policies.unexpected_intent_state import UnexpectedIntentState
from graphbuild.assistant.dialogue.story_steps import StoryHistories
from graphbuild.contract.component import Context, Helper
from tests.assistant.dialogue.prefixes import prefixes
from tests.assistant.dialogue.tales import DOMAIN, act, dialogues, step, user

SMALL: dict[str, Any] = {"transformer_size": 32, "batch_size": 8, "random_seed": 3, "connection_density": 0.5}
HELLO = user("greet"), act("utter_hi")
BYE = user("bye"), act("utter_bye")
ASK = user("inform"), act("action_x")

ODD = (
    *(((), "inform"), ((), "bye"), (HELLO, "greet"), ((*HELLO, *ASK), "greet"), ((*HELLO, *ASK), "inform")),
    *(((*HELLO, *BYE), "greet"), ((*HELLO, *BYE), "inform"), ((*HELLO, *BYE), "bye")),
)


def stories() -> Dialogues:
    """After a greeting come a question or a goodbye, after a question a goodbye alone."""
    return dialogues(step(*HELLO, *ASK, *BYE), step(*HELLO, *BYE))


def samples() -> IntentSamples:
    config = IntentMaxHistoryTrackerFeaturizer.Config(max_history=4)
    return IntentMaxHistoryTrackerFeaturizer(config).apply(stories())


def policy(context: Context | None = None, **options: Any) -> UnexpecTEDIntentPolicy:
    return UnexpecTEDIntentPolicy(UnexpecTEDIntentPolicy.Config(**{**SMALL, "epochs": 3, **options}), context)


def surprises(state: UnexpectedIntentState, told: Dialogues, **options: Any) -> list[str]:
    """The beginnings, by the actions that they go on with, that end in an unlikely intent."""
    asked, actions = prefixes(told)
    found = policy(**options).apply(state, asked)
    assert found.actions == ("action_unlikely_intent",)
    return [action for action, one in zip(actions, found.probabilities[:, 0].tolist(), strict=True) if one == 1.0]


@pytest.fixture(scope="module")
def learnt() -> UnexpectedIntentState:
    return policy(epochs=150).train(samples())


@pytest.mark.slow
def test_what_stories_tell_is_expected(learnt: UnexpectedIntentState) -> None:
    again = UnexpectedIntentState.decode(learnt.encode())
    assert again.encode() == learnt.encode()
    assert surprises(again, stories()) == []


@pytest.mark.slow
def test_what_they_never_tell_is_unlikely(learnt: UnexpectedIntentState) -> None:
    """Not all of it: where an intent is wrong in the way that comes closest to right, that is the threshold."""
    odd = dialogues(*(step(*before, user(heard), act("f")) for before, heard in ODD))
    found = surprises(learnt, odd)
    assert set(found) == {"f"}, "only right after the user spoke"
    assert len(found) > len(surprises(learnt, odd, tolerance=0.95))
    assert surprises(learnt, odd, ignore_intents_list=["greet", "inform", "bye"]) == []
    assert surprises(learnt, dialogues(step(*HELLO, *ASK, user("new"), act("f")))) == []


@pytest.mark.slow
def test_thresholds_fall_with_the_tolerance(learnt: UnexpectedIntentState) -> None:
    assert (np.diff(learnt.quantiles, axis=1) <= 0).all()
    assert np.array_equal(learnt.thresholds(1.0), learnt.quantiles[:, -1])
    assert np.array_equal(learnt.thresholds(0.06), learnt.quantiles[:, 1])


@pytest.mark.slow
def test_equal_trainings_give_equal_bytes(learnt: UnexpectedIntentState) -> None:
    assert policy(epochs=150).train(samples()).encode() == learnt.encode()
    assert policy(random_seed=4).train(samples()).encode() != policy().train(samples()).encode()


@pytest.mark.slow
def test_a_training_goes_on_from_an_earlier_one(learnt: UnexpectedIntentState) -> None:
    assert surprises(policy(epochs=1).train(samples(), start=learnt), stories()) == []


def test_thresholds_are_never_above_what_was_right() -> None:
    from graphbuild.assistant.dialogue.policies.ted_state import TedState

    state = TedState({}, {}, ("a", "b"), None, {}, 4, is_full=False)
    scores = np.array([[0.9, 0.1], [0.5, 0.3], [0.2, 0.8]], dtype=np.float32)
    right = np.array([[1, 1], [0, 1], [0, 1]], dtype=np.float32)
    made = UnexpectedIntentState.of(state, scores, right)
    assert made.thresholds(0.0).tolist() == [np.float32(0.5), np.float32(0.1)]
    assert made.thresholds(0.5).tolist() == [np.float32(0.2), np.float32(0.1)]


def test_without_stories_it_expects_everything() -> None:
    nothing = IntentMaxHistoryTrackerFeaturizer().apply(dialogues())
    state = UnexpectedIntentState.decode(policy().train(nothing).encode())
    assert surprises(state, stories()) == []


def test_the_featurizer_follows_the_configuration() -> None:
    helper = Helper("AugmentedIntentMaxHistoryTrackerFeaturizer", {"max_history": 5})
    assert UnexpecTEDIntentPolicy.helpers(UnexpecTEDIntentPolicy.Config(max_history=5)) == {"samples": helper}
    named = [{"name": "IntentMaxHistoryTrackerFeaturizer", "max_history": 3}]
    helper = Helper("AugmentedIntentMaxHistoryTrackerFeaturizer", {"max_history": 3})
    assert UnexpecTEDIntentPolicy.helpers(UnexpecTEDIntentPolicy.Config(featurizer=named)) == {"samples": helper}


@pytest.mark.slow
def test_what_was_called_unlikely_is_not_called_so_again(learnt: UnexpectedIntentState) -> None:
    odd = (
        (before, heard) for before, heard in ODD if surprises(learnt, dialogues(step(*before, user(heard), act("f"))))
    )
    before, heard = next(odd)
    told = StoryGraph((step(*before, user(heard), act("utter_hi")),))
    made = StoryHistories(StoryHistories.Config(second_tries=True)).apply(told, DOMAIN)
    found = policy().apply(learnt, made.histories)
    place = len(made.steps.actions) - 2
    assert found.probabilities[made.steps.rows[place], 0] == 1.0
    assert found.probabilities[made.steps.unlikely_rows[place], 0] == 0.0


@pytest.mark.slow
def test_it_tells_how_well_each_intent_would_fit(learnt: UnexpectedIntentState) -> None:
    """Shape and numbers are those of Rasa's metadata: a severity is what is missing to the threshold."""
    odd = ((*before, user(heard), act("f")) for before, heard in ODD)
    events = next(one for one in odd if surprises(learnt, dialogues(step(*one))))
    heard = [event.name for event in events if event.type == "user"]
    asked, _ = prefixes(dialogues(step(*events)))
    found = ActionPredictions.decode(policy(ranking_length=2).apply(learnt, asked).encode())
    rankings = found.intents
    assert rankings is not None
    rows = [rankings.row(number) for number in range(len(asked))]
    spoken = [row for row in rows if row is not None]
    assert [row["query_intent"]["name"] for row in spoken] == heard
    assert all(len(row["ranking"]) == 2 for row in spoken)
    unlikely = spoken[-1]
    assert found.probabilities[:, 0].tolist() == [float(row == unlikely) for row in rows]
    own = unlikely["query_intent"]
    assert own["severity"] > 0
    assert own["severity"] == pytest.approx(own["threshold"] - own["score"], abs=1e-6)
    assert unlikely["ranking"][0]["score"] >= unlikely["ranking"][1]["score"] >= own["score"]
    assert unlikely["ranking"][0]["name"] != own["name"]
    every = policy(ranking_length=0).apply(learnt, asked).intents
    assert every is not None
    assert every.ranking.shape == (len(asked), 3)


@pytest.mark.slow
def test_an_ignored_intent_is_ranked_but_never_unlikely(learnt: UnexpectedIntentState) -> None:
    asked, _ = prefixes(dialogues(step(*HELLO, *HELLO, act("action_x"))))
    found = policy(ignore_intents_list=["greet"]).apply(learnt, asked)
    assert not found.probabilities.any()
    assert found.intents is not None
    assert sum(found.intents.row(number) is not None for number in range(len(asked))) == 2
