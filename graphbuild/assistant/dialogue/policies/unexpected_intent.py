"""UnexpecTEDIntentPolicy: whether the user's last intent is one that stories lead to expect. RASA.md 4.3.

TED's network tells from what was before a user turn which intents may come. Where the one that came is less similar
than its threshold, `action_unlikely_intent` is predicted.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, IntentSamples
from graphbuild.assistant.data.intent_rankings import IntentRankings
from graphbuild.assistant.dialogue.featurizers.runs import last_runs
from graphbuild.assistant.dialogue.featurizers.unlikely import UNLIKELY
from graphbuild.assistant.dialogue.policies.helpers import intent_featurizer_helper
from graphbuild.assistant.dialogue.policies.ted_network import Runs, ask, similarities, train
from graphbuild.assistant.dialogue.policies.ted_options import DialogueNetworkOptions
from graphbuild.assistant.dialogue.policies.unexpected_intent_state import UnexpectedIntentState
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.contract.component import Component, Helper
from graphbuild.contract.options import NotNegative, option

_NOT_HERE = "Nothing here: intents are judged one by one, by inner products."


class UnexpecTEDIntentPolicy(Component):
    """Tells where an intent is unexpected, with TED's network."""

    kind = "policy"
    requires = ("numpy", "scipy", "autograd", "keras", "tensorflow", "tensorflow-cpu", "jax")
    environment = ("KERAS_BACKEND",)
    training_threads = 2

    @dataclass(frozen=True)
    class Config(DialogueNetworkOptions):
        """Options, with Rasa's names and defaults."""

        priority: int = option(2, "Which policy wins when two are equally sure.")
        ranking_length: NotNegative = option(10, "How many intents are told of one that is unlikely; 0 for all.")
        similarity_type: Literal["auto", "cosine", "inner"] = option("inner", _NOT_HERE, display_only=True)
        loss_type: Literal["cross_entropy", "margin", "softmax"] = option("cross_entropy", _NOT_HERE, display_only=True)
        entity_recognition: bool = option(False, _NOT_HERE, display_only=True)
        BILOU_flag: bool = option(False, _NOT_HERE, display_only=True)
        ignore_intents_list: list[str] = option([], "Intents that are never unexpected.")
        tolerance: Annotated[float, Meta(ge=0, le=1)] = option(
            0.0, "Share of the samples without an intent in which it would still be expected."
        )

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"samples": intent_featurizer_helper(config.max_history, config.featurizer)}

    def train(self, samples: IntentSamples, start: UnexpectedIntentState | None = None) -> UnexpectedIntentState:
        """M samples of w states -> the trained network, and thresholds of each intent."""
        right, labels = _sets(samples)
        runs = Runs(samples.states, samples.windows, labels, samples.max_history)
        state = train(self.config, self.context, runs, samples.intents, "intent", right, start)
        scores = similarities(state, ask(state, runs)) if state.weights else np.zeros((0, 0), dtype=np.float32)
        return UnexpectedIntentState.of(state, scores, right[labels])

    def apply(
        self, state: UnexpectedIntentState, trackers: Dialogues, rule_only: RuleOnly | None = None
    ) -> ActionPredictions:
        """1.0 for `action_unlikely_intent` where the last intent of a dialogue is unexpected; how well all fit."""
        is_asked = _are_asked(trackers)
        trackers = seen_by_learners(trackers, rule_only)
        probabilities = np.zeros((len(trackers), 1), dtype=np.float32)
        code_of = {name: code for code, name in enumerate(state.labels)}
        heard = [_heard(trackers, number) if hears else None for number, hears in enumerate(is_asked)]
        asked = np.array([-1 if one is None else code_of.get(one, -1) for one in heard], dtype=np.int32)
        wanted = np.flatnonzero(asked >= 0)
        if not len(wanted) or not state.weights:
            return ActionPredictions((UNLIKELY,), probabilities, type(self).__name__, self.config.priority)
        before = last_runs(_before_last(trackers), state.max_history)[wanted]
        labels = np.zeros(len(wanted), dtype=np.int32)
        found = similarities(state, ask(state, Runs(trackers.states, before, labels, state.max_history)))
        codes = asked[wanted]
        own = found[np.arange(len(wanted)), codes]
        thresholds = state.thresholds(self.config.tolerance)
        is_judged = ~np.isin(codes, [code_of[name] for name in self.config.ignore_intents_list if name in code_of])
        is_unlikely = (own < thresholds[codes]) & (found.argmax(axis=1) != codes) & is_judged
        probabilities[wanted[is_unlikely]] = 1.0
        every = np.zeros((len(trackers), len(state.labels)), dtype=np.float32)
        every[wanted] = found
        rankings = IntentRankings.of(state.labels, thresholds, asked, every, self.config.ranking_length)
        name, priority = type(self).__name__, self.config.priority
        return ActionPredictions((UNLIKELY,), probabilities, name, priority, intents=rankings)


def _sets(samples: IntentSamples) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """The sets of intents that occur, 1 for each that is in it [sets, l], and which set follows each sample [m]."""
    rows = np.zeros((len(samples.labels), len(samples.intents) + 1), dtype=np.float32)  # the last column for -1
    np.put_along_axis(rows, samples.labels, np.float32(1), axis=1)
    if not len(rows):
        return rows[:, :-1], np.zeros(0, dtype=np.int32)
    sets, codes = np.unique(rows[:, :-1], axis=0, return_inverse=True)
    return sets, codes.reshape(-1).astype(np.int32)


def _heard(trackers: Dialogues, dialogue: int) -> str | None:
    """The intent that a dialogue ends with; None where the bot has acted since, or heard none."""
    first, last = trackers.splits[dialogue], trackers.splits[dialogue + 1]
    if last - first < 2:
        return None
    state = json.loads(trackers.states[trackers.state_ids[last - 1]])
    heard: str | None = state.get("user", {}).get("intent")
    return heard if state.get("prev_action", {}).get("action_name") == LISTEN else None


def _are_asked(trackers: Dialogues) -> list[bool]:
    """Whether the bot has not called the last turn unlikely already: what learners see does not say so."""
    known = [json.loads(state).get("prev_action", {}).get("action_name") == UNLIKELY for state in trackers.states]
    pairs = itertools.pairwise(trackers.splits.tolist())
    return [first == last or not known[trackers.state_ids[last - 1]] for first, last in pairs]


def _before_last(trackers: Dialogues) -> Dialogues:
    """The dialogues without their last states."""
    lengths = np.maximum(np.diff(trackers.splits) - 1, 0)
    stays = np.ones(len(trackers.state_ids), dtype=np.bool_)
    stays[trackers.splits[1:][np.diff(trackers.splits) > 0] - 1] = False
    splits = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return replace(trackers, splits=splits, state_ids=trackers.state_ids[stays], labels=trackers.labels[stays])
