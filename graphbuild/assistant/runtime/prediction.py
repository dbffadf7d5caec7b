"""Predictions: what is to be done next in a conversation, by what was asked for before all else, or by the policies."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphbuild.assistant.data.dialogues import Mark
from graphbuild.assistant.runtime.events import (
    DefinePrevUserUtteredFeaturization,
    EntitiesAdded,
    Event,
    LoopInterrupted,
)
from graphbuild.assistant.runtime.model import Decided
from graphbuild.assistant.runtime.tracker import Tracker

FOLLOWUP = "followup_action"
"""What stands in the place of a policy where an event said what to do next."""
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """An action, who chose it, and what happens with it."""

    action: str
    policy: str | None = None
    confidence: float = 1.0
    events: tuple[Event, ...] = ()
    """What happens before the action, if it does not refuse."""
    found: tuple[Event, ...] = ()
    """What the policy found in the user's last turn: it happens whether the action refuses or not."""
    scores: Mapping[str, float] = field(default_factory=dict)
    """How sure the policy was of each action that it knows."""
    hides_turn: bool = False
    is_end_to_end: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    """Of the event of the action."""


def asked_for(tracker: Tracker, actions: frozenset[str]) -> Prediction | None:
    """What an event asked for. Whether it is there or not, it is asked for no more."""
    name, tracker.now.followup = tracker.now.followup, None
    if name is None:
        return None
    if name in actions:
        return Prediction(name, FOLLOWUP)
    _LOG.error("the domain has no action `%s`, which is to follow; policies choose another", name)
    return None


def of_policies(decided: Decided, tracker: Tracker) -> Prediction:
    """What policies chose for one conversation."""
    chosen = decided.chosen
    mark = Mark(int(chosen.marks[0]))
    by_text = Mark.END_TO_END in mark
    events: list[Event] = [LoopInterrupted(is_interrupted=True)] if Mark.LOOP_INTERRUPTED in mark else []
    if tracker.now.is_listening:
        events.append(DefinePrevUserUtteredFeaturization(by_text))
    return Prediction(
        chosen.actions[0],
        chosen.policies[0] or None,
        decided.confidence(0),
        tuple(events),
        (EntitiesAdded(entities),) if (entities := _new_entities(decided, tracker)) else (),
        decided.scores(0),
        hides_turn=Mark.HIDES_TURN in mark,
        is_end_to_end=by_text,
        metadata=dict(chosen.surprises.get(0, {})),
    )


def _new_entities(decided: Decided, tracker: Tracker) -> list[dict[str, Any]]:
    """The entities that the policy found in a turn that was just said."""
    return decided.entities(0) if tracker.now.is_listening else []
