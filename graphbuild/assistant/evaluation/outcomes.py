"""StoryOutcomes: test stories as they went, each event with what was predicted in its place. Knows no figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from graphbuild.assistant.data.parts import PlainArtifact
from graphbuild.assistant.data.stories import Event

REMEMBERING = frozenset({"RulePolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy"})
"""Policies that say what a training story or rule says, and nothing else."""
Entities = tuple[tuple[tuple[str, Any], ...], ...]
"""As events hold them."""


@dataclass(frozen=True)
class PredictedAction:
    """What policies did at a step of a story."""

    name: str
    policy: str
    confidence: float
    is_after_unlikely: bool = False
    """Whether the policies found the user's turn unlikely first, and the story does not."""
    expected: Mapping[str, Any] | None = None
    """How well each intent would have fit there, where the one that came was unlikely (IntentRankings.row)."""


@dataclass(frozen=True)
class Understood:
    """What was understood of a turn of the user."""

    intent: str | None
    confidence: float
    entities: Entities
    is_intent_wrong: bool
    are_entities_wrong: bool

    @property
    def is_wrong(self) -> bool:
        """Whether the story says something else."""
        return self.is_intent_wrong or self.are_entities_wrong


@dataclass(frozen=True)
class EventOutcome:
    """An event of a story; `action` of a step, `turn` of what a user said, where it was looked at."""

    event: Event
    action: PredictedAction | None = None
    turn: Understood | None = None

    @property
    def told(self) -> str:
        """What the story does there."""
        return str(self.event.text if self.event.type == "bot" else self.event.name)

    @property
    def is_wrong(self) -> bool:
        """Whether something else was predicted."""
        is_other = self.action is not None and self.action.name != self.told
        return is_other or (self.turn is not None and self.turn.is_wrong)


@dataclass(frozen=True)
class StoryOutcome:
    """One dialogue of test stories."""

    name: str
    stories: tuple[str, ...]
    events: tuple[EventOutcome, ...]

    @property
    def is_failed(self) -> bool:
        """Whether anything in it was predicted wrong."""
        return any(one.is_wrong for one in self.events)

    @property
    def has_warnings(self) -> bool:
        """Whether it went right, but an intent in it came as a surprise."""
        surprises = any(one.action is not None and one.action.is_after_unlikely for one in self.events)
        return surprises and not self.is_failed

    def steps(self) -> list[Mapping[str, Any]]:
        """What the story does and what was predicted, step by step: shape of corpora/oracle/README.md.

        Where an intent was unlikely, `unlikely_intent` is Rasa's metadata of that: how well each would have fit.
        """
        return [
            {
                "action": one.told,
                "predicted": one.action.name,
                "policy": one.action.policy or None,
                "confidence": one.action.confidence,
                **({"unlikely_intent": one.action.expected} if one.action.expected is not None else {}),
            }
            for one in self.events
            if one.action is not None
        ]


@dataclass(frozen=True)
class StoryOutcomes(PlainArtifact):
    """All dialogues of the test stories, in their order."""

    type_name: ClassVar[str] = "StoryOutcomes.v1"
    stories: tuple[StoryOutcome, ...]

    @property
    def failed(self) -> list[StoryOutcome]:
        """Those in which something was predicted wrong."""
        return [one for one in self.stories if one.is_failed]

    @property
    def succeeded(self) -> list[StoryOutcome]:
        """The others."""
        return [one for one in self.stories if not one.is_failed]

    @property
    def surprising(self) -> list[StoryOutcome]:
        """Of those that succeeded the ones with an intent that came as a surprise."""
        return [one for one in self.stories if one.has_warnings]

    def conversations(self) -> dict[str, float | int]:
        """Rasa's `conversation_accuracy`."""
        total, correct = len(self.stories), len(self.succeeded)
        accuracy = correct / total if total else 0.0
        return {"accuracy": accuracy, "correct": correct, "with_warnings": len(self.surprising), "total": total}

    def policies(self) -> dict[str, dict[str, int]]:
        """How many steps each policy decided, and how many of them rightly."""
        counts: dict[str, dict[str, int]] = {}
        for one, action in self._steps():
            held = counts.setdefault(action.policy or "none", {"steps": 0, "correct": 0})
            held["steps"] += 1
            held["correct"] += not one.is_wrong
        return dict(sorted(counts.items()))

    def in_training_data(self) -> float:
        """Rasa's `in_training_data_fraction`: the share of steps that policies know from training stories or rules."""
        known = [action.policy in REMEMBERING for _, action in self._steps()]
        return sum(known) / len(known) if known else 0.0

    def _steps(self) -> Iterator[tuple[EventOutcome, PredictedAction]]:
        return ((event, event.action) for story in self.stories for event in story.events if event.action is not None)
