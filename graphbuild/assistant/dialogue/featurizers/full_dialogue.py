"""FullDialogueTrackerFeaturizer: whole dialogues, with the action after every state. RASA.md 4.2."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphbuild.assistant.data.dialogues import AugmentedDialogues, DialogueColumns, Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.unlikely import without_unlikely
from graphbuild.contract.component import Component, Options


class FullDialogueTrackerFeaturizer(Component):
    """Gives each story dialogue whole."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(Options):
        """No options."""

    config: Config

    def apply(self, trackers: Dialogues) -> Samples:
        """N dialogues -> the m that are no rules, padded on the right."""
        return whole(trackers)


class AugmentedFullDialogueTrackerFeaturizer(Component):
    """FullDialogueTrackerFeaturizer of all dialogues, those too that are glued of several stories."""

    kind = "featurizer"

    @dataclass(frozen=True)
    class Config(FullDialogueTrackerFeaturizer.Config):
        """The options of FullDialogueTrackerFeaturizer."""

    config: Config

    def apply(self, trackers: AugmentedDialogues) -> Samples:
        """N dialogues -> the m that are no rules, padded on the right."""
        return whole(trackers)


def whole(trackers: DialogueColumns) -> Samples:
    """The dialogues of stories, padded on the right."""
    trackers = without_unlikely(trackers)
    wanted = np.flatnonzero(~trackers.is_rule)
    lengths = np.diff(trackers.splits)[wanted]
    width = int(lengths.max()) if len(lengths) else 0
    windows = np.full((len(wanted), width), -1, dtype=np.int32)
    labels = np.full((len(wanted), width), -1, dtype=np.int32)
    for sample, dialogue in enumerate(wanted.tolist()):
        first, last = trackers.splits[dialogue], trackers.splits[dialogue + 1]
        windows[sample, : last - first] = trackers.state_ids[first:last]
        labels[sample, : last - first] = trackers.labels[first:last]
    return Samples.of(trackers, windows, labels, None)
