"""Dialogues: training trackers as rows of small integers over a vocabulary of states, equal states kept once.

Shapes: n dialogues, s steps in all, v distinct states, a actions. A step is a state and the action taken in it. A
state is canonical JSON (keys sorted): {"active_loop": {"name"}, "prev_action": {"action_name"}, "slots": {name:
[features]}, "user": {"entities": [...], "intent"}}, without the parts that are not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.intent_rankings import IntentRankings
from graphbuild.assistant.data.messages import Ints, Splits
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings

_ENTITIES, _INTENTS = "found.", "expected."


@dataclass(frozen=True)
class Present:
    """What is known of dialogues whose next action is to be predicted, beside their states.

    Each dialogue ends with the present state; its label is what came next, where that is known, and means nothing else.
    """

    is_hidden: NDArray[np.bool_]  # [s] whether policies that learn from stories do not see the turn of the action
    is_rejected: NDArray[np.bool_]  # [n] whether the active loop refused to go on
    refused: tuple[str, ...]  # [n] the action that was to come next and refused to; empty for none
    texts: tuple[str, ...]  # [n] what the user said last, where its meaning is known too; else empty
    confidences: NDArray[np.float64]  # [n] how sure NLU was of the intent of the last user turn
    changes: tuple[str, ...]  # [c] what may change before an action, as lists in JSON: slots by name, "@user", "@loop"
    change_ids: Ints  # [s] codes into changes
    beginning: str  # the state in which every dialogue begins

    def to_columns(self) -> dict[str, Array]:
        """As arrays whose names begin with "present."."""
        arrays: dict[str, Array] = {
            "is_hidden": self.is_hidden,
            "is_rejected": self.is_rejected,
            "confidences": self.confidences,
            "change_ids": self.change_ids,
        }
        texts = {"refused": self.refused, "texts": self.texts, "changes": self.changes, "beginning": (self.beginning,)}
        for name, one in texts.items():
            arrays[f"{name}.bytes"], arrays[f"{name}.splits"] = pack_strings(one)
        return {f"present.{name}": array for name, array in arrays.items()}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array]) -> Self | None:
        """The value again; None where there are no such arrays."""
        if "present.is_hidden" not in arrays:
            return None

        def texts(name: str) -> tuple[str, ...]:
            return tuple(unpack_strings(arrays[f"present.{name}.bytes"], arrays[f"present.{name}.splits"]))

        return cls(
            is_hidden=arrays["present.is_hidden"],
            is_rejected=arrays["present.is_rejected"],
            refused=texts("refused"),
            texts=texts("texts"),
            confidences=arrays["present.confidences"],
            changes=texts("changes"),
            change_ids=arrays["present.change_ids"],
            beginning=texts("beginning")[0],
        )


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
    present: Present | None = None
    """Of dialogues that are not to be learnt from, but to be gone on with."""

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
        return {**arrays, **(self.present.to_columns() if self.present else {})}, {"left_out": self.left_out}

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
            Present.from_columns(arrays),
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


class Mark(IntFlag):
    """What else a policy says of a prediction."""

    NO_USER = 1  # it is so whatever the user said
    END_TO_END = 2  # the text of the user decided, not what was meant by it
    HIDES_TURN = 4  # policies that learn from stories are not to see this turn
    LOOP_INTERRUPTED = 8  # a loop goes on that something else had come into
    AFTER_UNLIKELY = 16  # it was asked for again, after `action_unlikely_intent` that the story does not have


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

    type_name: ClassVar[str] = "ActionPredictions.v2"
    actions: tuple[str, ...]
    probabilities: NDArray[np.float32]  # [n, a]
    policy: str = ""
    priority: int = 1
    """Which policy wins when two are equally sure."""
    marks: NDArray[np.uint8] | None = None  # [n] sums of Mark; None for none at all
    entities: EntityPredictions | None = None  # [n] in what users said last; None from policies that find none
    intents: IntentRankings | None = None  # [n] from a policy that knows which to expect

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        data, splits = pack_strings(self.actions)
        arrays = {"actions.bytes": data, "actions.splits": splits, "probabilities": self.probabilities}
        if self.marks is not None:
            arrays["marks"] = self.marks
        for prefix, one in ((_ENTITIES, self.entities), (_INTENTS, self.intents)):
            if one is not None:
                arrays.update({f"{prefix}{name}": array for name, array in one.to_columns()[0].items()})
        return arrays, {"policy": self.policy, "priority": self.priority}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        actions = tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"]))
        entities, intents = (
            {name.removeprefix(prefix): one for name, one in arrays.items() if name.startswith(prefix)}
            for prefix in (_ENTITIES, _INTENTS)
        )
        return cls(
            actions,
            arrays["probabilities"],
            plain["policy"],
            plain["priority"],
            arrays.get("marks"),
            EntityPredictions.from_columns(entities, None) if entities else None,
            IntentRankings.from_columns(intents, None) if intents else None,
        )


@dataclass(frozen=True)
class ChosenActions(ColumnsArtifact):
    """The next action of each dialogue, which policy chose it, and how sure it was; 0.0 where all were silent."""

    type_name: ClassVar[str] = "ChosenActions.v1"
    actions: tuple[str, ...]  # [n]
    policies: tuple[str, ...]  # [n]
    confidences: NDArray[np.float32]  # [n]
    marks: NDArray[np.uint8]  # [n] sums of Mark, those of the policy that chose; LOOP_INTERRUPTED of any
    surprises: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Of those that were found unlikely the ranking of the intents (IntentRankings.row)."""

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {"confidences": self.confidences, "marks": self.marks}
        arrays["actions.bytes"], arrays["actions.splits"] = pack_strings(self.actions)
        arrays["policies.bytes"], arrays["policies.splits"] = pack_strings(self.policies)
        return arrays, [[row, dict(one)] for row, one in sorted(self.surprises.items())] or None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        return cls(
            tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"])),
            tuple(unpack_strings(arrays["policies.bytes"], arrays["policies.splits"])),
            arrays["confidences"],
            arrays["marks"],
            {int(row): one for row, one in plain or ()},
        )


@dataclass(frozen=True)
class StorySteps(ColumnsArtifact):
    """What the rows of histories are, where they are all steps of told stories (histories.py)."""

    type_name: ClassVar[str] = "StorySteps.v2"
    splits: Splits  # [n + 1] the steps of each story
    actions: tuple[str, ...]  # [k] what the story does
    loops: tuple[str, ...]  # [k] the active loop, if it is a form; else empty
    rows: Ints  # [k] the row of the step; -1 before anything was done, when to listen is all that there is to do
    refusing_rows: Ints  # [k] the row of the same step with a loop that refused to go on; -1 where none is active
    unlikely_rows: Ints  # [k] the row of the same step after `action_unlikely_intent`; -1 where that cannot come

    def __len__(self) -> int:
        return len(self.splits) - 1

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays: dict[str, Array] = {
            "splits": self.splits,
            "rows": self.rows,
            "refusing_rows": self.refusing_rows,
            "unlikely_rows": self.unlikely_rows,
        }
        arrays["actions.bytes"], arrays["actions.splits"] = pack_strings(self.actions)
        arrays["loops.bytes"], arrays["loops.splits"] = pack_strings(self.loops)
        return arrays, None

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:  # noqa: ARG003 - no plain part
        return cls(
            arrays["splits"],
            tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"])),
            tuple(unpack_strings(arrays["loops.bytes"], arrays["loops.splits"])),
            arrays["rows"],
            arrays["refusing_rows"],
            arrays["unlikely_rows"],
        )


def _only_used(names: tuple[str, ...], codes: Ints) -> tuple[tuple[str, ...], Ints]:
    """The names that some codes (-1 for none) point at, and the codes into these alone."""
    used = np.unique(codes[codes >= 0])
    new = np.full(len(names) + 1, -1, dtype=np.int32)  # the last entry is where -1 points
    new[used] = np.arange(len(used), dtype=np.int32)
    return tuple(names[code] for code in used.tolist()), new[codes]
