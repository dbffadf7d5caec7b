"""TEDPolicy on small stories: what it learns, what it does where there is little to learn, and equal bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Samples
from graphbuild.assistant.data.stories import Event, StoryGraph
from graphbuild.assistant.dialogue.featurizers.full_dialogue import FullDialogueTrackerFeaturizer
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer
from graphbuild.assistant.dialogue.policies.ted import TEDPolicy
from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.story_steps import StoryHistories
from graphbuild.contract.component import Context, Helper
from graphbuild.contract.options import read_options
from graphbuild.errors import DataError
from tests.assistant.dialogue.prefixes import prefixes
from tests.assistant.dialogue.tales import DOMAIN, GOLDEN_STORY, SNIPPET, act, dialogues, loop, rule, slot, step, user

SMALL: dict[str, Any] = {"transformer_size": 32, "batch_size": 8, "random_seed": 3, "connection_density": 0.5}
MODES = pytest.mark.parametrize("max_history", [3, None])


def stories() -> Dialogues:
    return dialogues(
        GOLDEN_STORY,
        step(user("bye"), act("utter_bye")),
        step(user("greet"), act("utter_hi"), user("bye"), act("utter_bye")),
        step(user("bye"), act("utter_bye"), user("greet"), act("action_x")),
        step(user("inform"), act("f"), loop("f"), slot("n", 5), act("f"), loop(None), act("utter_bye")),
        rule(SNIPPET, user("bye"), act("of_a_rule")),
    )


def samples_of(trackers: Dialogues, max_history: int | None) -> Samples:
    if max_history is None:
        return FullDialogueTrackerFeaturizer().apply(trackers)
    return MaxHistoryTrackerFeaturizer(MaxHistoryTrackerFeaturizer.Config(max_history)).apply(trackers)


def policy(context: Context | None = None, **options: Any) -> TEDPolicy:
    return TEDPolicy(TEDPolicy.Config(**{**SMALL, "epochs": 3, **options}), context)


@cache
def usual(max_history: int | None) -> TedState:
    """Trained with the usual options, once."""
    return policy().train(samples_of(stories(), max_history))


@pytest.mark.slow
@MODES
def test_it_learns_what_stories_do(max_history: int | None) -> None:
    heard: list[dict[str, float]] = []
    context = Context(progress=lambda done, total, facts: heard.append(dict(facts)))
    state = policy(context, epochs=150).train(samples_of(stories(), max_history))
    again = TedState.decode(state.encode())
    assert again.encode() == state.encode()
    asked, actions = prefixes(stories())
    found = policy().apply(again, asked)
    assert "of_a_rule" not in found.actions, "none of rules"
    assert [found.actions[best] for best in found.probabilities.argmax(axis=1)] == actions
    assert np.allclose(found.probabilities.sum(axis=1), 1, atol=1e-5)
    assert len(heard) == 150
    assert {*heard[-1]} == {"loss", "action", "action_accuracy"}


@pytest.mark.slow
@MODES
def test_equal_trainings_give_equal_bytes(max_history: int | None) -> None:
    samples = samples_of(stories(), max_history)
    first = usual(max_history)
    policy(random_seed=4).train(samples)  # what was trained in between does not matter
    assert policy(Context(seed=3), random_seed=None).train(samples).encode() == first.encode()
    assert policy(random_seed=4).train(samples).encode() != first.encode()


@pytest.mark.slow
@MODES
def test_a_dialogue_is_seen_the_same_alone_and_among_others(max_history: int | None) -> None:
    state = usual(max_history)
    asked, _ = prefixes(stories())
    together = policy().apply(state, asked)
    for number in range(len(asked)):
        alone = policy().apply(state, prefixes(stories(), only=number)[0])
        assert alone.probabilities.tobytes() == together.probabilities[number : number + 1].tobytes()


@pytest.mark.slow
@MODES
def test_what_was_never_seen_is_passed_over(max_history: int | None) -> None:
    state = policy().train(samples_of(dialogues(GOLDEN_STORY), max_history))
    asked, _ = prefixes(stories())
    assert np.isfinite(policy().apply(state, asked).probabilities).all()


@pytest.mark.parametrize("max_history", [3, None])
def test_without_stories_it_is_silent_and_loads_no_network(max_history: int | None) -> None:
    state = policy().train(samples_of(dialogues(rule(SNIPPET, user("bye"), act("b"))), max_history))
    assert policy().apply(TedState.decode(state.encode()), stories()).probabilities.shape == (len(stories()), 0)


@pytest.mark.slow
@MODES
def test_one_action_alone_is_certain(max_history: int | None) -> None:
    samples = samples_of(dialogues(step(user("bye"))), max_history)
    assert samples.actions == ("action_listen",)
    found = policy(constrain_similarities=True).apply(policy().train(samples), stories())
    assert found.probabilities.tolist() == [[1.0]] * len(stories())


@pytest.mark.slow
def test_a_ranking_names_so_many_actions() -> None:
    state = usual(3)
    every = policy().apply(state, stories()).probabilities
    two = policy(ranking_length=2).apply(state, stories()).probabilities
    assert ((two > 0).sum(axis=1) == 2).all()
    assert np.allclose(two.max(axis=1), every.max(axis=1))
    renormalised = policy(ranking_length=2, renormalize_confidences=True).apply(state, stories()).probabilities
    assert np.allclose(renormalised.sum(axis=1), 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {"loss_type": "margin"},
        {"constrain_similarities": True, "drop_rate": 0.2},
        {"number_of_transformer_layers": 0},
        {"number_of_transformer_layers": {"dialogue": 2}, "use_key_relative_attention": True},
        {"use_value_relative_attention": True, "batch_strategy": "sequence", "batch_size": [2, 4]},
        {"evaluate_on_number_of_examples": 2, "evaluate_every_number_of_epochs": 1, "checkpoint_model": True},
    ],
)
@MODES
def test_options_are_followed(options: dict[str, Any], max_history: int | None) -> None:
    heard: list[dict[str, float]] = []
    context = Context(progress=lambda done, total, facts: heard.append(dict(facts)))
    state = policy(context, **options).train(samples_of(stories(), max_history))
    assert state.encode() != usual(max_history).encode()
    assert np.isfinite(policy(**options).apply(state, stories()).probabilities).all()
    assert ("held_out_accuracy" in heard[-1]) == ("checkpoint_model" in options)


@pytest.mark.slow
@MODES
def test_a_training_goes_on_from_an_earlier_one(max_history: int | None) -> None:
    learnt = policy(epochs=150).train(samples_of(stories(), max_history))
    more = dialogues(
        *(step(user(intent), act("utter_bye"), user("greet"), act("action_x")) for intent in ("bye", "new")),
        GOLDEN_STORY,
        step(user("inform"), act("f"), loop("f"), slot("n", 5), act("f"), loop(None), act("utter_bye")),
    )
    grown = policy(epochs=1).train(samples_of(more, max_history), start=learnt)
    assert "new" in grown.vocabulary["intent"]
    asked, actions = prefixes(more)
    found = policy().apply(grown, asked)
    right = [found.actions[best] == action for best, action in zip(found.probabilities.argmax(1), actions, strict=True)]
    assert np.mean(right) > 0.8, "one epoch alone would not do"


@pytest.mark.slow
def test_other_actions_or_other_states_are_refused() -> None:
    learnt = usual(3)
    other = samples_of(dialogues(GOLDEN_STORY, step(user("bye"), act("new"))), 3)
    with pytest.raises(DataError, match="what it tells is not what the model learnt"):
        policy().train(other, start=learnt)
    with pytest.raises(DataError, match="what it tells is not what the model learnt"):
        policy().fits(learnt, other)
    policy().fits(learnt, samples_of(stories(), 3))
    plain = policy().train(samples_of(dialogues(step(user("bye"), act("utter_bye"))), 3))
    with pytest.raises(DataError, match="the parts of its states"):
        policy().train(samples_of(dialogues(step(user("bye"), slot("n", 5), act("utter_bye"))), 3), start=plain)


def test_the_featurizer_follows_the_configuration() -> None:
    assert TEDPolicy.helpers(TEDPolicy.Config()) == {"samples": Helper("AugmentedFullDialogueTrackerFeaturizer")}
    helper = Helper("AugmentedMaxHistoryTrackerFeaturizer", {"max_history": 5})
    assert TEDPolicy.helpers(TEDPolicy.Config(max_history=5)) == {"samples": helper}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"transformer_size": {"dialogue": 30}}, "`transformer_size` 30 cannot be shared by 4"),
        (
            {"featurizer": [{"name": "MaxHistoryTrackerFeaturizer", "state_featurizer": [{"name": "Own"}]}]},
            "there is no `state_featurizer` `Own` here",
        ),
        ({"dense_dimension": {"words": 3}}, "there is no option `dense_dimension.words`"),
        ({"number_of_transformer_layers": {"dialoge": 2}}, "there is no option `number_of_transformer_layers.dialoge`"),
        ({"model_confidence": "linear_norm"}, "option `model_confidence`: it cannot be `linear_norm`"),
    ],
)
def test_options_that_cannot_be_are_named(options: dict[str, Any], what: str) -> None:
    problems = read_options(TEDPolicy.Config, options)[1]
    assert [problem.what.startswith(what) for problem in problems] == [True]


@pytest.mark.slow
@MODES
def test_what_only_rules_have_is_not_seen(max_history: int | None) -> None:
    def asked(*before: Event) -> ActionPredictions:
        graph = StoryGraph((step(*before, user("greet"), act("utter_hi"), user("bye"), act("utter_bye")),))
        histories = StoryHistories().apply(graph, DOMAIN).histories
        return policy().apply(usual(max_history), histories, RuleOnly(("vip",), ()))

    without, hidden, shown = asked(), asked(slot("vip", True)), asked(slot("n", 5))
    assert np.array_equal(hidden.probabilities, without.probabilities)
    assert not np.array_equal(shown.probabilities, without.probabilities)
    assert (hidden.policy, hidden.priority) == ("TEDPolicy", 1)
