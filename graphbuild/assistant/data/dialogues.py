"""Dialogues: training trackers as rows of small integers over a vocabulary of states, equal states kept once.

Shapes: n dialogues, s steps in all, v distinct states, a actions. A step is a state and the action taken in it. A
state is canonical JSON (keys sorted): {"active_loop": {"name"}, "prev_action": {"action_name"}, "slots": {name:
[features]}, "user": {"entities": [...], "intent"}}, without the parts that are not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.messages import Ints, Splits
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings


@dataclass(frozen=True)
class DialogueColumns(ColumnsArtifact):
    """Dialogues in canonical order. The vocabularies are sorted and hold only what occurs."""

    states: tuple[str, ...]  # [v]
    actions: tuple[str, ...]  # [a]
    splits: Splits  # [n + 1]
    state_ids: Ints  # [s]
    labels: Ints  # [s] codes into actions
    is_rule: NDArray[np.bool_]  # [n]
    is_augmented: NDArray[np.bool_]  # [n] glued of several stories
    left_out: int = 0
    """How many were not followed to their ends, because choices after choices made too many of them."""

    def __len__(self) -> int:
        return len(self.is_rule)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {
            "splits": self.splits,
            "state_ids": self.state_ids,
            "labels": self.labels,
            "is_rule": self.is_rule,
            "is_augmented": self.is_augmented,
        }
        arrays["states.bytes"], arrays["states.splits"] = pack_strings(self.states)
        arrays["actions.bytes"], arrays["actions.splits"] = pack_strings(self.actions)
        return arrays, {"left_out": self.left_out}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(
            tuple(unpack_strings(arrays["states.bytes"], arrays["states.splits"])),
            tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"])),
            arrays["splits"],
            arrays["state_ids"],
            arrays["labels"],
            arrays["is_rule"],
            arrays["is_augmented"],
            plain["left_out"],
        )


@dataclass(frozen=True)
class Dialogues(DialogueColumns):
    """What stories and rules tell, nothing glued: stories first, then rules."""

    type_name: ClassVar[str] = "Dialogues.v2"


@dataclass(frozen=True)
class AugmentedDialogues(DialogueColumns):
    """The same and, after the stories, dialogues glued of several of them.

    A type of its own, so that what must not depend on augmentation cannot be wired to it.
    """

    type_name: ClassVar[str] = "AugmentedDialogues.v1"


@dataclass(frozen=True)
class Samples(ColumnsArtifact):
    """What a policy learns from: runs of states, and the action that follows each (or follows each of its states).

    The vocabularies hold only what occurs in the samples, so that an edit to rules leaves the samples of stories alone.
    m samples of length w. With a maximal history, w is at most that and labels are [m]; with full dialogues, w is the
    longest and labels are [m, w]. -1 pads: states on the left with a maximal history, on the right without.
    """

    type_name: ClassVar[str] = "Samples.v1"
    states: tuple[str, ...]  # [v]
    actions: tuple[str, ...]  # [a]
    windows: Ints  # [m, w] codes into states
    labels: Ints  # [m] or [m, w] codes into actions
    max_history: int | None

    @classmethod
    def of(cls, dialogues: DialogueColumns, windows: Ints, labels: Ints, max_history: int | None) -> Self:
        """Samples of some dialogues, windows and labels coded as those are."""
        states, windows = _only_used(dialogues.states, windows)
        actions, labels = _only_used(dialogues.actions, labels)
        return cls(states, actions, windows, labels, max_history)

    @property
    def is_full(self) -> bool:
        """Whether samples are whole dialogues."""
        return self.labels.ndim == 2

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {"windows": self.windows, "labels": self.labels}
        arrays["states.bytes"], arrays["states.splits"] = pack_strings(self.states)
        arrays["actions.bytes"], arrays["actions.splits"] = pack_strings(self.actions)
        return arrays, {"max_history": self.max_history}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(
            tuple(unpack_strings(arrays["states.bytes"], arrays["states.splits"])),
            tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"])),
            arrays["windows"],
            arrays["labels"],
            plain["max_history"],
        )


@dataclass(frozen=True)
class IntentSamples(ColumnsArtifact):
    """What a policy learns from that tells which intents may come next: runs of states, and the intents after each.

    m samples of length w, at most k intents each. -1 pads: states on the left, intents on the right.
    """

    type_name: ClassVar[str] = "IntentSamples.v1"
    states: tuple[str, ...]  # [v]
    intents: tuple[str, ...]  # [l]
    windows: Ints  # [m, w] codes into states
    labels: Ints  # [m, k] codes into intents
    max_history: int | None

    @classmethod
    def of(
        cls, dialogues: DialogueColumns, intents: tuple[str, ...], windows: Ints, labels: Ints, max_history: int | None
    ) -> Self:
        """Samples of some dialogues, windows coded as those are."""
        states, windows = _only_used(dialogues.states, windows)
        return cls(states, intents, windows, labels, max_history)

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {"windows": self.windows, "labels": self.labels}
        arrays["states.bytes"], arrays["states.splits"] = pack_strings(self.states)
        arrays["intents.bytes"], arrays["intents.splits"] = pack_strings(self.intents)
        return arrays, {"max_history": self.max_history}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(
            tuple(unpack_strings(arrays["states.bytes"], arrays["states.splits"])),
            tuple(unpack_strings(arrays["intents.bytes"], arrays["intents.splits"])),
            arrays["windows"],
            arrays["labels"],
            plain["max_history"],
        )


@dataclass(frozen=True)
class ActionPredictions(ColumnsArtifact):
    """Probabilities of the actions that a policy knows, for the end of each dialogue; all 0 where it is silent."""

    type_name: ClassVar[str] = "ActionPredictions.v1"
    actions: tuple[str, ...]
    probabilities: NDArray[np.float32]  # [n, a]

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        data, splits = pack_strings(self.actions)
        return {"actions.bytes": data, "actions.splits": splits, "probabilities": self.probabilities}, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        actions = tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"]))
        return cls(actions, arrays["probabilities"])


def _only_used(names: tuple[str, ...], codes: Ints) -> tuple[tuple[str, ...], Ints]:
    """The names that some codes (-1 for none) point at, and the codes into these alone."""
    used = np.unique(codes[codes >= 0])
    new = np.full(len(names) + 1, -1, dtype=np.int32)  # the last entry is where -1 points
    new[used] = np.arange(len(used), dtype=np.int32)
    return tuple(names[code] for code in used.tolist()), new[codes]
