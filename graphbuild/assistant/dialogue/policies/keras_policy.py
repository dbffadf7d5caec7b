"""KerasPolicy: the next action by a small recurrent network over the last states. RASA.md 4.5.

States are multi-hot vectors over the features that occur in training (a feature never seen has nothing to learn), and
actions are those that occur in the stories. A project's own subclass may override `model_architecture`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Samples
from graphbuild.assistant.dialogue.featurizers.max_history import window
from graphbuild.assistant.dialogue.policies.helpers import check_state_featurizer, featurizer_helper
from graphbuild.assistant.dialogue.policies.multi_hot import (
    STATE_FEATURIZERS,
    encode_states,
    encode_windows,
    features_in,
    split_symbol,
)
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.contract.columns import Array, ColumnsArtifact, pack_strings, unpack_strings
from graphbuild.contract.component import Component, Helper, Options
from graphbuild.contract.options import AtLeastOne, NotNegative, option


@dataclass(frozen=True)
class KerasPolicyState(ColumnsArtifact):
    """The trained network: its weights, the features [f] of its input, the actions [a] of its output."""

    type_name: ClassVar[str] = "KerasPolicyState.v1"
    features: tuple[str, ...]
    actions: tuple[str, ...]
    weights: tuple[Array, ...]
    length: int
    """States a sample, w."""
    max_history: int | None
    is_full: bool
    """Whether it was trained on whole dialogues, with an action for every state."""

    def to_columns(self) -> tuple[Mapping[str, Array], Any]:
        arrays = {f"weight.{position:04}": weight for position, weight in enumerate(self.weights)}
        arrays["features.bytes"], arrays["features.splits"] = pack_strings(self.features)
        arrays["actions.bytes"], arrays["actions.splits"] = pack_strings(self.actions)
        return arrays, {"length": self.length, "max_history": self.max_history, "is_full": self.is_full}

    @classmethod
    def from_columns(cls, arrays: Mapping[str, Array], plain: Any) -> Self:
        names = sorted(name for name in arrays if name.startswith("weight."))
        return cls(
            tuple(unpack_strings(arrays["features.bytes"], arrays["features.splits"])),
            tuple(unpack_strings(arrays["actions.bytes"], arrays["actions.splits"])),
            tuple(arrays[name] for name in names),
            plain["length"],
            plain["max_history"],
            plain["is_full"],
        )


class KerasPolicy(Component):
    """Predicts the next action with an LSTM."""

    kind = "policy"
    requires = ("numpy", "keras", "tensorflow", "tensorflow-cpu", "jax")
    environment = ("KERAS_BACKEND",)

    @dataclass(frozen=True)
    class Config(Options):
        """Options, with Rasa's names and defaults."""

        rnn_size: AtLeastOne = option(32, "Units of the recurrent layer.")
        epochs: AtLeastOne = option(100, "Times to go through the samples.")
        batch_size: AtLeastOne = option(32, "Samples a step.")
        validation_split: Annotated[float, Meta(ge=0, lt=1)] = option(0.1, "Share of samples held back to watch.")
        random_seed: NotNegative | None = option(None, "The seed; drawn from the inputs when empty.")
        max_history: AtLeastOne | None = option(None, "States that are looked at; whole dialogues when empty.")
        priority: int = option(1, "Which policy wins when two are equally sure.")
        featurizer: list[dict[str, Any]] = option([], "Rasa's way to name the featurizer.")

        def __post_init__(self) -> None:
            check_state_featurizer(self.featurizer, STATE_FEATURIZERS)

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"samples": featurizer_helper(config.max_history, config.featurizer, augmented=True)}

    def model_architecture(self, input_shape: tuple[int, int], output_shape: tuple[int, ...]) -> Any:
        """A compiled Keras model; override it for another network.

        `input_shape` is (states, features); `output_shape` (actions,), or (states, actions) for whole dialogues.
        """
        from graphbuild.assistant.networks import lstm

        return lstm.build(input_shape, output_shape, self.config.rnn_size)

    @property
    def _split(self) -> str | None:
        return split_symbol(self.config.featurizer)

    def train(self, samples: Samples) -> KerasPolicyState:
        """M samples of w states -> the trained network."""
        features = features_in(samples.states, self._split)
        length = samples.windows.shape[1]
        if not len(samples.windows):
            return KerasPolicyState(features, (), (), length, samples.max_history, samples.is_full)
        from graphbuild.assistant.networks import lstm

        states = encode_states(samples.states, features, self._split)  # [v, f]
        examples = lstm.Examples(states, samples.windows, samples.labels, len(samples.actions))
        seed = self.config.random_seed if self.config.random_seed is not None else self.context.seed
        how = lstm.Training(self.config.epochs, self.config.batch_size, self.config.validation_split, seed)
        output_shape = (*samples.labels.shape[1:], len(samples.actions))
        # What later epochs of a network of somebody's own depend on is not known.
        is_ours = type(self).model_architecture is KerasPolicy.model_architecture
        found = lstm.train(
            lambda: self.model_architecture((length, len(features)), output_shape),
            examples,
            how,
            self.context.progress,
            self.context.checkpoints if is_ours else None,
        )
        return KerasPolicyState(features, samples.actions, tuple(found), length, samples.max_history, samples.is_full)

    def apply(
        self, state: KerasPolicyState, trackers: Dialogues, rule_only: RuleOnly | None = None
    ) -> ActionPredictions:
        """Probabilities of the next action at the end of each of n dialogues."""
        trackers = seen_by_learners(trackers, rule_only)
        if not state.actions or not len(trackers):
            return self._made(state, np.zeros((len(trackers), len(state.actions)), dtype=np.float32))
        from graphbuild.assistant.networks import lstm

        rows = [
            window(trackers.state_ids[first:last].tolist(), state.max_history)
            for first, last in zip(trackers.splits[:-1], trackers.splits[1:], strict=True)
        ]
        length = max([state.length, *(len(row) for row in rows)]) if state.is_full else state.length
        windows = np.full((len(rows), length), -1, dtype=np.int32)
        for number, row in enumerate(rows):
            if state.is_full:
                windows[number, : len(row)] = row
            else:
                windows[number, length - len(row) :] = row[-length:] if length else row[:0]
        inputs = encode_windows(windows, encode_states(trackers.states, state.features, self._split))
        actions = len(state.actions)
        shape = (length, actions) if state.is_full else (actions,)
        made = lstm.predict(
            lambda: self.model_architecture((length, len(state.features)), shape), state.weights, inputs
        )
        if state.is_full:
            made = made[np.arange(len(rows)), [max(len(row) - 1, 0) for row in rows]]
        return self._made(state, made.astype(np.float32))

    def _made(self, state: KerasPolicyState, probabilities: NDArray[np.float32]) -> ActionPredictions:
        return ActionPredictions(state.actions, probabilities, type(self).__name__, self.config.priority)
