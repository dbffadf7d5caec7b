"""MaxHistoryTrackerFeaturizer: sliding windows of the last states, and the action that follows. RASA.md 4.2, 9.3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.dialogues import AugmentedDialogues, DialogueColumns, Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.unlikely import without_unlikely
from graphbuild.contract.component import Component, Options
from graphbuild.contract.options import AtLeastOne, option


class MaxHistoryTrackerFeaturizer(Component):
    """Cuts story dialogues into windows of at most `max_history` states."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names."""

        max_history: AtLeastOne | None = option(None, "States in a window; all when empty.")
        remove_duplicates: bool = option(True, "Keep equal windows with equal actions once.")

    config: Config

    def apply(self, trackers: Dialogues) -> Samples:
        """N dialogues -> m samples, one an action. Rules are left out: they are for policies that know rules."""
        return samples_of(trackers, self.config.max_history, remove_duplicates=self.config.remove_duplicates)


class AugmentedMaxHistoryTrackerFeaturizer(Component):
    """MaxHistoryTrackerFeaturizer of all dialogues, those too that are glued of several stories."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(MaxHistoryTrackerFeaturizer.Config):
        """The options of MaxHistoryTrackerFeaturizer."""

    config: Config

    def apply(self, trackers: AugmentedDialogues) -> Samples:
        """N dialogues -> m samples, one an action, without those of rules."""
        return samples_of(trackers, self.config.max_history, remove_duplicates=self.config.remove_duplicates)


def samples_of(trackers: DialogueColumns, max_history: int | None, *, remove_duplicates: bool) -> Samples:
    """Windows of at most `max_history` states (all when None), sorted."""
    trackers = without_unlikely(trackers)
    rows: dict[tuple[int, ...], None] = {}
    every = []
    for dialogue in range(len(trackers)):
        if trackers.is_rule[dialogue]:
            continue
        first, last = int(trackers.splits[dialogue]), int(trackers.splits[dialogue + 1])
        states = trackers.state_ids[first:last].tolist()
        labels = trackers.labels[first:last].tolist()
        for position, label in enumerate(labels):
            row = (*window(states[: position + 1], max_history), label)
            every.append(row)
            rows.setdefault(row)
    kept = sorted(rows if remove_duplicates else every)
    width = max((len(row) - 1 for row in kept), default=0)
    windows = np.full((len(kept), width), -1, dtype=np.int32)
    for sample, row in enumerate(kept):
        windows[sample, width - len(row) + 1 :] = row[:-1]
    labels_of = np.array([row[-1] for row in kept], dtype=np.int32)
    return Samples.of(trackers, windows, labels_of, max_history)


def window(states: list[int], max_history: int | None) -> list[int]:
    """The last states, oldest first."""
    return states if max_history is None else states[max(0, len(states) - max_history) :]
