"""TEDPolicy: the next action by a transformer over the dialogue. RASA.md 4.3; the network: networks/ted.py.

Keras trains, numpy predicts. Actions and features of states are those that occur in the stories. Texts that users and
the bot say word for word are known by the features that the pipeline makes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphbuild.assistant.data.dialogues import ActionPredictions, Dialogues, Mark, Samples
from graphbuild.assistant.data.parts import Warnings
from graphbuild.assistant.data.predictions import EntityPredictions
from graphbuild.assistant.data.text_features import TextEntities, TextFeatures
from graphbuild.assistant.dialogue.featurizers.last_turn import LastTurns, picked
from graphbuild.assistant.dialogue.featurizers.runs import last_runs
from graphbuild.assistant.dialogue.featurizers.single_state import INTENT, TEXT
from graphbuild.assistant.dialogue.policies.helpers import featurizer_helper
from graphbuild.assistant.dialogue.policies.ted_network import Runs, ask, similarities, train
from graphbuild.assistant.dialogue.policies.ted_options import DialogueNetworkOptions
from graphbuild.assistant.dialogue.policies.ted_start import check_labels
from graphbuild.assistant.dialogue.policies.ted_state import TedState
from graphbuild.assistant.dialogue.policies.ted_texts import KnownTexts
from graphbuild.assistant.dialogue.rules.learned import RuleOnly
from graphbuild.assistant.dialogue.seen import seen_by_learners
from graphbuild.assistant.nlu.extractors.bilou import Tags, TagScheme, entities_of_tags
from graphbuild.contract.columns import row_splits
from graphbuild.contract.component import Component, Helper

if TYPE_CHECKING:
    from graphbuild.assistant.networks.ted_predict import Said


class TEDPolicy(Component):
    """Predicts the next action with a transformer."""

    kind = "policy"
    requires = ("numpy", "scipy", "autograd", "keras", "tensorflow", "tensorflow-cpu", "jax")
    environment = ("KERAS_BACKEND",)
    training_threads = 2

    @dataclass(frozen=True)
    class Config(DialogueNetworkOptions):
        """Options, with Rasa's names and defaults."""

    config: Config

    @classmethod
    def helpers(cls, config: Config) -> Mapping[str, Helper]:
        return {"samples": featurizer_helper(config.max_history, config.featurizer, augmented=True)}

    def fits(self, start: TedState, samples: Samples) -> Warnings:
        """Raises DataError where the actions of the stories are not those that were learnt."""
        if start.weights and len(samples.windows):
            check_labels(start, tuple(samples.actions))
        return Warnings()

    def train(
        self,
        samples: Samples,
        texts: TextFeatures | None = None,
        entities: TextEntities | None = None,
        start: TedState | None = None,
    ) -> TedState:
        """M samples of w states, and the texts in them with their features -> the trained network.

        Without features each text is a feature, or an action, of its own. Raises DataError where a fine-tuning knows
        other texts.
        """
        known = KnownTexts.of(texts) if texts is not None else None
        if known is not None and texts is not None and entities is not None and self.config.entity_recognition:
            known = known.tagged(texts, entities, bilou=self.config.BILOU_flag)
        runs = Runs(samples.states, samples.windows, samples.labels, samples.max_history, known)
        return train(self.config, self.context, runs, samples.actions, "action_name", start=start)

    def apply(
        self,
        state: TedState,
        trackers: Dialogues,
        rule_only: RuleOnly | None = None,
        texts: TextFeatures | None = None,
    ) -> ActionPredictions:
        """Probabilities of the next action at the end of each of n dialogues.

        Where users were learnt by their texts, too, the text decides where it is likelier to (RASA.md 4.3), and what
        entities there are in it.
        """
        present = trackers.present
        spoken = present.texts if present is not None else ("",) * len(trackers)
        trackers = seen_by_learners(trackers, rule_only)
        if not state.weights or not len(trackers):
            return self._made(state, np.zeros((len(trackers), len(state.labels)), dtype=np.float32))
        known = KnownTexts.of(texts, like=state.text_layout) if texts is not None and state.spelt else None
        if TEXT not in state.spelt:
            return self._made(state, self._confidences(similarities(state, _ask(state, trackers, known))))
        turns = LastTurns.of(trackers, spoken)
        answers = Answers.of(state, turns, lambda asked: _ask(state, asked, known))
        by_text = answers.by_text(self._confidences, self.config.e2e_confidence_threshold)
        found = self._confidences(np.where(by_text[:, None], answers.said, answers.meant))
        entities = None
        if state.tags is not None and known is not None and texts is not None and self.config.entity_recognition:
            heard = [text if chosen else None for text, chosen in zip(turns.texts, by_text.tolist(), strict=True)]
            entities = self._entities(state.tags, answers, heard, texts)
        marks = np.where(by_text, np.uint8(Mark.END_TO_END), np.uint8(0))
        return replace(self._made(state, found), marks=marks, entities=entities)

    def _made(self, state: TedState, probabilities: NDArray[np.float32]) -> ActionPredictions:
        return ActionPredictions(state.labels, probabilities, type(self).__name__, self.config.priority)

    def _entities(
        self, scheme: TagScheme, answers: Answers, heard: Sequence[str | None], texts: TextFeatures
    ) -> EntityPredictions:
        """The entities of what users said last [n]; of None nothing is found."""
        row_of = {text: row for row, text in enumerate(texts.messages.texts)}
        found = [(row_of[text], answers.tags[number]) for number, text in enumerate(heard) if text in row_of]
        messages = texts.messages.part(np.array([row for row, _ in found], dtype=np.int64))
        codes = np.concatenate([np.zeros(0, dtype=np.int32), *(tags for _, (tags, _) in found)])
        sure = np.concatenate([np.zeros(0, dtype=np.float32), *(how for _, (_, how) in found)])
        split = self.config.split_entities_by_comma
        tags = Tags(scheme, codes, sure)
        made = entities_of_tags(messages, type(self).__name__, tags, split_by_comma=split)
        counts = np.zeros(len(heard), dtype=np.int64)
        counts[[number for number, text in enumerate(heard) if text in row_of]] = np.diff(made.spans.splits)
        return replace(made, spans=replace(made.spans, splits=row_splits(counts)))

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


@dataclass(frozen=True)
class Answers:
    """What the network says of dialogues by what was meant in their last turns, and by what was said."""

    meant: NDArray[np.float32]  # [n, l] similarities
    said: NDArray[np.float32]  # [n, l]
    is_said: NDArray[np.bool_]  # [n] whether the second was asked
    is_only_said: bool
    """Whether users were learnt by their texts alone."""
    tags: Mapping[int, tuple[NDArray[np.int32], NDArray[np.float32]]]
    """Of the words that were said, by dialogue, and how sure they are."""

    @classmethod
    def of(cls, state: TedState, turns: LastTurns, ask: Callable[[Dialogues], list[Said]]) -> Answers:
        """The answers to both, the second where it is known what was said."""
        is_only_said = INTENT not in state.vocabulary
        by_text = turns.rows()
        rows = np.arange(len(turns.texts)) if is_only_said else by_text
        asked = dict(zip(rows.tolist(), ask(picked(turns.said, rows)) if len(rows) else [], strict=True))
        said = np.zeros((len(turns.texts), len(state.labels)), dtype=np.float32)
        said[rows] = similarities(state, list(asked.values()))
        is_said = np.zeros(len(said), dtype=np.bool_)
        is_said[by_text] = True
        meant = said if is_only_said else similarities(state, ask(turns.meant))
        tags = {number: (asked[number].tags, asked[number].sure) for number in by_text.tolist()}
        return cls(meant, said, is_said, is_only_said, tags)

    def by_text(
        self, confidences: Callable[[NDArray[np.float32]], NDArray[np.float32]], threshold: float
    ) -> NDArray[np.bool_]:
        """Whether the text decides, [n]: sure enough of it, and more similar to an action than what was meant is."""
        if self.is_only_said:
            return np.ones(len(self.said), dtype=np.bool_)
        is_sure = confidences(self.said).max(axis=1) > threshold
        is_closer = self.said.max(axis=1) > self.meant.max(axis=1)
        return np.asarray(self.is_said & is_sure & is_closer)


def _ask(state: TedState, trackers: Dialogues, texts: KnownTexts | None) -> list[Said]:
    """What the network says of the ends of n dialogues."""
    runs = last_runs(trackers, state.max_history)
    asked = np.zeros(len(trackers), dtype=np.int32)
    if state.is_full:  # after the last of its states
        asked = np.where(np.arange(runs.shape[1]) == (runs >= 0).sum(axis=1, keepdims=True) - 1, 0, -1)
    return ask(state, Runs(trackers.states, runs, asked, state.max_history, texts))
