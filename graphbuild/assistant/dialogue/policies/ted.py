"""TEDPolicy: the next action by a transformer over the dialogue. RASA.md 4.3; the network: networks/ted.py.

Keras trains, numpy predicts. Actions and features of states are those that occur in the stories.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.runs import last_runs
from graphbuild.assistant.dialogue.policies.helpers import featurizer_helper
from graphbuild.assistant.dialogue.policies.ted_network import Runs, similarities, train
from graphbuild.assistant.dialogue.policies.ted_options import DialogueNetworkOptions
from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.contract.component import Component, Helper


class TEDPolicy(Component):
    """Predicts the next action with a transformer."""

    kind = "policy"
    requires = ("numpy", "scipy", "autograd", "keras", "tensorflow", "tensorflow-cpu", "jax")
    environment = ("KERAS_BACKEND",)

    @dataclass(frozen=True)
    class Config(DialogueNetworkOptions):
        """Options, with Rasa's names and defaults."""

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"samples": featurizer_helper(config.max_history, config.featurizer, augmented=True)}

    def train(self, samples: Samples, start: TedState | None = None) -> TedState:
        """M samples of w states -> the trained network."""
        runs = Runs(samples.states, samples.windows, samples.labels, samples.max_history)
        return train(self.config, self.context, runs, samples.actions, "action_name", start=start)

    def apply(self, state: TedState, trackers: Dialogues, rule_only: RuleOnly | None = None) -> ActionPredictions:
        """Probabilities of the next action at the end of each of n dialogues."""
        trackers = seen_by_learners(trackers, rule_only)
        if not state.weights or not len(trackers):
            return self._made(state, np.zeros((len(trackers), len(state.labels)), dtype=np.float32))
        runs = last_runs(trackers, state.max_history)
        asked = np.zeros(len(trackers), dtype=np.int32)
        if state.is_full:  # after the last of its states
            asked = np.where(np.arange(runs.shape[1]) == (runs >= 0).sum(axis=1, keepdims=True) - 1, 0, -1)
        found = similarities(state, Runs(trackers.states, runs, asked, state.max_history))
        return self._made(state, self._confidences(found))

    def _made(self, state: TedState, probabilities: NDArray[np.float32]) -> ActionPredictions:
        return ActionPredictions(state.labels, probabilities, type(self).__name__, self.config.priority)

    def _confidences(self, found: NDArray[np.float32]) -> NDArray[np.float32]:
        """Softmax over the actions, [n, a]; those that the ranking has no room for get nothing."""
        exponents = np.exp(found - found.max(axis=1, keepdims=True))
        confidences = exponents / exponents.sum(axis=1, keepdims=True)
        length = self.config.ranking_length
        if not 0 < length < confidences.shape[1]:
            return np.asarray(confidences)
        places = np.argsort(np.argsort(-confidences, axis=1, kind="stable"), axis=1)
        kept = np.where(places < length, confidences, np.float32(0))
        return np.asarray(kept / kept.sum(axis=1, keepdims=True) if self.config.renormalize_confidences else kept)
