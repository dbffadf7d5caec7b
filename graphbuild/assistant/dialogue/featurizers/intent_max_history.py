"""IntentMaxHistoryTrackerFeaturizer: the last states before the user speaks, and the intents that may follow.

RASA.md 4.2. Dialogues that were written word for word (end to end) have no intents to tell, and are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphbuild.assistant.data.dialogues import AugmentedDialogues, DialogueColumns, Dialogues, IntentSamples
from graphbuild.assistant.dialogue.featurizers.max_history import MaxHistoryTrackerFeaturizer, window
from graphbuild.assistant.dialogue.featurizers.unlikely import without_unlikely
from graphbuild.assistant.dialogue.states import LISTEN
from graphbuild.contract.component import Component


class IntentMaxHistoryTrackerFeaturizer(Component):
    """Cuts story dialogues into windows that end where the user speaks, with the intents that stories have there."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(MaxHistoryTrackerFeaturizer.Config):
        """The options of MaxHistoryTrackerFeaturizer."""

    config: Config

    def apply(self, trackers: Dialogues) -> IntentSamples:
        """N dialogues -> m windows, without those of rules."""
        return intent_samples_of(trackers, self.config.max_history, remove_duplicates=self.config.remove_duplicates)


class AugmentedIntentMaxHistoryTrackerFeaturizer(Component):
    """IntentMaxHistoryTrackerFeaturizer of all dialogues, those too that are glued of several stories."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(MaxHistoryTrackerFeaturizer.Config):
        """The options of MaxHistoryTrackerFeaturizer."""

    config: Config

    def apply(self, trackers: AugmentedDialogues) -> IntentSamples:
        """N dialogues -> m windows, without those of rules."""
        return intent_samples_of(trackers, self.config.max_history, remove_duplicates=self.config.remove_duplicates)


def intent_samples_of(trackers: DialogueColumns, max_history: int | None, *, remove_duplicates: bool) -> IntentSamples:
    """Windows of at most `max_history` states (all when None), sorted, each with all intents that follow it."""
    trackers = without_unlikely(trackers)
    following: dict[tuple[int, ...], set[str]] = {}
    rows = []
    for row, intent in _turns(trackers, max_history):
        following.setdefault(row, set()).add(intent)
        rows.append(row)
    kept = sorted(following if remove_duplicates else rows)
    intents = sorted({intent for told in following.values() for intent in told})
    code_of = {intent: code for code, intent in enumerate(intents)}
    windows = np.full((len(kept), max(map(len, kept), default=0)), -1, dtype=np.int32)
    labels = np.full((len(kept), max((len(following[row]) for row in kept), default=0)), -1, dtype=np.int32)
    for sample, row in enumerate(kept):
        windows[sample, windows.shape[1] - len(row) :] = row
        labels[sample, : len(following[row])] = sorted(code_of[intent] for intent in following[row])
    return IntentSamples.of(trackers, tuple(intents), windows, labels, max_history)


def _turns(trackers: DialogueColumns, max_history: int | None) -> Iterator[tuple[tuple[int, ...], str]]:
    """The states before each turn of the user, and its intent."""
    parts: list[dict[str, Any]] = [json.loads(state) for state in trackers.states]
    intents = [one.get("user", {}).get("intent") for one in parts]
    is_spelt = ["text" in one.get("user", {}) or "action_text" in one.get("prev_action", {}) for one in parts]
    for dialogue in np.flatnonzero(~trackers.is_rule).tolist():
        first, last = int(trackers.splits[dialogue]), int(trackers.splits[dialogue + 1])
        states = trackers.state_ids[first:last].tolist()
        if any(is_spelt[state] for state in states):
            continue
        for position, state in enumerate(states[1:]):
            heard = intents[state]
            if heard is not None and parts[state].get("prev_action", {}).get("action_name") == LISTEN:
                yield tuple(window(states[: position + 1], max_history)), heard
